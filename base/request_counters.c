#include "base/request_counters.h"

RequestAnswer request_answer(long status)
{
    return status >= 200 && status < 600 ? (RequestAnswer)(ANSWER_2XX + (status - 200) / 100) : ANSWER_NONE;
}

/* Calls this for each pair of fields of two RequestCounters. */
static void for_each(RequestCounters *counters, const RequestCounters *others,
                     void (*change)(guint64 *counter, guint64 other))
{
    change(&counters->list, others->list);
    change(&counters->get, others->get);
    change(&counters->check, others->check);
    change(&counters->put, others->put);
    change(&counters->head, others->head);
    change(&counters->delete, others->delete);
    change(&counters->retries, others->retries);
    change(&counters->connections, others->connections);
    for (guint i = 0; i < RETRY_REASON_COUNT; i++)
        change(&counters->retry_reasons[i], others->retry_reasons[i]);
    for (guint i = 0; i < OPERATION_COUNT; i++)
        for (guint j = 0; j < ANSWER_COUNT; j++)
            change(&counters->answers[i][j], others->answers[i][j]);
}

static void add(guint64 *counter, guint64 other)
{
    *counter += other;
}

static void subtract(guint64 *counter, guint64 other)
{
    *counter -= other;
}

void request_counters_add(RequestCounters *counters, const RequestCounters *more)
{
    for_each(counters, more, add);
}

RequestCounters request_counters_since(const RequestCounters *now, const RequestCounters *before)
{
    RequestCounters difference = *now;

    for_each(&difference, before, subtract);
    return difference;
}
