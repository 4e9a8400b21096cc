#include "daemon/results.h"

#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"
#include "daemon/skip.h"

/* Attempts at an object whose failure may pass, each with the retries of every request inside. */
#define MAX_TRIES 3u

/* Refusals in a row (403, a read-only or missing destination) after which it is not the objects' fault. */
#define MAX_REFUSALS 100u

/* Workers that may die with an object in hand before it fails: workers do not decode, so an object does not
 * kill them. */
#define MAX_LOSSES 8u

void results_clear(Results *results)
{
    g_clear_error(&results->refusal);
    g_clear_pointer(&results->alike, alike_free);
}

static void record_failure(const Results *results, const WorkObject *object, const char *output,
                           const GError *error)
{
    const char *class = error_class_name(error_class(error));
    g_autofree char *key = quote_key(object->key);

    if (object->failures == 0)
        alike_failed(results->alike, object->key, output, error);
    report_add_failure(results->report, object->key, output, error_class(error), error->message);
    log_event(LOG_WARNING, "failed", "key", key, "output", output, "class", class, "reason", error->message,
              NULL);
}

/* So that it is not tried again for nothing. */
static void remember_failure(const Results *results, const WorkObject *object, guint output,
                             const GError *error)
{
    failure_memory_failed(results->memory, object->key, object->version, output, error);
}

/* What the first objects fail for is remembered against them when it is known to be their own fault. */
static void tell_memory(const Results *results)
{
    const AlikeVerdict verdict = alike_verdict(results->alike);

    if (verdict == ALIKE_NO)
        failure_memory_release(results->memory);
    else if (verdict == ALIKE_YES)
        failure_memory_drop(results->memory);
}

/* The object's outputs are all made or failed for good: it counts, once. */
static Next object_end(const Results *results, WorkObject *object)
{
    RunReport *report = results->report;

    if (object->failures == 0)
        alike_made(results->alike);
    tell_memory(results);
    report->bytes.in += object->bytes_in;
    if (object->failures > 0)
        report->objects.failed++;
    else if (object->recalled > 0)
        report->objects.remembered++;
    else
        report->objects.done++;
    work_object_free(object);
    return NEXT_NOTHING;
}

/* Everything that is still to be made fails for this reason. */
static Next object_fail(const Results *results, WorkObject *object, const GError *error)
{
    record_failure(results, object, NULL, error);
    for (guint i = 0; i < object->outputs->len; i++)
        remember_failure(results, object, work_object_output(object, i)->output, error);
    object->failures += MAX(1, object->outputs->len);
    return object_end(results, object);
}

void results_fail(Results *results, WorkObject *object, const GError *error)
{
    (void)object_fail(results, object, error);
}

/* After a failure that may pass. */
static Next object_later(WorkObject *object)
{
    object->tries++;
    g_clear_pointer(&object->head, store_head_free);
    return NEXT_LATER;
}

static gboolean has_tries_left(const WorkObject *object)
{
    return object->tries + 1 < MAX_TRIES;
}

/* error NULL: something was read or written. */
static void count_refusal(Results *results, const GError *error)
{
    if (error == NULL)
        results->refusals = 0;
    else if (error_class(error) == ERROR_PERMANENT && ++results->refusals == MAX_REFUSALS)
        results->refusal = g_error_copy(error);
}

/* Whether another try, with a new reference to store, may succeed. */
static gboolean may_pass(const GError *error, Store *store)
{
    if (error_class(error) == ERROR_STALE)
        store_check(store);
    return error_class(error) == ERROR_TRANSIENT || error_class(error) == ERROR_STALE;
}

/* One output's result: removes it from what is to be made, unless it may succeed later. */
static void take_output(Results *results, WorkObject *object, const OutputResult *result, gboolean may_retry)
{
    gint i = work_object_find(object, result->number);

    if (i < 0)
        return; /* a worker that answers for outputs that it was not given: ignored */
    if (result->error != NULL && may_retry && may_pass(result->error, results->destination)) {
        if (result->existed) /* and is to be replaced */
            g_array_index(object->outputs, DiffOutput, i).is_missing = FALSE;
        return;
    }
    count_refusal(results, result->error);
    if (result->error != NULL) {
        record_failure(results, object, config_output(results->config, result->number)->name, result->error);
        remember_failure(results, object, result->number, result->error);
        object->failures++;
    } else if (result->existed) {
        results->report->outputs.up_to_date++;
    } else {
        if (object->is_known)
            failure_memory_made(results->memory, object->key, result->number);
        results->report->outputs.made++;
        results->report->bytes.out += result->size_bytes;
    }
    g_array_remove_index(object->outputs, (guint)i);
}

/* Each time that it is rendered, which is nearly always once. */
static void log_warnings(const WorkObject *object, char *const *warnings)
{
    g_autofree char *key = quote_key(object->key);

    for (guint i = 0; warnings[i] != NULL; i++)
        log_event(LOG_WARNING, "imperfect", "key", key, "reason", warnings[i], NULL);
}

/* It was not decoded, because it needs more memory: it gets that, or it cannot. */
static Next take_demand(const Results *results, WorkObject *object, guint64 bytes)
{
    g_autoptr(GError) error = NULL;

    if (work_object_demand(object, bytes, results->memory_bytes, &error))
        return NEXT_AGAIN;
    return object_fail(results, object, error);
}

/* Its outputs were put, or not, and some are still to be made. */
static Next take_rest(const Results *results, WorkObject *object, const ObjectResult *result, guint wanted)
{
    g_autoptr(GError) error = NULL;

    if (result->error != NULL && (!has_tries_left(object) || !may_pass(result->error, results->source)))
        return object_fail(results, object, result->error);
    if (has_tries_left(object) && (result->error != NULL || result->outputs->len == wanted))
        return object_later(object);
    error_set(&error, ERROR_INTERNAL, "the worker answered for %u of %u outputs", result->outputs->len,
              wanted);
    return object_fail(results, object, error);
}

Next results_take(Results *results, WorkObject *object, const ObjectResult *result)
{
    const gboolean may_retry = has_tries_left(object);
    const guint wanted = object->outputs->len;

    object->bytes_in = MAX(object->bytes_in, result->bytes_in);
    if (result->error == NULL && result->memory_bytes != 0)
        return take_demand(results, object, result->memory_bytes);
    if (result->error != NULL && error_class(result->error) == ERROR_ARCHIVED) {
        skip_archived(object->key, result->error->message, results->report);
        work_object_free(object);
        return NEXT_NOTHING;
    }
    if (result->error != NULL)
        count_refusal(results, result->error);
    for (guint i = 0; i < result->outputs->len; i++)
        take_output(results, object, &g_array_index(result->outputs, OutputResult, i), may_retry);
    log_warnings(object, result->warnings);
    if (object->outputs->len == 0)
        return object_end(results, object);
    return take_rest(results, object, result, wanted);
}

/* The object is innocent. If the worker was killed because it hung with this object, much less so. */
Next results_take_loss(Results *results, WorkObject *object, const GError *error, gboolean is_broken)
{
    ErrorClass class = error_class(error);

    if (class == ERROR_CANCELLED || is_broken)
        return NEXT_LEFT;
    if ((class == ERROR_CRASH && ++object->losses < MAX_LOSSES) ||
        (class == ERROR_LIMIT && (object->losses += MAX_LOSSES / 2) < MAX_LOSSES))
        return NEXT_AGAIN;
    return object_fail(results, object, error);
}

Next results_take_look(Results *results, WorkObject *object, const GError *error)
{
    count_refusal(results, error);
    if (error_class(error) == ERROR_TRANSIENT && has_tries_left(object))
        return object_later(object);
    return object_fail(results, object, error);
}
