#include "daemon/dispatcher.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/quote.h"
#include "base/timer.h"
#include "daemon/admission.h"
#include "daemon/assignment.h"
#include "daemon/countersign.h"
#include "daemon/flight.h"
#include "daemon/looks.h"
#include "daemon/messages.h"
#include "daemon/pauses.h"
#include "daemon/retry_reasons.h"
#include "daemon/run_pace.h"
#include "daemon/skip.h"
#include "daemon/window.h"
#include "daemon/worker_news.h"
#include "daemon/worker_state.h"
#include "daemon/workers.h"

/* Attempts at an object whose failure may pass, each with the retries of every request inside. */
#define MAX_TRIES 3u

/* The pause before another attempt. */
#define RETRY_PAUSE_US (5 * CLOCK_US_PER_S)

/* Refusals in a row (403, a read-only or missing destination) after which it is not the objects' fault. */
#define MAX_REFUSALS 100u

/* Workers that may die with an object in hand before it fails: workers do not decode, so an object does not
 * kill them. */
#define MAX_LOSSES 8u

/* Requests for an object beside one for each output: it is got, and checked in the end. */
#define REQUESTS_BESIDE_PUTS 2u

/* The part of the memory budget, as a divisor, that sources in flight may take. */
#define SOURCES_SHARE 4u

/* Objects at hand beyond what is in flight, per worker: enough to bridge the listing of another page. */
#define WAITING_PER_WORKER 64u

struct Dispatcher {
    DispatcherOptions options;
    ProcessExecutor *workers;
    guint n_workers;
    Window window;
    RunPace pace;
    Timer *pacer;
    guint64 bytes_in_flight; /* of sources, as listed */
    Admission admission;
    GQueue waiting; /* of WorkObject */
    GQueue heavy;   /* of WorkObject: they wait for memory */
    Pauses *pauses;
    Looks *looks;          /* NULL: none are needed */
    GHashTable *in_flight; /* of Flight by Future */
    WorkerNews news;
    gboolean stopped;
    guint left;
    guint refusals; /* in a row */
    GError *refusal;
};

static void dispatcher_pump(Dispatcher *dispatcher);
static void look_done(WorkObject *object, const GError *error, void *data);

/* Starting */

/* Of those that wait like it. */
static GQueue *queue_of(Dispatcher *dispatcher, const WorkObject *object)
{
    return object->memory_bytes != 0 ? &dispatcher->heavy : &dispatcher->waiting;
}

static void enqueue(Dispatcher *dispatcher, WorkObject *object)
{
    g_queue_push_tail(queue_of(dispatcher, object), object);
}

/* What has paused long enough waits for a worker again. */
static void end_pauses(void *data)
{
    Dispatcher *dispatcher = data;
    WorkObject *object;

    while ((object = pauses_take(dispatcher->pauses)) != NULL)
        enqueue(dispatcher, object);
    dispatcher_pump(dispatcher);
}

static void pump_again(void *data)
{
    dispatcher_pump(data);
}

static guint64 memory_budget(const Config *config)
{
    return config->limits.memory_bytes != 0 ? config->limits.memory_bytes : memory_total("") / 2;
}

Dispatcher *dispatcher_new(const DispatcherOptions *options, GMainContext *context, GError **error)
{
    const WorkersConfig *config = &options->config->workers;
    Dispatcher *dispatcher = g_new0(Dispatcher, 1);

    dispatcher->options = *options;
    dispatcher->n_workers = config_workers(options->config);
    window_init(&dispatcher->window, config->tasks_in_flight);
    dispatcher->pacer = timer_new(context, pump_again, dispatcher);
    dispatcher->in_flight = g_hash_table_new(NULL, NULL);
    dispatcher->news = (WorkerNews){.report = options->report,
                                    .obituaries = worker_obituaries_new(),
                                    .flights = dispatcher->in_flight,
                                    .config = options->config,
                                    .destination = options->destination};
    admission_init(&dispatcher->admission, memory_budget(options->config), dispatcher->n_workers);
    g_queue_init(&dispatcher->waiting);
    g_queue_init(&dispatcher->heavy);
    dispatcher->pauses = pauses_new(context, end_pauses, dispatcher);
    dispatcher->workers = workers_start(&(WorkersOptions){.config = options->config,
                                                          .count = dispatcher->n_workers,
                                                          .proxies = options->proxies,
                                                          .on_child = worker_news_on_child,
                                                          .on_note = worker_news_on_note,
                                                          .on_ask = worker_news_on_ask,
                                                          .data = &dispatcher->news},
                                        context, error);
    if (looks_are_needed(options->config, options->source))
        dispatcher->looks = looks_new(options->source, look_done, dispatcher);
    if (dispatcher->workers == NULL)
        g_clear_pointer(&dispatcher, dispatcher_free);
    return dispatcher;
}

/* Results */

static void record_failure(Dispatcher *dispatcher, const WorkObject *object, const char *output,
                           const GError *error)
{
    const char *class = error_class_name(error_class(error));
    g_autofree char *key = quote_key(object->key);

    report_add_failure(dispatcher->options.report, object->key, output, error_class(error), error->message);
    log_event(LOG_WARNING, "failed", "key", key, "output", output, "class", class, "reason", error->message,
              NULL);
}

/* So that it is not tried again for nothing. */
static void remember_failure(Dispatcher *dispatcher, const WorkObject *object, guint output,
                             const GError *error)
{
    failure_memory_failed(dispatcher->options.memory, object->key, object->version, output, error);
}

/* The object's outputs are all made or failed for good: it counts, once. */
static void object_end(Dispatcher *dispatcher, WorkObject *object)
{
    RunReport *report = dispatcher->options.report;

    report->bytes.in += object->bytes_in;
    if (object->failures > 0)
        report->objects.failed++;
    else if (object->recalled > 0)
        report->objects.remembered++;
    else
        report->objects.done++;
    work_object_free(object);
}

/* Everything that is still to be made fails for this reason. */
static void object_fail(Dispatcher *dispatcher, WorkObject *object, const GError *error)
{
    record_failure(dispatcher, object, NULL, error);
    for (guint i = 0; i < object->outputs->len; i++)
        remember_failure(dispatcher, object, work_object_output(object, i)->output, error);
    object->failures += MAX(1, object->outputs->len);
    object_end(dispatcher, object);
}

static void object_again(Dispatcher *dispatcher, WorkObject *object)
{
    if (dispatcher->stopped) {
        dispatcher->left++;
        work_object_free(object);
    } else {
        enqueue(dispatcher, object);
    }
}

/* After a failure that may pass. */
static void object_later(Dispatcher *dispatcher, WorkObject *object)
{
    if (dispatcher->stopped) {
        object_again(dispatcher, object);
        return;
    }
    object->tries++;
    g_clear_pointer(&object->head, store_head_free);
    pauses_add(dispatcher->pauses, object, clock_now_us() + RETRY_PAUSE_US);
}

/* error NULL: something was read or written. */
static void count_refusal(Dispatcher *dispatcher, const GError *error)
{
    if (error == NULL)
        dispatcher->refusals = 0;
    else if (error_class(error) == ERROR_PERMANENT && ++dispatcher->refusals == MAX_REFUSALS)
        dispatcher->refusal = g_error_copy(error);
}

/* What the worker did, and what follows for the tasks that workers get. */
static void take_counters(Dispatcher *dispatcher, const TransferCounters *counters)
{
    worker_news_count(dispatcher->options.report, counters);
    run_pace_take(&dispatcher->pace, counters->get + counters->check + counters->put,
                  counters->retry_reasons[RETRY_THROTTLE], clock_now_us());
    if (window_take(&dispatcher->window, &counters->imager, dispatcher->n_workers)) {
        g_autofree char *tasks = g_strdup_printf("%u", dispatcher->window.tasks);

        log_event(LOG_DEBUG, "tasks in flight", "per_worker", tasks, NULL);
    }
}

/* Whether another try, with a new reference to store, may succeed. */
static gboolean may_pass(const GError *error, Store *store)
{
    if (error_class(error) == ERROR_STALE)
        store_check(store);
    return error_class(error) == ERROR_TRANSIENT || error_class(error) == ERROR_STALE;
}

/* One output's result: removes it from what is to be made, unless it may succeed later. */
static void take_output(Dispatcher *dispatcher, WorkObject *object, const OutputResult *result,
                        gboolean may_retry)
{
    gint i = work_object_find(object, result->number);

    if (i < 0)
        return; /* a worker that answers for outputs that it was not given: ignored */
    if (result->error != NULL && may_retry && may_pass(result->error, dispatcher->options.destination)) {
        if (result->existed) /* and is to be replaced */
            g_array_index(object->outputs, DiffOutput, i).is_missing = FALSE;
        return;
    }
    count_refusal(dispatcher, result->error);
    if (result->error != NULL) {
        record_failure(dispatcher, object, config_output(dispatcher->options.config, result->number)->name,
                       result->error);
        remember_failure(dispatcher, object, result->number, result->error);
        object->failures++;
    } else if (result->existed) {
        dispatcher->options.report->outputs.up_to_date++;
    } else {
        if (object->is_known)
            failure_memory_made(dispatcher->options.memory, object->key, result->number);
        dispatcher->options.report->outputs.made++;
        dispatcher->options.report->bytes.out += result->size_bytes;
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

/* What its task may allow. */
static guint64 memory_of(const Dispatcher *dispatcher, const WorkObject *object)
{
    return object->memory_bytes != 0 ? object->memory_bytes : dispatcher->admission.share_bytes;
}

/* What its source takes while it is in flight, at most. */
static guint64 source_bytes(const Dispatcher *dispatcher, const WorkObject *object)
{
    return MIN(object->size_bytes, dispatcher->options.config->limits.max_source_bytes);
}

/* It was not decoded, because it needs more memory: it gets that, or it cannot. */
static void take_demand(Dispatcher *dispatcher, WorkObject *object, guint64 bytes)
{
    g_autoptr(GError) error = NULL;

    if (work_object_demand(object, bytes, dispatcher->admission.budget_bytes, &error))
        object_again(dispatcher, object);
    else
        object_fail(dispatcher, object, error);
}

static void take_result(Dispatcher *dispatcher, WorkObject *object, const ObjectResult *result)
{
    gboolean may_retry = object->tries + 1 < MAX_TRIES;
    guint wanted = object->outputs->len;

    take_counters(dispatcher, &result->counters);
    object->bytes_in = MAX(object->bytes_in, result->bytes_in);
    if (result->error == NULL && result->memory_bytes != 0) {
        take_demand(dispatcher, object, result->memory_bytes);
        return;
    }
    if (result->error != NULL && error_class(result->error) == ERROR_ARCHIVED) {
        skip_archived(object->key, result->error->message, dispatcher->options.report);
        work_object_free(object);
        return;
    }
    if (result->error != NULL)
        count_refusal(dispatcher, result->error);
    for (guint i = 0; i < result->outputs->len; i++)
        take_output(dispatcher, object, &g_array_index(result->outputs, OutputResult, i), may_retry);
    log_warnings(object, result->warnings);
    if (object->outputs->len == 0) {
        object_end(dispatcher, object);
    } else if (result->error != NULL &&
               (!may_retry || !may_pass(result->error, dispatcher->options.source))) {
        object_fail(dispatcher, object, result->error);
    } else if (!may_retry || (result->error == NULL && result->outputs->len != wanted)) {
        g_autoptr(GError) error = NULL;

        error_set(&error, ERROR_INTERNAL, "the worker answered for %u of %u outputs", result->outputs->len,
                  wanted);
        object_fail(dispatcher, object, error);
    } else {
        object_later(dispatcher, object);
    }
}

/* The worker died: the object is innocent. If it was killed because it hung with this object, much less so.
 */
static void take_loss(Dispatcher *dispatcher, WorkObject *object, const GError *error)
{
    ErrorClass class = error_class(error);

    if (class == ERROR_CANCELLED || dispatcher_broken(dispatcher) != NULL) {
        dispatcher->left++;
        work_object_free(object);
    } else if ((class == ERROR_CRASH && ++object->losses < MAX_LOSSES) ||
               (class == ERROR_LIMIT && (object->losses += MAX_LOSSES / 2) < MAX_LOSSES)) {
        object_again(dispatcher, object);
    } else {
        object_fail(dispatcher, object, error);
    }
}

static void flight_done(Future *future, void *data)
{
    Flight *flight = data;
    Dispatcher *dispatcher = flight->owner;
    WorkObject *object = flight->object;
    g_autoptr(GError) error = NULL;
    g_autoptr(ObjectResult) result = NULL;
    GVariant *value = future_result(future, 0, &error);

    g_hash_table_remove(dispatcher->in_flight, future);
    dispatcher->bytes_in_flight -= source_bytes(dispatcher, object);
    admission_end(&dispatcher->admission, object->memory_bytes, flight->epoch);
    future_unref(flight->future);
    object_task_free(flight->task);
    g_free(flight);
    if (value != NULL)
        result = object_result_from_variant(value, &error);
    if (result != NULL)
        take_result(dispatcher, object, result);
    else
        take_loss(dispatcher, object, error);
    dispatcher_pump(dispatcher);
    dispatcher->options.on_room(dispatcher->options.data);
}

/* It has been looked at, or could not be. */
static void look_done(WorkObject *object, const GError *error, void *data)
{
    Dispatcher *dispatcher = data;

    if (dispatcher->stopped)
        object_again(dispatcher, object);
    else if (error == NULL) /* next: what was seen is newest now */
        g_queue_push_head(queue_of(dispatcher, object), object);
    else if (error_class(error) == ERROR_TRANSIENT && object->tries + 1 < MAX_TRIES)
        object_later(dispatcher, object);
    else
        object_fail(dispatcher, object, error);
    if (error != NULL)
        count_refusal(dispatcher, error);
    dispatcher_pump(dispatcher);
    dispatcher->options.on_room(dispatcher->options.data);
}

/* Tasks */

static void dispatch(Dispatcher *dispatcher, WorkObject *object)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ObjectTask) task = NULL;
    Flight *flight;

    object->allowed_bytes = memory_of(dispatcher, object);
    task = assignment_make(&dispatcher->options, object, &error);
    if (task == NULL) {
        object_fail(dispatcher, object, error);
        return;
    }
    flight = g_new0(Flight, 1);
    flight->owner = dispatcher;
    flight->object = object;
    flight->future = executor_submit(process_executor_base(dispatcher->workers), TARGET_OBJECT,
                                     object_task_to_variant(task), NULL, &error);
    if (flight->future == NULL) {
        g_free(flight);
        object_fail(dispatcher, object, error);
        return;
    }
    if (countersign_is_needed(dispatcher->options.config))
        flight->task = g_steal_pointer(&task);
    g_hash_table_insert(dispatcher->in_flight, flight->future, flight);
    dispatcher->bytes_in_flight += source_bytes(dispatcher, object);
    run_pace_begin(&dispatcher->pace, REQUESTS_BESIDE_PUTS + object->outputs->len, clock_now_us());
    flight->epoch = admission_begin(&dispatcher->admission, object->memory_bytes);
    future_add_done_callback(flight->future, flight_done, flight);
}

/* The next object for whose decoding there is memory, or NULL. */
static WorkObject *next_object(Dispatcher *dispatcher)
{
    const WorkObject *heavy = g_queue_peek_head(&dispatcher->heavy);

    if (heavy != NULL && admission_allows_heavy(&dispatcher->admission, heavy->memory_bytes))
        return g_queue_pop_head(&dispatcher->heavy);
    if (admission_allows_light(&dispatcher->admission, heavy != NULL ? heavy->memory_bytes : 0))
        return g_queue_pop_head(&dispatcher->waiting);
    return NULL;
}

guint dispatcher_in_flight(const Dispatcher *dispatcher)
{
    return g_hash_table_size(dispatcher->in_flight) +
           (dispatcher->looks != NULL ? looks_count(dispatcher->looks) : 0);
}

/* Whether another object may be begun now. Beyond a few for each worker only while their sources take little
 * of the memory: they wait there for each other. */
static gboolean has_room(const Dispatcher *dispatcher)
{
    const guint n = dispatcher_in_flight(dispatcher);

    return n < dispatcher->n_workers * dispatcher->window.tasks &&
           (n < dispatcher->n_workers * WINDOW_START ||
            dispatcher->bytes_in_flight < dispatcher->admission.budget_bytes / SOURCES_SHARE);
}

/* FALSE: the pace does not permit another one before a time at which this is looked at again. */
static gboolean is_due(Dispatcher *dispatcher)
{
    if (dispatcher->pace.due_us <= clock_now_us())
        return TRUE;
    timer_set(dispatcher->pacer, dispatcher->pace.due_us);
    window_lacks_work(&dispatcher->window);
    return FALSE;
}

static void dispatcher_pump(Dispatcher *dispatcher)
{
    while (!dispatcher->stopped && has_room(dispatcher) && is_due(dispatcher)) {
        WorkObject *object = next_object(dispatcher);

        if (object == NULL) {
            window_lacks_work(&dispatcher->window);
            return;
        }
        if (dispatcher->looks != NULL && object->head == NULL)
            looks_start(dispatcher->looks, object);
        else
            dispatch(dispatcher, object);
    }
}

void dispatcher_add(Dispatcher *dispatcher, WorkObject *object)
{
    const gint64 young_us = diff_young_us(object->mtime_s, clock_wall_us());

    if (young_us > 0) {
        pauses_add(dispatcher->pauses, object, clock_now_us() + young_us);
        return;
    }
    g_queue_push_tail(&dispatcher->waiting, object);
    dispatcher_pump(dispatcher);
}

gboolean dispatcher_wants_more(const Dispatcher *dispatcher)
{
    return !dispatcher->stopped &&
           dispatcher->waiting.length + dispatcher->heavy.length < dispatcher->n_workers * WAITING_PER_WORKER;
}

gboolean dispatcher_is_idle(const Dispatcher *dispatcher)
{
    return dispatcher->waiting.length == 0 && dispatcher->heavy.length == 0 &&
           pauses_count(dispatcher->pauses) == 0 && dispatcher_in_flight(dispatcher) == 0;
}

GVariant *dispatcher_get_in_flight(const Dispatcher *dispatcher)
{
    return g_variant_new("(@aayt)", flights_keys(dispatcher->in_flight),
                         admission_used_bytes(&dispatcher->admission));
}

void dispatcher_reserve(Dispatcher *dispatcher, guint64 bytes)
{
    admission_reserve(&dispatcher->admission, bytes);
    dispatcher_pump(dispatcher);
}

/* Of the object that a task is about. */
static const char *key_of(const Future *task, void *data)
{
    return flights_find_key(((const Dispatcher *)data)->in_flight, task);
}

GVariant *dispatcher_workers(Dispatcher *dispatcher)
{
    if (dispatcher->workers == NULL)
        return g_variant_new_array(G_VARIANT_TYPE_VARDICT, NULL, 0);
    return worker_states_to_variant(dispatcher->workers, dispatcher->news.obituaries, key_of, dispatcher);
}

void dispatcher_scale(Dispatcher *dispatcher, guint n_workers)
{
    dispatcher->n_workers = n_workers;
    admission_scale(&dispatcher->admission, n_workers);
    if (dispatcher->workers != NULL)
        process_executor_scale(dispatcher->workers, n_workers);
    dispatcher_pump(dispatcher);
}

gboolean dispatcher_terminate(Dispatcher *dispatcher, pid_t pid)
{
    return dispatcher->workers != NULL && process_executor_terminate(dispatcher->workers, pid);
}

void dispatcher_stop(Dispatcher *dispatcher)
{
    dispatcher->stopped = TRUE;
    dispatcher->left +=
        dispatcher->waiting.length + dispatcher->heavy.length + pauses_count(dispatcher->pauses);
    g_queue_clear_full(&dispatcher->waiting, (GDestroyNotify)work_object_free);
    g_queue_clear_full(&dispatcher->heavy, (GDestroyNotify)work_object_free);
    pauses_clear(dispatcher->pauses);
}

guint dispatcher_left(const Dispatcher *dispatcher)
{
    return dispatcher->left;
}

const GError *dispatcher_refusal(const Dispatcher *dispatcher)
{
    return dispatcher->refusal;
}

const GError *dispatcher_broken(const Dispatcher *dispatcher)
{
    return dispatcher->workers != NULL ? process_executor_broken(dispatcher->workers) : NULL;
}

void dispatcher_close(Dispatcher *dispatcher)
{
    if (dispatcher->workers != NULL)
        executor_shutdown(process_executor_base(dispatcher->workers), TRUE, TRUE);
}

void dispatcher_abort(Dispatcher *dispatcher)
{
    dispatcher_stop(dispatcher);
    if (dispatcher->looks != NULL)
        dispatcher->left += looks_count(dispatcher->looks);
    g_clear_pointer(&dispatcher->looks, looks_free);
    if (dispatcher->workers != NULL)
        executor_free(process_executor_base(g_steal_pointer(&dispatcher->workers)));
}

void dispatcher_free(Dispatcher *dispatcher)
{
    if (dispatcher == NULL)
        return;
    dispatcher_abort(dispatcher);
    g_hash_table_unref(dispatcher->in_flight);
    g_hash_table_unref(dispatcher->news.obituaries);
    pauses_free(dispatcher->pauses);
    timer_free(dispatcher->pacer);
    g_clear_error(&dispatcher->refusal);
    g_free(dispatcher);
}
