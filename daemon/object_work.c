#include "daemon/object_work.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"

/* How often an object may kill an imager: the second time, alone with a fresh one, proves that it is the
 * object. */
#define MAX_CRASHES 2u

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

static void upload_start(ObjectWork *work, const TaskOutput *output, Blob *bytes)
{
    Upload *upload = g_new0(Upload, 1);

    upload->work = work;
    upload->number = output->number;
    upload->bytes = blob_ref(bytes);
    work->pending++;
    reference_put(work->shop->destination,
                  &(ReferencePut){.reference = output->reference,
                                  .headers = (const char *const *)output->headers,
                                  .data = blob_data(bytes),
                                  .size_bytes = blob_size(bytes)},
                  upload_done, upload);
}

/* What an imager hands back is checked: it met hostile bytes. The outputs in order, or NULL. */
static GPtrArray *adopt_renditions(const ObjectWork *work, Future *future, GVariant *value, GError **error)
{
    g_autoptr(GPtrArray) blobs = g_ptr_array_new_with_free_func((GDestroyNotify)blob_unref);
    g_autoptr(GVariant) list = NULL;
    gsize n;

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
        guint32 width, height;
        gint32 handle;
        Blob *blob;

        g_variant_get_child(list, i, "(huu)", &handle, &width, &height);
        blob = blob_adopt(future_steal_fd(future, handle), LIMIT_BLOB_BYTES, error);
        if (blob == NULL)
            return NULL;
        g_ptr_array_add(blobs, blob);
        if (blob_size(blob) == 0 || width == 0 || height == 0 || width > recipe->width ||
            height > recipe->height) {
            error_set(error, ERROR_INTERNAL, "the imager made %ux%u pixels where at most %ux%u belong", width,
                      height, recipe->width, recipe->height);
            return NULL;
        }
    }
    return g_steal_pointer(&blobs);
}

static void upload_all(ObjectWork *work, GPtrArray *blobs)
{
    for (guint i = 0; i < blobs->len; i++)
        upload_start(work, object_task_output(work->task, i), blobs->pdata[i]);
}

/* 2. Have it rendered */

static void render_start(ObjectWork *work);

static void take_renditions(ObjectWork *work, Future *future)
{
    g_autoptr(GPtrArray) blobs = NULL;
    GError *error = NULL;
    GVariant *value = future_result(future, 0, &error);

    /* No imager can be started any more: that is no fault of the object, and this worker is of no use. */
    if (process_executor_broken(work->shop->imager) != NULL)
        exit(EXIT_FAILURE);
    if (value != NULL)
        blobs = adopt_renditions(work, future, value, &error);
    if (blobs != NULL) {
        upload_all(work, blobs);
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
                             g_variant_new("(htta" RECIPE_VARIANT_TYPE ")", handle,
                                           work->task->max_source_bytes, work->task->max_pixels, &recipes),
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
