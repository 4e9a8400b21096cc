#include "daemon/object_work.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"

/* How often an object may kill an imager: the second time, alone with a fresh one, proves that it is the
 * object. */
#define MAX_CRASHES 2u

/* What an imager made of a recipe. */
typedef struct {
    Blob *bytes;
    ImageFormat format;
} Rendered;

/* An output that is on its way. */
typedef struct {
    struct ObjectWork *work;
    guint number; /* in the configuration */
    Blob *bytes;
} Upload;

/* An object with its task. */
typedef struct ObjectWork {
    Workshop *shop;
    Call *call;
    ObjectTask *task;
    ObjectResult *result;
    Blob *source;
    guint crashes;
    guint pending; /* uploads */
} ObjectWork;

/* The end */

static TransferCounters counters_since(Workshop *shop)
{
    const RequestCounters *now = &shop->counters;
    TransferCounters delta = {.get = now->get - shop->told.get,
                              .put = now->put - shop->told.put,
                              .retries = now->retries - shop->told.retries,
                              .connections = now->connections - shop->told.connections};

    shop->told = *now;
    return delta;
}

static void work_finish(ObjectWork *work)
{
    work->result->counters = counters_since(work->shop);
    call_return(work->call, object_result_to_variant(work->result), NULL);
    blob_unref(work->source);
    object_result_free(work->result);
    object_task_free(work->task);
    g_free(work);
}

/* The object as a whole fails. error is taken. */
static void work_fail(ObjectWork *work, GError *error)
{
    work->result->error = error;
    work_finish(work);
}

/* 3. Put each output */

static void upload_done(const GError *error, void *data)
{
    Upload *upload = data;
    ObjectWork *work = upload->work;
    OutputResult output = {.number = upload->number, .size_bytes = blob_size(upload->bytes)};

    if (error != NULL)
        output.error = g_error_copy(error);
    g_array_append_val(work->result->outputs, output);
    blob_unref(upload->bytes);
    g_free(upload);
    if (--work->pending == 0)
        work_finish(work);
}

static void upload_start(ObjectWork *work, const TaskOutput *output, const Rendered *rendered)
{
    Upload *upload = g_new0(Upload, 1);

    upload->work = work;
    upload->number = output->number;
    upload->bytes = blob_ref(rendered->bytes);
    work->pending++;
    reference_put(work->shop->destination,
                  &(ReferencePut){.reference = output->reference,
                                  .headers = (const char *const *)output->headers,
                                  .content_type = format_info(rendered->format)->content_type,
                                  .data = blob_data(rendered->bytes),
                                  .size_bytes = blob_size(rendered->bytes)},
                  upload_done, upload);
}

static void rendered_clear(void *data)
{
    blob_unref(((Rendered *)data)->bytes);
}

/* Whether this is of a size and format that the recipe can lead to. */
static gboolean check_rendition(const Recipe *recipe, guint32 width, guint32 height, guint32 format,
                                GError **error)
{
    if (!recipe_allows_size(recipe, width, height)) {
        error_set(error, ERROR_INTERNAL, "the imager made %ux%u pixels, which fit %s into %ux%u never gives",
                  width, height, recipe_fit_name(recipe->fit), recipe->width, recipe->height);
        return FALSE;
    }
    if (format >= FORMAT_SOURCE || !format_info((ImageFormat)format)->can_encode ||
        (recipe->format != FORMAT_SOURCE && recipe->format != (ImageFormat)format)) {
        error_set(error, ERROR_INTERNAL, "the imager made an image of format %u instead of %s", format,
                  format_info(recipe->format)->name);
        return FALSE;
    }
    return TRUE;
}

/* What an imager hands back is checked: it met hostile bytes. The outputs (Rendered) in order, or NULL. */
static GArray *adopt_renditions(const ObjectWork *work, Future *future, GVariant *value, GError **error)
{
    g_autoptr(GArray) outputs = g_array_new(FALSE, FALSE, sizeof(Rendered));
    g_autoptr(GVariant) list = NULL;
    gsize n;

    g_array_set_clear_func(outputs, rendered_clear);
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE(RENDER_RESULT_TYPE))) {
        error_set(error, ERROR_INTERNAL, "the imager answered with %s", g_variant_get_type_string(value));
        return NULL;
    }
    list = g_variant_get_child_value(value, 0);
    n = g_variant_n_children(list);
    if (n != work->task->outputs->len) {
        error_set(error, ERROR_INTERNAL, "the imager made %" G_GSIZE_FORMAT " outputs of %u", n,
                  work->task->outputs->len);
        return NULL;
    }
    for (gsize i = 0; i < n; i++) {
        const Recipe *recipe = &object_task_output(work->task, (guint)i)->recipe;
        guint32 width, height, format;
        Rendered rendered;
        gint32 handle;

        g_variant_get_child(list, i, "(huuu)", &handle, &width, &height, &format);
        rendered.bytes = blob_adopt(future_steal_fd(future, handle), LIMIT_BLOB_BYTES, error);
        if (rendered.bytes == NULL)
            return NULL;
        rendered.format = (ImageFormat)format;
        g_array_append_val(outputs, rendered);
        if (!check_rendition(recipe, width, height, format, error))
            return NULL;
        if (blob_size(rendered.bytes) == 0) {
            error_set(error, ERROR_INTERNAL, "the imager made an output of no bytes");
            return NULL;
        }
    }
    return g_steal_pointer(&outputs);
}

static void upload_all(ObjectWork *work, const GArray *outputs)
{
    for (guint i = 0; i < outputs->len; i++)
        upload_start(work, object_task_output(work->task, i), &g_array_index(outputs, Rendered, i));
}

/* 2. Have it rendered */

static void render_start(ObjectWork *work);

static void take_renditions(ObjectWork *work, Future *future)
{
    g_autoptr(GArray) outputs = NULL;
    GError *error = NULL;
    GVariant *value = future_result(future, 0, &error);

    /* No imager can be started any more: that is no fault of the object, and this worker is of no use. */
    if (process_executor_broken(work->shop->imager) != NULL)
        exit(EXIT_FAILURE);
    if (value != NULL)
        outputs = adopt_renditions(work, future, value, &error);
    if (outputs != NULL) {
        upload_all(work, outputs);
    } else if (error_class(error) == ERROR_CRASH && ++work->crashes < MAX_CRASHES) {
        g_error_free(error);
        render_start(work);
    } else {
        if (error_class(error) == ERROR_CRASH)
            g_prefix_error(&error, "twice while rendering this object, ");
        work_fail(work, error);
    }
}

static void render_done(Future *future, void *data)
{
    take_renditions(data, future);
    future_unref(future);
}

static void render_start(ObjectWork *work)
{
    FdList *fds = fd_list_new();
    GVariantBuilder recipes;
    GError *error = NULL;
    Future *future;
    gint32 handle = fd_list_append(fds, fcntl(blob_fd(work->source), F_DUPFD_CLOEXEC, 0));

    g_variant_builder_init(&recipes, G_VARIANT_TYPE("a" RECIPE_VARIANT_TYPE));
    for (guint i = 0; i < work->task->outputs->len; i++)
        g_variant_builder_add_value(&recipes, recipe_to_variant(&object_task_output(work->task, i)->recipe));
    future = executor_submit(process_executor_base(work->shop->imager), TARGET_RENDER,
                             g_variant_new("(ht@" RENDER_LIMITS_VARIANT_TYPE "a" RECIPE_VARIANT_TYPE ")",
                                           handle, work->task->max_source_bytes,
                                           render_limits_to_variant(&work->task->limits), &recipes),
                             fds, &error);
    if (future == NULL)
        work_fail(work, error);
    else
        future_add_done_callback(future, render_done, work);
}

/* 1. Get the source */

static void get_done(const GError *error, void *data)
{
    ObjectWork *work = data;
    GError *failure = NULL;

    if (error != NULL) {
        work_fail(work, g_error_copy(error));
        return;
    }
    work->result->bytes_in = blob_size(work->source);
    if (!blob_seal(work->source, &failure)) {
        work_fail(work, failure);
        return;
    }
    render_start(work);
}

void object_work_start(Workshop *shop, Call *call, GVariant *args)
{
    ObjectWork *work = g_new0(ObjectWork, 1);
    GError *error = NULL;
    ObjectTask *task;

    work->shop = shop;
    work->call = call;
    work->result = object_result_new();
    work->task = task = object_task_from_variant(args, &error);
    if (task != NULL)
        work->source = blob_new("source", task->max_source_bytes, &error);
    if (work->source == NULL) {
        work_fail(work, error);
        return;
    }
    reference_get(
        shop->source,
        &(ReferenceGet){.reference = task->reference,
                        .into = work->source,
                        .max_bytes = task->max_source_bytes,
                        .expected_bytes = task->size_bytes == SIZE_UNKNOWN ? -1 : (gint64)task->size_bytes,
                        .expected_etag = task->etag[0] != '\0' ? task->etag : NULL},
        get_done, work);
}
