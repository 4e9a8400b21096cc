/* thumbmill-imager: decodes, resizes, encodes. It is the only process that parses the bytes of an image, and
 * so it can do nothing else: no network, no files, no credentials; bytes come in and go out through sealed
 * shared memory.
 *
 *   1. start: its channel is descriptor 3, its standard output a memory file that its parent reads after a
 *      crash
 *   2. initialise: codecs loaded, then limits, then the sandbox, and only then the first thread; nothing is
 *      opened afterwards
 *   3. one render at a time, until end of file
 *
 * It has one thread of its own; libvips starts and ends its own threads within a render. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "daemon/protocol/imager_version.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/roles.h"
#include "imaging/codecs.h"
#include "imaging/engine.h"
#include "imaging/engine_remarks.h"
#include "imaging/heap.h"
#include "imaging/render.h"
#include "imaging/warm_up.h"
#include "sandbox/sandbox.h"

/* Set once, by initialize(). */
static SandboxState sandbox;

static gboolean close_sandbox(gboolean best_effort, GError **error)
{
    g_autoptr(GError) reason = NULL;

    if (sandbox_enter(best_effort ? SANDBOX_BEST_EFFORT : SANDBOX_REQUIRED, &sandbox, &reason))
        return TRUE;
    if (error_class(reason) == ERROR_CONFIG)
        error_set(error, ERROR_CONFIG,
                  "refusing to decode images in an incomplete sandbox: %s: allow its system calls in the "
                  "container or service, boot a kernel that supports it, or set sandbox: best-effort",
                  reason->message);
    else
        g_propagate_error(error, g_steal_pointer(&reason));
    return FALSE;
}

/* Blames the sandbox for a failure during which a system call was denied, unless the image was refused for
 * its content or its size. names may be NULL. Takes ownership of error, which may be NULL. */
static GError *blame_sandbox(GError *error, const char *names)
{
    GError *blamed = NULL;
    ErrorClass class;

    if (error == NULL || names == NULL)
        return error;
    class = error_class(error);
    error_set(&blamed, class == ERROR_LIMIT || class == ERROR_INPUT ? class : ERROR_INTERNAL,
              "%s (system call '%s' is not allowed by the sandbox)", error->message, names);
    g_error_free(error);
    return blamed;
}

/* Number of spare memory files, more than the warm-up needs for the outputs of its pictures. The sandbox
 * denies creating memory files, since nobody could tell how many there are and what they contain. */
#define WARM_UP_FILES 20u

static gboolean make_spares(GError **error)
{
    for (guint i = 0; i < WARM_UP_FILES; i++) {
        const int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0) {
            error_set_errno(error, ERROR_INTERNAL, errno, "memory file");
            return FALSE;
        }
        blob_add_spare(fd);
    }
    blob_use_spares();
    return TRUE;
}

/* Makes the libraries compute what they compute once and keep. */
static gboolean warm_up(GError **error)
{
    GError *reason = NULL;
    g_autofree char *names = NULL;

    if (engine_warm_up(&reason))
        return TRUE;
    names = sandbox_take_denied();
    g_propagate_error(error, blame_sandbox(reason, names));
    return FALSE;
}

#ifdef THUMBMILL_SANITIZED
/* Sanitizers reserve more address space than any limit allows. */
static guint64 data_limit(guint64 memory_bytes)
{
    (void)memory_bytes;
    return 0;
}
#else
/* Private writable memory besides that of images, which imaging/footprint.h predicts: libraries 45 MB, heaps,
 * and stacks of 8 MB per thread; encoders have several threads per processor. */
#define OVERHEAD_BYTES        (G_GUINT64_CONSTANT(512) << 20)
#define OVERHEAD_BYTES_OF_CPU (G_GUINT64_CONSTANT(64) << 20)

/* One image may take the memory of all imagers together, and a quarter more than was predicted. */
static guint64 data_limit(guint64 memory_bytes)
{
    const glong n_cpus = sysconf(_SC_NPROCESSORS_ONLN); /* not only those that this process may use */

    return memory_bytes == 0 ? 0
                             : memory_bytes + memory_bytes / 4 + OVERHEAD_BYTES +
                                   (guint64)MAX(n_cpus, 1) * OVERHEAD_BYTES_OF_CPU;
}
#endif

static gboolean initialize(Child *child, GVariant *args, void *data, GError **error)
{
    SandboxLimits limits = {.max_file_bytes = LIMIT_BLOB_BYTES};
    guint64 max_output_bytes, memory_bytes;
    gboolean best_effort;

    (void)child;
    (void)data;
    g_variant_get(args, IMAGER_INIT_TYPE, &best_effort, &max_output_bytes, &memory_bytes);
    if (max_output_bytes != 0) /* a large answer is a file, too */
        limits.max_file_bytes = CLAMP(max_output_bytes, LIMIT_MESSAGE_BYTES, LIMIT_BLOB_BYTES);
    limits.max_data_bytes = data_limit(memory_bytes);
    heap_configure();
    if (!engine_start(error))
        return FALSE;
    engine_set_vector(sandbox_allows_jit());
    return make_spares(error) && sandbox_limits(&limits, error) && close_sandbox(best_effort, error) &&
           warm_up(error);
}

static GArray *recipes_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(GArray) recipes = g_array_new(FALSE, TRUE, sizeof(Recipe));
    gsize n = g_variant_n_children(variant);

    if (n == 0 || n > LIMIT_OUTPUTS) {
        error_set(error, ERROR_INTERNAL, "%" G_GSIZE_FORMAT " recipes", n);
        return NULL;
    }
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(variant, i);
        Recipe recipe;

        if (!recipe_from_variant(child, &recipe, error))
            return NULL;
        g_array_append_val(recipes, recipe);
    }
    return g_steal_pointer(&recipes);
}

/* The arguments of the render and explain targets. */
typedef struct {
    Blob *source;
    GArray *recipes;
    RenderLimits limits;
} Order;

static void order_clear(Order *order)
{
    blob_unref(order->source);
    g_clear_pointer(&order->recipes, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Order, order_clear)

/* Call order_clear() on *ret_order also after a failure. */
static gboolean order_read(GVariant *args, FdList *fds, Order *ret_order, GError **error)
{
    g_autoptr(GVariant) recipe_list = NULL;
    g_autoptr(GVariant) limits = NULL;
    g_autoptr(GVariantIter) files = NULL;
    guint64 max_source_bytes;
    gint32 handle, file;
    int fd;

    g_variant_get(args, "(haht@" RENDER_LIMITS_VARIANT_TYPE "@a" RECIPE_VARIANT_TYPE ")", &handle, &files,
                  &max_source_bytes, &limits, &recipe_list);
    ret_order->limits = render_limits_from_variant(limits);
    blob_drop_spares(); /* the caller has sealed the files of the last task */
    while (g_variant_iter_next(files, "h", &file))
        blob_add_spare(fd_list_steal(fds, file));
    fd = fd_list_steal(fds, handle);
    ret_order->source = blob_adopt(fd, max_source_bytes, error);
    if (ret_order->source == NULL)
        return FALSE;
    ret_order->recipes = recipes_from_variant(recipe_list, error);
    return ret_order->recipes != NULL;
}

static GVariant *failure_to_variant(const GError *failure)
{
    return g_variant_new("m(is)", TRUE, (gint32)error_class(failure), failure->message);
}

/* Adds a descriptor of the rendition's bytes to fds, which go with the answer. */
static GVariant *rendition_to_variant(const Rendition *rendition, FdList *fds)
{
    const gint32 handle = fd_list_append(fds, fcntl(blob_fd(rendition->blob), F_DUPFD_CLOEXEC, 0));

    return g_variant_new("m(huuuuuu)", TRUE, handle, rendition->width, rendition->height,
                         (guint32)rendition->format, rendition->frames, rendition->quality,
                         rendition->spent_ms);
}

static void render_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    g_auto(Order) order = {0};
    g_autoptr(RenderResult) result = NULL;
    g_autofree char *names = NULL;
    GError *error = NULL;
    GVariantBuilder list;
    FdList *out;

    (void)data;
    g_free(sandbox_take_denied()); /* system calls denied before this task */
    if (order_read(args, fds, &order, &error))
        result = render(blob_data(order.source), blob_size(order.source), (const Recipe *)order.recipes->data,
                        order.recipes->len, &order.limits, &error);
    names = sandbox_take_denied();
    if (result == NULL) {
        call_fail(call, blame_sandbox(error, names));
        return;
    }
    out = fd_list_new();
    g_variant_builder_init(&list, G_VARIANT_TYPE("a" RENDERED_TYPE));
    for (guint i = 0; i < result->renditions->len; i++) {
        Rendition *rendition = result->renditions->pdata[i];
        const GError *failure = rendition->error = blame_sandbox(rendition->error, names);

        if (failure != NULL)
            g_variant_builder_add(&list, "(@m(is)@m(huuuuuu))", failure_to_variant(failure),
                                  g_variant_new_maybe(G_VARIANT_TYPE("(huuuuuu)"), NULL));
        else
            g_variant_builder_add(&list, "(@m(is)@m(huuuuuu))",
                                  g_variant_new_maybe(G_VARIANT_TYPE("(is)"), NULL),
                                  rendition_to_variant(rendition, out));
    }
    call_return(call,
                g_variant_new("(ta" RENDERED_TYPE "@as)", result->memory_bytes, &list,
                              g_variant_new_strv((const char *const *)result->warnings->pdata,
                                                 (gssize)result->warnings->len)),
                out);
}

static void explain_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    g_auto(Order) order = {0};
    g_autofree Explanation *explanation = NULL;
    g_autofree char *names = NULL;
    GError *error = NULL;

    (void)data;
    g_free(sandbox_take_denied()); /* system calls denied before this task */
    if (order_read(args, fds, &order, &error))
        explanation =
            render_explain(blob_data(order.source), blob_size(order.source),
                           (const Recipe *)order.recipes->data, order.recipes->len, &order.limits, &error);
    names = sandbox_take_denied();
    if (explanation != NULL)
        call_return(call, explanation_to_variant(explanation), NULL);
    else
        call_fail(call, blame_sandbox(error, names));
}

static GVariant *codecs_to_variant(void)
{
    g_autoptr(GPtrArray) codecs = codecs_list();
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ubs)"));
    for (guint i = 0; i < codecs->len; i++) {
        const Codec *codec = codecs->pdata[i];

        g_variant_builder_add(&builder, "(ubs)", (guint32)codec->format, codec->encodes, codec->library);
    }
    return g_variant_builder_end(&builder);
}

static GVariant *remarks_to_variant(void)
{
    g_autoptr(GPtrArray) remarks = engine_remarks();
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
    for (guint i = 0; i < remarks->len; i++) {
        const EngineRemark *remark = remarks->pdata[i];

        g_variant_builder_add(&builder, "(ss)", remark->text, remark->way_out);
    }
    return g_variant_builder_end(&builder);
}

static void describe_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    GVariant *codecs = codecs_to_variant(), *remarks = remarks_to_variant();
    g_autofree char *lacks = sandbox_lacks(&sandbox);
    g_autofree char *denied = sandbox_denied(); /* includes what was denied while the answer was collected */

    (void)args;
    (void)fds;
    (void)data;
    call_return(call,
                g_variant_new("(ss@a(ubs)@a(ss)iiiss)", engine_version(), engine_vector_name(), codecs,
                              remarks, (gint32)sandbox.seccomp_errno, (gint32)sandbox.landlock_errno,
                              (gint32)sandbox.landlock_abi, lacks != NULL ? lacks : "",
                              denied != NULL ? denied : ""),
                NULL);
}

/* Prints the second and later lines of `thumbmill --version`. */
static void print_engine(void)
{
    g_autoptr(GPtrArray) codecs = codecs_list();
    g_autoptr(GPtrArray) remarks = engine_remarks();

    g_print("libvips %s, vector code: %s\n", engine_version(), engine_vector_name());
    for (guint i = 0; i < codecs->len; i++) {
        const Codec *codec = codecs->pdata[i], *former = i > 0 ? codecs->pdata[i - 1] : NULL;

        if (!codec->encodes)
            g_print("%s%s: %s", i > 0 ? "\n" : "", format_info(codec->format)->name, codec->library);
        else if (former == NULL || strcmp(codec->library, former->library) != 0)
            g_print("; written by %s", codec->library);
    }
    g_print("\n");
    for (guint i = 0; i < remarks->len; i++)
        g_print("note: %s\n", ((const EngineRemark *)remarks->pdata[i])->text);
}

int main(int argc, char **argv)
{
    static const CallTarget targets[] = {{TARGET_RENDER, RENDER_ARGS_TYPE, render_target},
                                         {TARGET_EXPLAIN, RENDER_ARGS_TYPE, explain_target},
                                         {TARGET_DESCRIBE, "()", describe_target}};
    static const ChildOptions options = {.initializer = initialize,
                                         .table = {targets, G_N_ELEMENTS(targets), NULL}};

    if (argc == 2 && strcmp(argv[1], ENGINE_VERSION_ARGUMENT) == 0) {
        g_print("libvips %s\n", engine_version());
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], ENGINE_DESCRIBE_ARGUMENT) == 0) {
        print_engine();
        return 0;
    }
    role_expect_parent(ROLE_IMAGER);
    /* _exit(): atexit handlers of libraries need files that the sandbox denies */
    _exit(child_serve(&options, NULL));
}
