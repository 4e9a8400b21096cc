/* An imager that was compromised by an image: thumbmill-imager itself, in its sandbox, until it receives a
 * source whose bytes are "hostile:NAME". It then does what NAME says instead of rendering. For
 * tests/e2e/test_hostile_imager.py, which puts it in place of the real imager. */
#define main imager_main
int imager_main(int argc, char **argv);
#include "daemon/imager/proc_imager.c"
#undef main

#include <pthread.h>
#include <sys/mman.h>

#include "base/limits.h"
#include "daemon/protocol/messages.h"

#define PREFIX   "hostile:"
#define FROM_NOW "from-now:"
#define LATER    "later:"

#define SEALS    (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

/* More than limits.max_output_bytes in the test. */
#define LARGE_BYTES (3u << 20)

/* The name of what it does to all following tasks, or NULL. */
static char *for_ever;

/* A memory file of the current task. */
static int task_file;

/* Memory files */

/* A duplicate of a memory file of the task: the imager cannot create any. */
static int memory_new(void)
{
    return fcntl(task_file, F_DUPFD_CLOEXEC, 0);
}

static int seal(int fd)
{
    (void)fcntl(fd, F_ADD_SEALS, SEALS);
    return fd;
}

/* A memory file as large as the limits permit. */
static int sparse(void)
{
    const int fd = memory_new();
    off_t size_bytes = (off_t)LIMIT_BLOB_BYTES;

    while (ftruncate(fd, size_bytes) != 0)
        size_bytes /= 2;
    return seal(fd);
}

static int reserved(void)
{
    const int fd = memory_new();
    off_t size_bytes = 1 << 20;

    while (fallocate(fd, 0, 0, size_bytes) != 0)
        size_bytes /= 2;
    return seal(fd);
}

static int written(gsize size_bytes)
{
    g_autofree char *bytes = g_malloc0(size_bytes);
    const int fd = memory_new();

    if (write(fd, bytes, size_bytes) < 0)
        abort();
    return fd;
}

/* Answers */

/* Answers with one output for each of n recipes; the fields that are not parameters are valid. */
static void answer_outputs(Call *call, gsize n, int fd, gint32 handle, guint32 side, guint32 format)
{
    FdList *out = fd_list_new();
    GVariantBuilder list;

    if (fd >= 0)
        (void)fd_list_append(out, fd);
    g_variant_builder_init(&list, G_VARIANT_TYPE("a" RENDERED_TYPE));
    for (gsize i = 0; i < n; i++)
        g_variant_builder_add(&list, "(@m(is)@m(huuuuuu))", g_variant_new_maybe(G_VARIANT_TYPE("(is)"), NULL),
                              g_variant_new("m(huuuuuu)", TRUE, handle, side, side, format, 1u, 80u, 1u));
    call_return(
        call,
        g_variant_new("(ta" RENDERED_TYPE "@as)", G_GUINT64_CONSTANT(0), &list, g_variant_new_strv(NULL, 0)),
        out);
}

static void answer_fd(Call *call, gsize n, int fd)
{
    answer_outputs(call, n, fd, 0, 1, FORMAT_JPEG);
}

/* Answers with the same failure for each output, with a text of this many bytes. */
static void answer_failures(Call *call, gsize n, gint32 class, gsize text_bytes)
{
    g_autofree char *text = g_strnfill(text_bytes, 'x');
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("a" RENDERED_TYPE));
    for (gsize i = 0; i < n; i++)
        g_variant_builder_add(&list, "(@m(is)@m(huuuuuu))", g_variant_new("m(is)", TRUE, class, text),
                              g_variant_new_maybe(G_VARIANT_TYPE("(huuuuuu)"), NULL));
    call_return(
        call,
        g_variant_new("(ta" RENDERED_TYPE "@as)", G_GUINT64_CONSTANT(0), &list, g_variant_new_strv(NULL, 0)),
        NULL);
}

static void fail(Call *call, gint32 class, gsize text_bytes)
{
    g_autofree char *text = g_strnfill(text_bytes, 'x');

    call_fail(call, g_error_new_literal(error_quark(), class, text));
}

/* Handles "class:12" and "output:12": a failure of this class. FALSE if name is neither. */
static gboolean fail_with_class(Call *call, const char *name, gsize n)
{
    const char *colon = strchr(name, ':');

    if (colon == NULL)
        return FALSE;
    if (g_str_has_prefix(name, "class:"))
        fail(call, (gint32)g_ascii_strtoll(colon + 1, NULL, 10), 100);
    else
        answer_failures(call, n, (gint32)g_ascii_strtoll(colon + 1, NULL, 10), 100);
    return TRUE;
}

/* Threads */

/* More than worker_imager.c expects of an imager on a busy machine. */
#define THREADS 600

static void *stay(void *data)
{
    for (;;)
        g_usleep(G_USEC_PER_SEC);
    return data;
}

/* Starts threads that never end; the answer is the same as for any damaged image. */
static void make_threads(Call *call)
{
    pthread_attr_t small;
    pthread_t thread;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (guint i = 0; i < THREADS; i++)
        if (pthread_create(&thread, &small, stay, NULL) != 0)
            abort();
    fail(call, ERROR_INPUT, 100);
}

/* Keeps the task's memory files, filled up to the limit and sealed so that nobody can empty them. */
static void hoard(Call *call, GVariant *args, FdList *fds)
{
    static char bytes[1 << 20];
    g_autoptr(GVariantIter) files = NULL;
    gint32 file;

    g_variant_get_child(args, 1, "ah", &files);
    while (g_variant_iter_next(files, "h", &file)) {
        const int fd = fcntl(fds->fds[file], F_DUPFD_CLOEXEC, 0);

        while (write(fd, bytes, sizeof bytes) > 0)
            continue;
        (void)seal(fd);
    }
    fail(call, ERROR_INPUT, 100);
}

/* Performs the attack called name on a call for n outputs. */
static void attack(Call *call, const char *name, gsize n)
{
    if (fail_with_class(call, name, n))
        return;
    if (strcmp(name, "sparse") == 0)
        answer_fd(call, n, sparse());
    else if (strcmp(name, "reserved") == 0)
        answer_fd(call, n, reserved());
    else if (strcmp(name, "large") == 0)
        answer_fd(call, n, seal(written(LARGE_BYTES)));
    else if (strcmp(name, "unsealed") == 0)
        answer_fd(call, n, written(1000));
    else if (strcmp(name, "channel") == 0)
        answer_fd(call, n, fcntl(3, F_DUPFD_CLOEXEC, 0));
    else if (strcmp(name, "no-descriptor") == 0)
        answer_outputs(call, n, -1, 77, 1, FORMAT_JPEG);
    else if (strcmp(name, "huge") == 0)
        answer_outputs(call, n, seal(written(1000)), 0, G_MAXUINT32, FORMAT_JPEG);
    else if (strcmp(name, "no-format") == 0)
        answer_outputs(call, n, seal(written(1000)), 0, 1, 4711);
    else if (strcmp(name, "too-many") == 0)
        answer_failures(call, 10000, ERROR_INPUT, 10);
    else if (strcmp(name, "nothing") == 0)
        answer_failures(call, 0, ERROR_INPUT, 0);
    else if (strcmp(name, "long") == 0)
        fail(call, ERROR_INPUT, LIMIT_MESSAGE_BYTES - 4096);
    else if (strcmp(name, "long-outputs") == 0)
        answer_failures(call, n, ERROR_INPUT, (LIMIT_MESSAGE_BYTES / 2 - 4096) / n);
    else if (strcmp(name, "type") == 0)
        call_return(call, g_variant_new("(s)", "no"), NULL);
    else if (strcmp(name, "threads") == 0)
        make_threads(call);
    else if (strcmp(name, "exit") == 0)
        _exit(0);
    else if (strcmp(name, "hang") == 0)
        g_usleep(600 * G_USEC_PER_SEC);
    else
        abort();
}

/* "from-now:NAME" performs NAME on this task and on all following ones. "later:NAME" performs it only on the
 * following ones, and fails this task in the same way as any damaged image. */
static void meet(Call *call, const char *name, gsize n)
{
    if (g_str_has_prefix(name, LATER)) {
        for_ever = g_strdup(name + strlen(LATER));
        fail(call, ERROR_INPUT, 100);
        return;
    }
    if (g_str_has_prefix(name, FROM_NOW)) {
        name += strlen(FROM_NOW);
        for_ever = g_strdup(name);
    }
    attack(call, name, n);
}

static void hostile_render(Call *call, GVariant *args, FdList *fds, void *data)
{
    char text[64] = {0};
    g_autoptr(GVariant) recipes = NULL, files = NULL;
    gint32 handle, file;

    g_variant_get(args, "(h@aht@" RENDER_LIMITS_VARIANT_TYPE "@a" RECIPE_VARIANT_TYPE ")", &handle, &files,
                  NULL, NULL, &recipes);
    g_variant_get_child(files, 0, "h", &file);
    task_file = fds->fds[file];
    if (pread(fds->fds[handle], text, sizeof text - 1, 0) < 0)
        abort();
    if (g_str_equal(text, PREFIX "hoard"))
        hoard(call, args, fds);
    else if (for_ever != NULL)
        attack(call, for_ever, g_variant_n_children(recipes));
    else if (g_str_has_prefix(text, PREFIX))
        meet(call, text + strlen(PREFIX), g_variant_n_children(recipes));
    else
        render_target(call, args, fds, data);
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{TARGET_RENDER, RENDER_ARGS_TYPE, hostile_render},
                                         {TARGET_EXPLAIN, RENDER_ARGS_TYPE, explain_target},
                                         {TARGET_DESCRIBE, "()", describe_target}};
    static const ChildOptions options = {.initializer = initialize,
                                         .table = {targets, G_N_ELEMENTS(targets), NULL}};

    if (argc > 1)
        return imager_main(argc, argv);
    role_expect_parent(ROLE_IMAGER);
    _exit(child_serve(&options, NULL));
}
