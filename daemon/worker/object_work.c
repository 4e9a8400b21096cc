#include "daemon/worker/object_work.h"

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/task.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"

/* One object's task and its state. */
typedef struct {
    Workshop *shop;
    Call *call;
    ObjectTask *task;
    ObjectResult *result;
    Blob *source;
    GArray *digests;    /* of OutputDigests, one per output to upload; empty for files, which need none */
    char *version;      /* of the source at its store; NULL if unknown */
    gboolean is_signed; /* the task's headers are complete and signed */
} ObjectWork;

/* Awaiting a transfer */

static void transfer_done(const GError *error, void *data)
{
    g_autoptr(Future) future = data;

    if (error != NULL)
        future_set_exception(future, g_error_copy(error));
    else
        future_set_result(future, g_variant_new("()"), NULL);
}

/* 1. Download the source */

/* Ends a stage that began at begun_us. */
static void end_stage(const ObjectWork *work, Stage stage, gint64 begun_us)
{
    work->result->stages.us[stage] += (guint64)MAX(clock_now_us() - begun_us, 1);
}

static gboolean get_from(ObjectWork *work, ReferenceIo *io, GError **error)
{
    const ObjectTask *task = work->task;
    g_autoptr(Future) got = loop_create_future(work->shop->loop);

    work->source = blob_new("source", task->max_source_bytes, error);
    if (work->source == NULL)
        return FALSE;
    reference_get(
        io,
        &(ReferenceGet){.reference = task->reference,
                        .into = work->source,
                        .max_bytes = task->max_source_bytes,
                        .expected_bytes = task->size_bytes == SIZE_UNKNOWN ? -1 : (gint64)task->size_bytes,
                        .expected_etag = task->etag[0] != '\0' ? task->etag : NULL,
                        .ret_version = &work->version},
        transfer_done, future_ref(got));
    if (await(got, error) == NULL)
        return FALSE;
    work->result->bytes_in = blob_size(work->source);
    return blob_seal(work->source, error);
}

static gboolean get_source(ObjectWork *work, GError **error)
{
    return get_from(work, work->shop->source, error);
}

/* 2. Have the source rendered (daemon/worker/worker_imager.h) */

/* Moves the errors of outputs that could not be made to the result; those outputs are neither signed nor
 * uploaded. */
static void drop_failed(ObjectWork *work, Rendering *rendering)
{
    for (guint i = rendering->outputs->len; i-- > 0;) {
        Rendered *rendered = &g_array_index(rendering->outputs, Rendered, i);
        OutputResult output = {.number = object_task_output(work->task, i)->number, .error = rendered->error};

        if (output.error == NULL)
            continue;
        rendered->error = NULL;
        g_array_append_val(work->result->outputs, output);
        g_array_remove_index(rendering->outputs, i);
        g_array_remove_index(work->task->outputs, i);
    }
}

/* 3. Compute the digests, and have the uploads signed if their signature depends on them */

static void clear_digests(void *data)
{
    output_digests_clear(data);
}

static gboolean compute_digests(ObjectWork *work, const Rendering *rendering, GError **error)
{
    const gboolean is_due =
        rendering->outputs->len > 0 && (sign_request_is_due(work->task) ||
                                        reference_takes_md5(object_task_output(work->task, 0)->reference));

    for (guint i = 0; is_due && i < rendering->outputs->len; i++) {
        OutputDigests digests = {0};

        if (!output_digests_compute(&work->shop->digests, rendering_output(rendering, i)->bytes, &digests,
                                    error))
            return FALSE;
        g_array_append_val(work->digests, digests);
    }
    return TRUE;
}

static gboolean have_signed(ObjectWork *work, const Rendering *rendering, GError **error)
{
    g_autoptr(Future) signature = NULL;
    GVariant *answer;

    if (rendering->outputs->len == 0 || !sign_request_is_due(work->task))
        return TRUE;
    signature = child_ask(work->shop->child, work->call, ASK_SIGN,
                          sign_request_new(work->task, rendering, work->digests));
    answer = await(signature, error);
    work->is_signed = answer != NULL && sign_request_answered(work->task, answer, error);
    return work->is_signed;
}

/* 4. Upload the outputs, all concurrently */

/* Uploads the i-th output. *ret_existed must remain valid until the future is done. */
static Future *start_put(const ObjectWork *work, const Rendering *rendering, guint i, gboolean *ret_existed)
{
    Future *put = loop_create_future(work->shop->loop);
    const TaskOutput *output = object_task_output(work->task, i);
    const Rendered *rendered = rendering_output(rendering, i);
    const OutputDigests *digests =
        work->digests->len > 0 ? &g_array_index(work->digests, OutputDigests, i) : NULL;
    const char *content_type = work->is_signed ? NULL : format_info(rendered->format)->content_type;

    reference_put(work->shop->destination,
                  &(ReferencePut){.reference = output->reference,
                                  .headers = (const char *const *)output->headers,
                                  .content_type = content_type,
                                  .data = blob_data(rendered->bytes),
                                  .size_bytes = blob_size(rendered->bytes),
                                  .md5 = digests != NULL ? digests->md5 : NULL,
                                  .ignore_etag = work->shop->ignore_etag,
                                  .ret_existed = output->keep_existing ? ret_existed : NULL},
                  transfer_done, future_ref(put));
    return put;
}

static void put_outputs(const ObjectWork *work, const Rendering *rendering)
{
    const guint n = rendering->outputs->len;
    g_autoptr(GPtrArray) puts = g_ptr_array_new_with_free_func((GDestroyNotify)future_unref);
    g_autofree gboolean *existed = g_new0(gboolean, n);

    for (guint i = 0; i < n; i++)
        g_ptr_array_add(puts, start_put(work, rendering, i, &existed[i]));
    for (guint i = 0; i < n; i++) {
        OutputResult output = {.number = object_task_output(work->task, i)->number,
                               .size_bytes = blob_size(rendering_output(rendering, i)->bytes)};

        (void)await(puts->pdata[i], &output.error);
        output.existed = existed[i];
        g_array_append_val(work->result->outputs, output);
    }
}

/*   5. Check that the source is unchanged: a version that replaced it in the meantime may look older than the
 *      outputs, and would then never be read */

static gboolean was_put(const OutputResult *output)
{
    return output->error == NULL && !output->existed;
}

static gboolean has_put(const ObjectResult *result)
{
    for (guint i = 0; i < result->outputs->len; i++)
        if (was_put(&g_array_index(result->outputs, OutputResult, i)))
            return TRUE;
    return FALSE;
}

static void check_source(const ObjectWork *work)
{
    const GArray *outputs = work->result->outputs;
    g_autoptr(Future) checked = NULL;
    g_autoptr(GError) error = NULL;
    gint64 begun_us;

    if (work->version == NULL || !has_put(work->result))
        return;
    begun_us = clock_now_us();
    checked = loop_create_future(work->shop->loop);
    reference_check(work->shop->source, work->task->reference, work->version, transfer_done,
                    future_ref(checked));
    (void)await(checked, &error);
    end_stage(work, STAGE_CHECK, begun_us);
    if (error == NULL)
        return;
    for (guint i = 0; i < outputs->len; i++) {
        OutputResult *output = &g_array_index(outputs, OutputResult, i);

        if (was_put(output)) {
            output->error = g_error_copy(error);
            output->existed = TRUE;
        }
    }
}

/* Task body for an object: all steps in order. */
static GVariant *object_life(void *data, GError **error)
{
    ObjectWork *work = data;
    g_autoptr(Rendering) rendering = NULL;
    gint64 begun_us = clock_now_us();
    gboolean is_ready = get_source(work, error);

    end_stage(work, STAGE_GET, begun_us);
    if (!is_ready)
        return NULL;
    begun_us = clock_now_us();
    rendering = worker_imager_render(&work->shop->imager, work->task, work->source, error);
    end_stage(work, STAGE_RENDER, begun_us);
    if (rendering == NULL)
        return NULL;
    work->result->memory_bytes = rendering->memory_bytes;
    work->result->warnings = g_steal_pointer(&rendering->warnings);
    drop_failed(work, rendering);
    begun_us = clock_now_us();
    is_ready = compute_digests(work, rendering, error) && have_signed(work, rendering, error);
    if (is_ready)
        put_outputs(work, rendering);
    if (!is_ready || rendering->outputs->len > 0)
        end_stage(work, STAGE_PUT, begun_us);
    if (!is_ready)
        return NULL;
    check_source(work);
    return g_variant_new("()");
}

/* Task body for `explain`: fetches the source and passes the imager's answer on without reading it. */
static GVariant *explain_life(void *data, GError **error)
{
    ObjectWork *work = data;

    if (!get_source(work, error))
        return NULL;
    return worker_imager_explain(&work->shop->imager, work->task, work->source, error);
}

/* Whether the imager has made the only output: then it has decoded everything. */
static gboolean is_decoded(const Rendering *rendering, GError **error)
{
    const Rendered *rendered;

    if (rendering->memory_bytes > 0) {
        error_set(error, ERROR_LIMIT, "not decoded: that needs %" G_GUINT64_FORMAT " bytes of memory",
                  rendering->memory_bytes);
        return FALSE;
    }
    rendered = rendering_output(rendering, 0);
    if (rendered->error == NULL)
        return TRUE;
    g_propagate_error(error, g_error_copy(rendered->error));
    return FALSE;
}

/* Task body for `decode`: fetches a stored output, and has it rendered, which needs all its pixels. */
static GVariant *decode_life(void *data, GError **error)
{
    ObjectWork *work = data;
    g_autoptr(Rendering) rendering = NULL;

    if (!get_from(work, work->shop->destination, error))
        return NULL;
    rendering = worker_imager_render(&work->shop->imager, work->task, work->source, error);
    if (rendering == NULL || !is_decoded(rendering, error))
        return NULL;
    return worker_imager_explain(&work->shop->imager, work->task, work->source, error);
}

static WorkerCounters counters_since(Workshop *shop)
{
    const WorkerCounters since = {.requests = request_counters_since(&shop->counters, &shop->told),
                                  .imager = occupancy_take(&shop->imager.occupancy, clock_now_us())};

    shop->told = shop->counters;
    return since;
}

static void work_free(ObjectWork *work)
{
    occupancy_change_tasks(&work->shop->imager.occupancy, -1, clock_now_us());
    blob_unref(work->source);
    g_array_unref(work->digests);
    g_free(work->version);
    object_result_free(work->result);
    object_task_free(work->task);
    g_free(work);
}

/* failure: of the object as a whole, or NULL; copied. */
static void work_answer(ObjectWork *work, const GError *failure)
{
    work->result->error = failure != NULL ? g_error_copy(failure) : NULL;
    work->result->counters = counters_since(work->shop);
    call_return(work->call, object_result_to_variant(work->result), NULL);
    work_free(work);
}

/* Answers with any error. With ERROR_CANCELLED the worker is ending, and nobody reads the answer. */
static void life_over(Future *life, void *data)
{
    g_autoptr(GError) cancelled = NULL;
    const GError *failure = future_exception(life, 0, &cancelled);

    work_answer(data, failure != NULL ? failure : cancelled);
}

static void explanation_over(Future *life, void *data)
{
    ObjectWork *work = data;
    GError *error = NULL;
    GVariant *value = future_result(life, 0, &error);

    if (value != NULL)
        call_return(work->call, value, NULL);
    else
        call_fail(work->call, error);
    work_free(work);
}

/* On an error the returned work has no task: args were invalid. */
static ObjectWork *work_new(Workshop *shop, Call *call, GVariant *args, GError **error)
{
    ObjectWork *work = g_new0(ObjectWork, 1);

    work->shop = shop;
    work->call = call;
    work->result = object_result_new();
    work->digests = g_array_new(FALSE, FALSE, sizeof(OutputDigests));
    g_array_set_clear_func(work->digests, clear_digests);
    work->task = object_task_from_variant(args, error);
    occupancy_change_tasks(&shop->imager.occupancy, 1, clock_now_us());
    return work;
}

void object_work_start(Workshop *shop, Call *call, GVariant *args)
{
    g_autoptr(GError) error = NULL;
    ObjectWork *work = work_new(shop, call, args, &error);
    g_autoptr(Future) life = NULL;

    if (work->task == NULL) {
        work_answer(work, error);
        return;
    }
    life = task_new(shop->loop, object_life, work);
    future_add_done_callback(life, life_over, work);
}

/* body returns what the call is answered with. */
static void start_with(Workshop *shop, Call *call, GVariant *args, TaskFunc body)
{
    GError *error = NULL;
    ObjectWork *work = work_new(shop, call, args, &error);
    g_autoptr(Future) life = NULL;

    if (work->task == NULL) {
        call_fail(call, error);
        work_free(work);
        return;
    }
    life = task_new(shop->loop, body, work);
    future_add_done_callback(life, explanation_over, work);
}

void object_work_explain(Workshop *shop, Call *call, GVariant *args)
{
    start_with(shop, call, args, explain_life);
}

void object_work_decode(Workshop *shop, Call *call, GVariant *args)
{
    start_with(shop, call, args, decode_life);
}
