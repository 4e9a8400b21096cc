#include "daemon/explain_work.h"

#include <fcntl.h>

typedef struct {
    Workshop *shop;
    Call *call;
    ObjectTask *task;
    Blob *source;
} ExplainWork;

static void work_free(ExplainWork *work)
{
    blob_unref(work->source);
    object_task_free(work->task);
    g_free(work);
}

/* error is taken. */
static void work_fail(ExplainWork *work, GError *error)
{
    call_fail(work->call, error);
    work_free(work);
}

static void imager_done(Future *future, void *data)
{
    ExplainWork *work = data;
    GError *error = NULL;
    GVariant *value = future_result(future, 0, &error);

    if (value != NULL && !g_variant_is_of_type(value, G_VARIANT_TYPE(EXPLAIN_RESULT_TYPE)))
        error_set(&error, ERROR_INTERNAL, "the imager answered with %s", g_variant_get_type_string(value));
    if (error != NULL) {
        work_fail(work, error);
    } else {
        call_return(work->call, value, NULL);
        work_free(work);
    }
    future_unref(future);
}

static void get_done(const GError *error, void *data)
{
    ExplainWork *work = data;
    GError *failure = error != NULL ? g_error_copy(error) : NULL;
    FdList *fds;
    Future *future;
    gint32 handle;

    if (failure != NULL || !blob_seal(work->source, &failure)) {
        work_fail(work, failure);
        return;
    }
    fds = fd_list_new();
    handle = fd_list_append(fds, fcntl(blob_fd(work->source), F_DUPFD_CLOEXEC, 0));
    future = executor_submit(process_executor_base(work->shop->imager), TARGET_EXPLAIN,
                             object_task_render_args(work->task, handle), fds, &failure);
    if (future == NULL)
        work_fail(work, failure);
    else
        future_add_done_callback(future, imager_done, work);
}

void explain_work_start(Workshop *shop, Call *call, GVariant *args)
{
    ExplainWork *work = g_new0(ExplainWork, 1);
    GError *error = NULL;

    work->shop = shop;
    work->call = call;
    work->task = object_task_from_variant(args, &error);
    if (work->task != NULL)
        work->source = blob_new("source", work->task->max_source_bytes, &error);
    if (work->source == NULL) {
        work_fail(work, error);
        return;
    }
    reference_get(shop->source,
                  &(ReferenceGet){.reference = work->task->reference,
                                  .into = work->source,
                                  .max_bytes = work->task->max_source_bytes,
                                  .expected_bytes = -1},
                  get_done, work);
}
