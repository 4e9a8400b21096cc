#include "daemon/dispatch/results.h"

#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"
#include "batch/fate_log.h"
#include "daemon/dispatch/assignment.h"
#include "daemon/dispatch/tally.h"

/* Attempts at an object whose failure may pass, not counting the retries of single requests within each. */
#define MAX_TRIES 3u

/* Workers that may die while they have an object before the object fails. Workers do not decode, so an object
 * should not kill them. */
#define MAX_LOSSES 8u

void results_clear(Results *results)
{
    g_clear_pointer(&results->refusals, refusals_free);
    g_clear_pointer(&results->alike, alike_free);
}

/* Whether the store rejected the key itself: such a failure has nothing to do with a library or a limit of
 * ours. */
static gboolean is_of_key(const WorkObject *object, const char *output, const GError *error)
{
    return error_class(error) == ERROR_INPUT && (output != NULL || object->bytes_in == 0);
}

static void record_failure(const Results *results, WorkObject *object, const char *output,
                           const GError *error)
{
    const char *class = error_class_name(error_class(error));
    g_autofree char *key = quote_key(object->key);

    if (object->failures == 0 && !is_of_key(object, output, error))
        alike_failed(results->alike, object->key, output, error);
    results->meter->failures[error_class(error)]++;
    if (object->failure == NULL)
        object->failure = g_error_copy(error);
    report_add_failure(results->report, object->key, output, error_class(error), error->message);
    log_event(LOG_WARNING, "failed", "key", key, "output", output, "class", class, "reason", error->message,
              NULL);
}

/* Stores the failure, so that later runs do not retry the output in vain. */
static void remember_failure(const Results *results, const WorkObject *object, guint output,
                             gboolean is_rendered, const GError *error)
{
    failure_memory_failed(results->memory, object->key, object->version, output, is_rendered, error);
}

/* The failures of the first objects are stored only once it is known that they do not share one reason. */
static void tell_memory(const Results *results)
{
    const AlikeVerdict verdict = alike_verdict(results->alike);

    if (verdict == ALIKE_NO)
        failure_memory_release(results->memory);
    else if (verdict == ALIKE_YES)
        failure_memory_drop(results->memory);
}

/* All outputs of the object are made or have failed permanently: counts the object, once. */
static Next object_end(const Results *results, WorkObject *object)
{
    RunReport *report = results->report;
    const char *result = "done";
    guint64 *counter = &report->objects.done;

    if (object->failures > 0) {
        result = "failed";
        counter = &report->objects.failed;
    } else if (object->recalled > 0) {
        result = "remembered";
        counter = &report->objects.remembered;
    }
    if (object->failures == 0)
        alike_made(results->alike);
    tell_memory(results);
    report->bytes.in += object->bytes_in;
    (*counter)++;
    fate_log_add(report->fates, object->key, result, object->failure);
    work_object_free(object);
    return NEXT_NOTHING;
}

/* Fails all outputs that are still to make, for this reason. */
static Next object_fail(const Results *results, WorkObject *object, const GError *error)
{
    record_failure(results, object, NULL, error);
    for (guint i = 0; i < object->outputs->len; i++)
        remember_failure(results, object, work_object_output(object, i)->output, FALSE, error);
    object->failures += MAX(1, object->outputs->len);
    return object_end(results, object);
}

/* Schedules a retry after a failure that may pass. */
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

/* A result's evidence about the stores. An error is set only if the store may be to blame for it. */
typedef struct {
    gboolean has_read; /* the source answered */
    gboolean has_written;
    const GError *read_error;
    const GError *write_error;
} Signs;

/* Whether the store has answered an upload. An output that could not be rendered was never sent. */
static gboolean was_answered(const OutputResult *output)
{
    return output->error == NULL || error_class(output->error) == ERROR_PERMANENT ||
           error_class(output->error) == ERROR_TRANSIENT;
}

static void read_output_signs(const OutputResult *output, Signs *signs)
{
    const gboolean is_doubtful = output->error != NULL && store_watch_cares(output->error);
    const gboolean is_check = output->error != NULL && output->existed;

    if (is_doubtful && is_check)
        signs->read_error = output->error;
    else if (is_doubtful)
        signs->write_error = output->error;
    else if (was_answered(output))
        signs->has_written = TRUE;
}

static Signs read_signs(const ObjectResult *result)
{
    const gboolean is_doubtful = result->error != NULL && store_watch_cares(result->error);
    Signs signs = {.has_read = !is_doubtful || result->bytes_in > 0};

    if (is_doubtful && result->bytes_in == 0)
        signs.read_error = result->error;
    else if (is_doubtful)
        signs.write_error = result->error; /* its uploads could not be signed */
    for (guint i = 0; i < result->outputs->len; i++)
        read_output_signs(&g_array_index(result->outputs, OutputResult, i), &signs);
    return signs;
}

static void watch_failure(const Results *results, OutageKind kind, Store *store, const GError *error)
{
    if (error_class(error) == ERROR_STALE)
        store_check(store);
    store_watch_failed(results->watch, kind, store, error);
}

/* Informs the watch. A result with both a success and a failure of a kind counts as a failure. */
static void watch_signs(const Results *results, const WorkObject *object, const Signs *signs, gint64 begun_us)
{
    if (signs->has_read)
        store_watch_remember(results->watch, object->key);
    if (signs->has_read && signs->read_error == NULL)
        store_watch_succeeded(results->watch, OUTAGE_READ, begun_us);
    if (signs->has_written && signs->write_error == NULL)
        store_watch_succeeded(results->watch, OUTAGE_WRITE, begun_us);
    if (signs->read_error != NULL)
        watch_failure(results, OUTAGE_READ, results->source, signs->read_error);
    if (signs->write_error != NULL)
        watch_failure(results, OUTAGE_WRITE, results->destination, signs->write_error);
}

/* Records the failure of the i-th output to make and removes it from the list. */
static void fail_output(const Results *results, WorkObject *object, guint i, gboolean is_rendered,
                        const GError *error)
{
    const guint number = work_object_output(object, i)->output;

    record_failure(results, object, config_output(results->config, number)->name, error);
    remember_failure(results, object, number, is_rendered, error);
    object->failures++;
    g_array_remove_index(object->outputs, i);
}

/* Gives a file the mark by which `thumbmill gc` knows it as an output. A file system that keeps no attributes
 * costs nothing but that: gc leaves its files alone, and says so. */
static void mark_output(const Results *results, const WorkObject *object, const DiffOutput *output)
{
    g_auto(GStrv) headers = NULL;

    if (!store_is_directory(results->destination) ||
        results->config->destination.provenance == CONFIG_PROVENANCE_NONE)
        return;
    headers = assignment_headers(results->config, object, output->output, NULL);
    if (headers != NULL)
        (void)store_mark(results->destination, output->key, (const char *const *)headers);
}

/* The output was uploaded, or existed already. */
static void finish_output(Results *results, WorkObject *object, guint i, const OutputResult *result)
{
    refusals_written(results->refusals);
    if (result->existed) {
        results->report->outputs.up_to_date++;
    } else {
        if (object->is_known)
            failure_memory_made(results->memory, object->key, result->number);
        mark_output(results, object, work_object_output(object, i));
        results->report->outputs.made++;
        results->report->bytes.out += result->size_bytes;
    }
    g_array_remove_index(object->outputs, i);
}

/* Takes one output's result: removes the output from those to make, unless it may succeed later. */
static void take_output(Results *results, WorkObject *object, const OutputResult *result)
{
    const gint i = work_object_find(object, result->number);

    if (i < 0)
        return; /* the worker answers for an output that it was not given: ignored */
    if (result->error != NULL)
        refusals_add(results->refusals, !result->existed, object->key, result->error);
    if (result->error == NULL)
        finish_output(results, object, (guint)i, result);
    else if (!error_may_pass(result->error) || (!store_watch_cares(result->error) && !has_tries_left(object)))
        fail_output(results, object, (guint)i, result->size_bytes > 0, result->error);
    else if (result->existed) /* the existing output is to be replaced */
        g_array_index(object->outputs, DiffOutput, i).is_missing = FALSE;
}

/* Logs the warnings of each rendering of an object; nearly always there is just one rendering. */
static void log_warnings(const WorkObject *object, char *const *warnings)
{
    g_autofree char *key = quote_key(object->key);

    for (guint i = 0; warnings[i] != NULL; i++)
        log_event(LOG_WARNING, "rendered with a warning", "key", key, "reason", warnings[i], NULL);
}

/* The object was not decoded, because it needs more memory: retries it with more, or fails it. */
static Next take_demand(const Results *results, WorkObject *object, guint64 bytes)
{
    g_autoptr(GError) error = NULL;

    if (work_object_demand(object, bytes, results->memory_bytes, &error))
        return NEXT_AGAIN;
    return object_fail(results, object, error);
}

/* Some outputs are still to be made, and the store is not in doubt. */
static Next take_rest(const Results *results, WorkObject *object, const ObjectResult *result, guint wanted)
{
    g_autoptr(GError) error = NULL;

    if (result->error != NULL && (!has_tries_left(object) || !error_may_pass(result->error)))
        return object_fail(results, object, result->error);
    if (has_tries_left(object) && (result->error != NULL || result->outputs->len == wanted))
        return object_later(object);
    error_set(&error, ERROR_INTERNAL, "the worker reported %u of %u outputs", result->outputs->len, wanted);
    return object_fail(results, object, error);
}

/* Takes a result that has outputs, or an error of the object as a whole. */
static Next take_outputs(Results *results, WorkObject *object, const ObjectResult *result, const Signs *signs,
                         OutageKind *ret_kind)
{
    const guint wanted = object->outputs->len;

    if (result->bytes_in > 0)
        refusals_read(results->refusals, object->key);
    if (result->error != NULL)
        refusals_add(results->refusals, result->bytes_in > 0, object->key, result->error);
    for (guint i = 0; i < result->outputs->len; i++)
        take_output(results, object, &g_array_index(result->outputs, OutputResult, i));
    log_warnings(object, result->warnings);
    if (object->outputs->len == 0)
        return object_end(results, object);
    if (signs->read_error == NULL && signs->write_error == NULL)
        return take_rest(results, object, result, wanted);
    *ret_kind = signs->write_error != NULL ? OUTAGE_WRITE : OUTAGE_READ;
    return NEXT_DOUBT;
}

Next results_take(Results *results, WorkObject *object, const ObjectResult *result, gint64 begun_us,
                  OutageKind *ret_kind)
{
    const Signs signs = read_signs(result);

    watch_signs(results, object, &signs, begun_us);
    meter_observe_stages(results->meter, &result->stages);
    object->bytes_in = MAX(object->bytes_in, result->bytes_in);
    if (result->error == NULL && result->memory_bytes != 0)
        return take_demand(results, object, result->memory_bytes);
    if (result->error != NULL && error_class(result->error) == ERROR_ARCHIVED) {
        tally_archived(object->key, result->error->message, results->report);
        work_object_free(object);
        return NEXT_NOTHING;
    }
    return take_outputs(results, object, result, &signs, ret_kind);
}

/* The store works, so what it answered concerns this object alone. */
static GError *own_failure(const GError *error)
{
    GError *own = g_error_copy(error);

    if (error_class(own) == ERROR_UNAVAILABLE || error_class(own) == ERROR_UNSENT)
        own->code = ERROR_TRANSIENT;
    return own;
}

/* Whether all requests that failed were never sent, so that this is no attempt. */
static gboolean is_unsent(const ObjectResult *result)
{
    if (result->error != NULL)
        return error_class(result->error) == ERROR_UNSENT;
    for (guint i = 0; i < result->outputs->len; i++) {
        const GError *error = g_array_index(result->outputs, OutputResult, i).error;

        if (error != NULL && error_may_pass(error) && error_class(error) != ERROR_UNSENT)
            return FALSE;
    }
    return TRUE;
}

Next results_blame(Results *results, WorkObject *object, const ObjectResult *result)
{
    if (is_unsent(result)) {
        g_clear_pointer(&object->head, store_head_free);
        return NEXT_LATER;
    }
    if (has_tries_left(object))
        return object_later(object);
    if (result->error != NULL) {
        g_autoptr(GError) own = own_failure(result->error);

        return object_fail(results, object, own);
    }
    for (guint i = 0; i < result->outputs->len; i++) {
        const OutputResult *output = &g_array_index(result->outputs, OutputResult, i);
        const gint place = work_object_find(object, output->number);

        if (place >= 0 && output->error != NULL) {
            g_autoptr(GError) own = own_failure(output->error);

            fail_output(results, object, (guint)place, FALSE, own);
        }
    }
    return object->outputs->len == 0 ? object_end(results, object)
                                     : take_rest(results, object, result, object->outputs->len);
}

gboolean results_is_full(const ObjectResult *result)
{
    for (guint i = 0; i < result->outputs->len; i++) {
        const OutputResult *output = &g_array_index(result->outputs, OutputResult, i);

        if (output->error != NULL && error_class(output->error) == ERROR_FULL)
            return TRUE;
    }
    return FALSE;
}

/* The object is not to blame. If the worker was killed because it hung, the object probably is: that counts
 * as MAX_LOSSES / 2 losses. */
Next results_take_loss(Results *results, WorkObject *object, const GError *error, gboolean is_broken)
{
    ErrorClass class = error_class(error);

    if (class == ERROR_CANCELLED || is_broken)
        return NEXT_LEFT;
    if (class != ERROR_CRASH && class != ERROR_LIMIT)
        return object_fail(results, object, error);
    object->losses += class == ERROR_CRASH ? 1 : MAX_LOSSES / 2;
    return object->losses < MAX_LOSSES ? NEXT_AGAIN : object_fail(results, object, error);
}

/* Whether credentials are missing now, and in *ret_kind for which kind of request. */
static gboolean is_unsigned(const Results *results, OutageKind *ret_kind)
{
    *ret_kind = store_can_sign(results->source) ? OUTAGE_WRITE : OUTAGE_READ;
    return *ret_kind == OUTAGE_READ || !store_can_sign(results->destination);
}

Next results_take_failure(Results *results, WorkObject *object, const GError *error)
{
    OutageKind kind;

    refusals_add(results->refusals, FALSE, object->key, error);
    if (store_watch_cares(error) && is_unsigned(results, &kind)) {
        watch_failure(results, kind, kind == OUTAGE_READ ? results->source : results->destination, error);
        g_clear_pointer(&object->head, store_head_free);
        return NEXT_LATER; /* nothing was sent: not an attempt */
    }
    if (store_watch_cares(error)) {
        watch_failure(results, OUTAGE_READ, results->source, error);
        return NEXT_DOUBT;
    }
    if (error_may_pass(error) && has_tries_left(object))
        return object_later(object);
    return object_fail(results, object, error);
}
