#include "daemon/protocol/imager_client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text_cut.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/roles.h"

/* The classes an imager may report for an object: it is bad, or exceeds a limit. */
#define OBJECT_CLASSES (ERROR_BIT(ERROR_INPUT) | ERROR_BIT(ERROR_LIMIT))

/* The classes it may report for an output. In addition: its encoder is missing (ERROR_CONFIG, which the
 * ledger does not record), or it failed otherwise. */
#define OUTPUT_CLASSES (OBJECT_CLASSES | ERROR_BIT(ERROR_CONFIG) | ERROR_BIT(ERROR_INTERNAL))

ProcessExecutor *imager_start(const ImagerOptions *options, GMainContext *context, GError **error)
{
    g_autofree char *executable = role_executable(ROLE_IMAGER, error);
    g_auto(GStrv) env = role_environment();

    if (executable == NULL)
        return NULL;
    return process_executor_new(
        &(ProcessExecutorOptions){
            .name = role_name(ROLE_IMAGER),
            .executable = executable,
            .env = (const char *const *)env,
            .stdio = PROCESS_STDIO_CAPTURE,
            .max_workers = 1,
            .tasks_in_flight = 1,
            .max_tasks_per_child = options->max_tasks,
            .task_timeout_us = options->task_timeout_ms * CLOCK_US_PER_MS,
            .failure_classes = OBJECT_CLASSES,
            .max_failure_bytes = TEXT_REASON_BYTES,
            .initializer_args = g_variant_new(IMAGER_INIT_TYPE, options->best_effort,
                                              options->max_output_bytes, options->memory_bytes),
            .expendable = TRUE,
            .on_child = options->on_child,
            .data = options->data,
        },
        context);
}

void imager_replace(ProcessExecutor *imager)
{
    g_autoptr(GArray) children = process_executor_status(imager);

    for (guint i = 0; i < children->len; i++)
        (void)process_executor_kill(imager, g_array_index(children, ChildStatus, i).pid);
}

/* Appends fd, which is taken, and returns its index in the list, or -1 with *error set. */
static gint32 add_fd(FdList *fds, int fd, GError **error)
{
    if (fd >= 0)
        return fd_list_append(fds, fd);
    error_set_errno(error, ERROR_INTERNAL, errno, "descriptors for an imager");
    return -1;
}

GVariant *imager_order(const ObjectTask *task, const Blob *source, FdList *fds, FdList *ret_files,
                       GError **error)
{
    const guint n_files = object_task_count_files(task);
    const gint32 handle = add_fd(fds, fcntl(blob_fd(source), F_DUPFD_CLOEXEC, 0), error);
    const gint32 first = (gint32)fds->count;

    if (handle < 0)
        return NULL;
    for (guint i = 0; i < n_files; i++) {
        const int fd = memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (add_fd(fds, fd, error) < 0 ||
            (ret_files != NULL && add_fd(ret_files, fcntl(fd, F_DUPFD_CLOEXEC, 0), error) < 0))
            return NULL;
    }
    return object_task_render_args(task, handle, first, n_files);
}

Future *imager_submit(ProcessExecutor *imager, const char *target, const ObjectTask *task, const Blob *source,
                      FdList *ret_files, GError **error)
{
    g_autoptr(FdList) fds = fd_list_new();
    GVariant *order = imager_order(task, source, fds, ret_files, error);

    if (order == NULL)
        return NULL;
    return executor_submit(process_executor_base(imager), target, order, g_steal_pointer(&fds), error);
}

guint64 imager_files_empty(FdList *files)
{
    guint64 left_bytes = 0;

    for (guint i = 0; i < files->count; i++) {
        struct stat st;

        /* a process that still has the descriptor must not fill the file again */
        if (ftruncate(files->fds[i], 0) == 0)
            (void)fcntl(files->fds[i], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
        if (fstat(files->fds[i], &st) == 0)
            left_bytes += (guint64)st.st_blocks * 512;
    }
    fd_list_clear(files);
    return left_bytes;
}

static void rendered_clear(void *data)
{
    Rendered *rendered = data;

    g_clear_error(&rendered->error);
    blob_unref(rendered->bytes);
}

static Rendering *rendering_new(void)
{
    Rendering *rendering = g_new0(Rendering, 1);

    rendering->outputs = g_array_new(FALSE, FALSE, sizeof(Rendered));
    g_array_set_clear_func(rendering->outputs, rendered_clear);
    return rendering;
}

void rendering_free(Rendering *rendering)
{
    if (rendering == NULL)
        return;
    g_array_unref(rendering->outputs);
    g_strfreev(rendering->warnings);
    g_free(rendering);
}

const Rendered *rendering_output(const Rendering *rendering, guint i)
{
    return &g_array_index(rendering->outputs, Rendered, i);
}

/* Checks that the recipe can lead to this size and format. */
static gboolean check_rendered(const Recipe *recipe, const Rendered *rendered, guint32 format, GError **error)
{
    if (!recipe_allows_format(recipe, format)) {
        error_set(error, ERROR_INTERNAL, "the imager made an image of format %u instead of %s", format,
                  format_info(recipe->format)->name);
        return FALSE;
    }
    if (!recipe_allows_size(recipe, rendered->format, rendered->width, rendered->height)) {
        error_set(error, ERROR_INTERNAL,
                  "the imager made %ux%u pixels, which fit %s into %ux%u cannot produce", rendered->width,
                  rendered->height, recipe_fit_name(recipe->fit), recipe->width, recipe->height);
        return FALSE;
    }
    if (rendered->frames == 0 || rendered->quality > 100 || blob_size(rendered->bytes) == 0) {
        error_set(error, ERROR_INTERNAL,
                  "the imager made an output of %u frames, quality %u and %" G_GUINT64_FORMAT " bytes",
                  rendered->frames, rendered->quality, blob_size(rendered->bytes));
        return FALSE;
    }
    return TRUE;
}

/* The imager's reason as an error: one line of text, cut to a bounded length. */
static GError *failure_new(ErrorClass class, const char *reason)
{
    g_autofree char *text = text_cut(reason, TEXT_REASON_BYTES);

    return g_error_new_literal(error_quark(), (gint) class, text);
}

static gboolean adopt_failure(Rendering *rendering, gint32 said, const char *reason, GError **error)
{
    const ErrorClass class = error_class_from_int(said);
    Rendered rendered = {0};

    if ((OUTPUT_CLASSES & ERROR_BIT(class)) == 0) {
        error_set(error, ERROR_INTERNAL, "the imager reported a failed output with the class '%s'",
                  error_class_name(class));
        return FALSE;
    }
    rendered.error = failure_new(class, reason);
    g_array_append_val(rendering->outputs, rendered);
    return TRUE;
}

/* The bytes of an output. An imager that knows the limit reports a failure and never sends more. */
static Blob *adopt_bytes(int fd, guint64 max_bytes, GError **error)
{
    g_autoptr(GError) reason = NULL;
    Blob *bytes = blob_adopt(fd, max_bytes, &reason);

    if (bytes == NULL)
        error_set(error, error_class(reason) == ERROR_LIMIT ? ERROR_INTERNAL : error_class(reason),
                  "the imager's output: %s", reason->message);
    return bytes;
}

/* item has type RENDERED_TYPE. */
static gboolean adopt_output(Rendering *rendering, const ObjectTask *task, Future *future, GVariant *item,
                             GError **error)
{
    const Recipe *recipe = &object_task_output(task, rendering->outputs->len)->recipe;
    Rendered rendered = {0};
    const char *reason;
    gboolean has_failed, is_made;
    guint32 format;
    gint32 handle, class;

    g_variant_get(item, "(m(i&s)m(huuuuuu))", &has_failed, &class, &reason, &is_made, &handle,
                  &rendered.width, &rendered.height, &format, &rendered.frames, &rendered.quality,
                  &rendered.spent_ms);
    if (has_failed == is_made) {
        error_set(error, ERROR_INTERNAL, "the imager returned both an output and a failure, or neither");
        return FALSE;
    }
    if (has_failed)
        return adopt_failure(rendering, class, reason, error);
    rendered.format = (ImageFormat)format;
    rendered.bytes = adopt_bytes(future_steal_fd(future, handle), task->limits.max_output_bytes, error);
    if (rendered.bytes == NULL)
        return FALSE;
    g_array_append_val(rendering->outputs, rendered);
    return check_rendered(recipe, &rendered, format, error);
}

/* Whether the imager made nothing because rendering needs more memory or time than the task allows. */
static gboolean is_demand(const ObjectTask *task, guint64 memory_bytes)
{
    const guint64 allowed = task->limits.max_memory_bytes;

    return allowed != 0 && memory_bytes > 0 && (memory_bytes > allowed || task->limits.light_pixels != 0);
}

Rendering *rendering_adopt(const ObjectTask *task, Future *future, GVariant *value, GError **error)
{
    g_autoptr(Rendering) rendering = rendering_new();
    g_autoptr(GVariant) list = NULL;
    g_autoptr(GVariant) warnings = NULL;
    guint64 memory_bytes;
    gsize n;

    if (!g_variant_is_of_type(value, G_VARIANT_TYPE(RENDER_RESULT_TYPE))) {
        error_set(error, ERROR_INTERNAL, "the imager returned a result of the wrong type");
        return NULL;
    }
    g_variant_get(value, "(t@a" RENDERED_TYPE "@as)", &memory_bytes, &list, &warnings);
    n = g_variant_n_children(list);
    if (n == 0 && is_demand(task, memory_bytes)) {
        rendering->memory_bytes = memory_bytes;
        return g_steal_pointer(&rendering);
    }
    if (n != task->outputs->len) {
        error_set(error, ERROR_INTERNAL, "the imager made %" G_GSIZE_FORMAT " of %u outputs", n,
                  task->outputs->len);
        return NULL;
    }
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(list, i);

        if (!adopt_output(rendering, task, future, item, error))
            return NULL;
    }
    rendering->warnings = warnings_from_variant(warnings);
    return g_steal_pointer(&rendering);
}
