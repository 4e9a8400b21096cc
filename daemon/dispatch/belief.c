#include "daemon/dispatch/belief.h"

#include "base/limits.h"

/* Requests per object besides one PUT per output: the GET and the final check. */
#define REQUESTS_BESIDE_PUTS 2u

/* Renderings of one object: two, and another one each time that its uploads turn out to be stale. */
#define MAX_ROUNDS 8u

static void limit(guint64 *number, guint64 most)
{
    *number = MIN(*number, most);
}

/* The counters cover all objects that a worker had in its hands since its last result. It neither lists nor
 * deletes. */
static void limit_counters(WorkerCounters *counters, const Asked *asked)
{
    const guint64 requests = (guint64)LIMIT_TASKS_IN_FLIGHT * MAX_ROUNDS * MAX(asked->attempts, 1) *
                             (REQUESTS_BESIDE_PUTS + asked->max_outputs);
    const guint64 time_us = (guint64)MAX(asked->elapsed_us, 0);
    RequestCounters *sent = &counters->requests;

    limit(&sent->list, 0);
    limit(&sent->head, 0);
    limit(&sent->delete, 0);
    limit(&sent->get, requests);
    limit(&sent->check, requests);
    limit(&sent->put, requests);
    limit(&sent->retries, sent->get + sent->check + sent->put);
    limit(&sent->connections, requests);
    for (guint i = 0; i < RETRY_REASON_COUNT; i++)
        limit(&sent->retry_reasons[i], sent->retries);
    for (guint i = 0; i < OPERATION_COUNT; i++)
        for (guint j = 0; j < ANSWER_COUNT; j++)
            limit(&sent->answers[i][j], i == OPERATION_GET     ? sent->get
                                        : i == OPERATION_CHECK ? sent->check
                                        : i == OPERATION_PUT   ? sent->put
                                                               : 0);
    limit(&counters->imager.idle_us, time_us);
    limit(&counters->imager.busy_us, time_us);
    limit(&counters->imager.queued_us, time_us * LIMIT_TASKS_IN_FLIGHT);
}

void belief_limit(ObjectResult *result, const Asked *asked)
{
    if (result->outputs->len > asked->n_outputs)
        g_array_set_size(result->outputs, asked->n_outputs);
    for (guint i = 0; i < result->outputs->len; i++)
        limit(&g_array_index(result->outputs, OutputResult, i).size_bytes, LIMIT_BLOB_BYTES);
    limit(&result->bytes_in, asked->max_source_bytes);
    result->stages.us[STAGE_WAIT] = 0;
    for (guint i = 0; i < STAGE_COUNT; i++)
        limit(&result->stages.us[i], (guint64)MAX(asked->elapsed_us, 0));
    limit_counters(&result->counters, asked);
}
