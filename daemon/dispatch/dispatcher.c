#include "daemon/dispatch/dispatcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "daemon/dispatch/assignment.h"
#include "daemon/dispatch/backlog.h"
#include "daemon/dispatch/belief.h"
#include "daemon/dispatch/countersign.h"
#include "daemon/dispatch/delay_queue.h"
#include "daemon/dispatch/flight.h"
#include "daemon/dispatch/head_requests.h"
#include "daemon/dispatch/results.h"
#include "daemon/dispatch/suspects.h"
#include "daemon/dispatch/worker_events.h"
#include "daemon/dispatch/worker_pool.h"
#include "daemon/dispatch/worker_status.h"
#include "daemon/flow/run_pace.h"
#include "daemon/flow/window.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"

/* The pause before another attempt. */
#define RETRY_PAUSE_US (5 * CLOCK_US_PER_S)

/* Requests per object besides one PUT per output: the GET and the final check. */
#define REQUESTS_BESIDE_PUTS 2u

/* Objects with more pixels keep an imager busy for seconds. Such an object is heavy, so that not all imagers
 * work on one at the same time. The default of limits.max_pixels is the same number, so that nothing is
 * downloaded twice for this reason unless it was raised. */
#define LIGHT_PIXELS G_GUINT64_CONSTANT(100000000)

/* Sources in flight may take up to 1/SOURCES_SHARE of the memory budget. */
#define SOURCES_SHARE 4u

/* Objects at hand beyond those in flight, per worker: enough to bridge the listing of another page. */
#define WAITING_PER_WORKER 64u

struct Dispatcher {
    DispatcherOptions options;
    ProcessExecutor *workers;
    ResourceLimits limits;
    Room room;
    guint n_workers;
    Window window;
    RunPace pace;
    Timer *pacer;
    guint64 bytes_in_flight; /* of sources, as listed */
    Admission admission;
    Backlog backlog;
    DelayQueue *delay_queue;
    Suspects suspects;
    HeadRequests *head_requests; /* NULL if no HEAD requests are needed */
    GHashTable *in_flight;       /* of Flight by Future */
    WorkerEvents events;
    Results results;
    Meter meter; /* without what the report has */
    gint64 begun_us;
    gboolean stopped;
    guint left;
    void (*on_closed)(void *data);
    void *closed_data;
    Timer *closed; /* while set, on_closed() is due */
};

static void dispatcher_pump(Dispatcher *dispatcher);
static void on_answer(void *data);
static void look_done(WorkObject *object, const GError *error, void *data);

/* Starting */

/* Objects whose pause is over wait for a worker again. */
static void end_pauses(void *data)
{
    Dispatcher *dispatcher = data;
    WorkObject *object;

    while ((object = delay_queue_take(dispatcher->delay_queue)) != NULL)
        backlog_add(&dispatcher->backlog, object);
    dispatcher_pump(dispatcher);
}

static void pump_again(void *data)
{
    dispatcher_pump(data);
}

static void call_on_closed(void *data)
{
    const Dispatcher *dispatcher = data;

    dispatcher->on_closed(dispatcher->closed_data);
}

Dispatcher *dispatcher_new(const DispatcherOptions *options, GMainContext *context, GError **error)
{
    const guint tasks = options->config->workers.tasks_in_flight;
    Dispatcher *dispatcher = g_new0(Dispatcher, 1);

    dispatcher->options = *options;
    dispatcher->begun_us = clock_now_us();
    resource_limits_read("", &dispatcher->limits);
    if (!worker_pool_find_room(&dispatcher->limits, config_workers(options->config), options->config,
                               &dispatcher->room, error)) {
        g_free(dispatcher);
        return NULL;
    }
    dispatcher->n_workers = dispatcher->room.workers;
    window_init(&dispatcher->window, tasks, dispatcher->room.tasks);
    dispatcher->pacer = timer_new(context, pump_again, dispatcher);
    dispatcher->closed = timer_new(context, call_on_closed, dispatcher);
    dispatcher->in_flight = g_hash_table_new(NULL, NULL);
    dispatcher->events = (WorkerEvents){.report = options->report,
                                        .meter = &dispatcher->meter,
                                        .obituaries = worker_obituaries_new(),
                                        .flights = dispatcher->in_flight,
                                        .config = options->config,
                                        .destination = options->destination};
    admission_init(&dispatcher->admission, config_memory_bytes(options->config), dispatcher->n_workers);
    dispatcher->results =
        (Results){.config = options->config,
                  .source = options->source,
                  .destination = options->destination,
                  .memory = options->memory,
                  .watch = options->watch,
                  .report = options->report,
                  .meter = &dispatcher->meter,
                  .memory_bytes = MIN(dispatcher->admission.budget_bytes, dispatcher->room.memory_bytes),
                  .refusals = refusals_new(&(RefusalsOptions){.source = options->source,
                                                              .destination = options->destination,
                                                              .on_answer = on_answer,
                                                              .data = dispatcher},
                                           context),
                  .alike = alike_new(options->config->retries.alike)};
    failure_memory_hold(options->memory);
    g_queue_init(&dispatcher->suspects.queue);
    dispatcher->delay_queue = delay_queue_new(context, end_pauses, dispatcher);
    dispatcher->workers = worker_pool_start(&(WorkerPoolOptions){.config = options->config,
                                                                 .count = dispatcher->n_workers,
                                                                 .tasks = dispatcher->room.tasks,
                                                                 .proxies = options->proxies,
                                                                 .on_child = worker_events_on_child,
                                                                 .on_note = worker_events_on_note,
                                                                 .on_ask = worker_events_on_ask,
                                                                 .data = &dispatcher->events},
                                            context, error);
    if (head_requests_are_needed(options->config, options->source))
        dispatcher->head_requests = head_requests_new(options->source, look_done, dispatcher);
    if (dispatcher->workers == NULL)
        g_clear_pointer(&dispatcher, dispatcher_free);
    return dispatcher;
}

/* Results */

static void drop(Dispatcher *dispatcher, WorkObject *object)
{
    dispatcher->left++;
    work_object_free(object);
}

static void follow(Dispatcher *dispatcher, WorkObject *object, Next next)
{
    if (next == NEXT_LEFT || (next != NEXT_NOTHING && dispatcher->stopped))
        drop(dispatcher, object);
    else if (next == NEXT_AGAIN)
        backlog_add(&dispatcher->backlog, object);
    else if (next == NEXT_LATER)
        delay_queue_add(dispatcher->delay_queue, object, clock_now_us() + RETRY_PAUSE_US);
}

/* The store is away: the object waits for it, which uses up no attempt. An object that met a full store is
 * the first to be retried: a smaller one would not show that there is space again. */
static void hold(Dispatcher *dispatcher, WorkObject *object, const ObjectResult *result)
{
    g_clear_pointer(&object->head, store_head_free);
    if (dispatcher->stopped)
        drop(dispatcher, object);
    else if (results_is_full(result))
        backlog_add_first(&dispatcher->backlog, object);
    else
        backlog_add(&dispatcher->backlog, object);
}

/* Releases the suspects for which it is clear by now whether they or the store are to blame. */
static void settle_suspects(Dispatcher *dispatcher)
{
    StoreWatch *watch = dispatcher->options.watch;

    for (guint kind = 0; kind < OUTAGE_KINDS; kind++) {
        while (store_watch_is_away(watch) || store_watch_blames(watch, (OutageKind)kind)) {
            g_autoptr(Suspect) suspect = suspects_take(&dispatcher->suspects, (OutageKind)kind);
            WorkObject *object = suspect != NULL ? g_steal_pointer(&suspect->object) : NULL;

            if (object == NULL)
                break;
            if (store_watch_is_away(watch))
                hold(dispatcher, object, suspect->result);
            else
                follow(dispatcher, object, results_blame(&dispatcher->results, object, suspect->result));
        }
    }
}

/* Decides what to do with an object that failed without a worker's result. */
static void follow_failure(Dispatcher *dispatcher, WorkObject *object, const GError *error)
{
    const Next next = results_take_failure(&dispatcher->results, object, error);

    if (next == NEXT_DOUBT) {
        ObjectResult *result = object_result_new();

        result->error = g_error_copy(error);
        suspects_add(&dispatcher->suspects, object, result, OUTAGE_READ);
    } else {
        follow(dispatcher, object, next);
    }
}

/* Adds up what the worker did, and adjusts the request rate and the number of tasks in flight to it. */
static void take_counters(Dispatcher *dispatcher, const WorkerCounters *counters)
{
    const RequestCounters *sent = &counters->requests;

    request_counters_add(&dispatcher->options.report->requests, sent);
    run_pace_take(&dispatcher->pace, sent->get + sent->check + sent->put, sent->retry_reasons[RETRY_THROTTLE],
                  clock_now_us());
    if (window_take(&dispatcher->window, &counters->imager, dispatcher->n_workers)) {
        g_autofree char *tasks = g_strdup_printf("%u", dispatcher->window.tasks);

        log_event(LOG_DEBUG, "tasks in flight", "per_worker", tasks, NULL);
    }
}

/* Memory that the object's task may use. */
static guint64 memory_of(const Dispatcher *dispatcher, const WorkObject *object)
{
    return object->memory_bytes != 0 ? object->memory_bytes
                                     : MIN(dispatcher->admission.share_bytes, dispatcher->room.memory_bytes);
}

/* Upper limit of the memory that the source takes while it is in flight. */
static guint64 source_bytes(const Dispatcher *dispatcher, const WorkObject *object)
{
    return MIN(object->size_bytes, dispatcher->options.config->limits.max_source_bytes);
}

/* The worker answered. */
static void take_result(Dispatcher *dispatcher, WorkObject *object, ObjectResult *result, gint64 begun_us)
{
    OutageKind kind = OUTAGE_READ;
    Next next;

    belief_limit(result, &(Asked){.n_outputs = object->outputs->len,
                                  .max_outputs = dispatcher->options.config->outputs->len,
                                  .attempts = dispatcher->options.config->retries.attempts,
                                  .max_source_bytes = dispatcher->options.config->limits.max_source_bytes,
                                  .elapsed_us = clock_now_us() - dispatcher->begun_us});
    take_counters(dispatcher, &result->counters);
    next = results_take(&dispatcher->results, object, result, begun_us, &kind);
    if (next == NEXT_DOUBT) {
        suspects_add(&dispatcher->suspects, object, result, kind);
    } else {
        follow(dispatcher, object, next);
        object_result_free(result);
    }
}

/* The object that has ended may have been a probe, cleared up doubts about others, or made room. */
static void look_around(Dispatcher *dispatcher)
{
    store_watch_end_probe(dispatcher->options.watch);
    settle_suspects(dispatcher);
    dispatcher_pump(dispatcher);
    dispatcher->options.on_room(dispatcher->options.data);
}

/* A store that refuses many objects was asked whether it refuses everything. */
static void on_answer(void *data)
{
    look_around(data);
}

static void flight_done(Future *future, void *data)
{
    Flight *flight = data;
    Dispatcher *dispatcher = flight->owner;
    WorkObject *object = flight->object;
    const gint64 begun_us = flight->begun_us;
    g_autoptr(GError) error = NULL;
    ObjectResult *result = NULL;
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
        take_result(dispatcher, object, result, begun_us);
    else
        follow(dispatcher, object,
               results_take_loss(&dispatcher->results, object, error, dispatcher_broken(dispatcher) != NULL));
    look_around(dispatcher);
}

/* Tasks */

static void dispatch(Dispatcher *dispatcher, WorkObject *object)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ObjectTask) task = NULL;
    Flight *flight;

    object->allowed_bytes = memory_of(dispatcher, object);
    object->light_pixels = object->memory_bytes == 0 && dispatcher->n_workers > 1 ? LIGHT_PIXELS : 0;
    task = assignment_make(&(AssignmentOptions){.config = dispatcher->options.config,
                                                .source = dispatcher->options.source,
                                                .destination = dispatcher->options.destination,
                                                .keep_existing = dispatcher->options.keep_existing},
                           object, &error);
    if (task == NULL) {
        follow_failure(dispatcher, object, error);
        return;
    }
    flight = g_new0(Flight, 1);
    flight->owner = dispatcher;
    flight->begun_us = clock_now_us();
    flight->object = object;
    flight->future = executor_submit(process_executor_base(dispatcher->workers), TARGET_OBJECT,
                                     object_task_to_variant(task), NULL, &error);
    if (flight->future == NULL) {
        g_free(flight);
        follow_failure(dispatcher, object, error);
        return;
    }
    if (countersign_is_needed(dispatcher->options.config))
        flight->task = g_steal_pointer(&task);
    meter_observe(&dispatcher->meter.stages[STAGE_WAIT],
                  (guint64)MAX(flight->begun_us - object->waits_since_us, 0));
    g_hash_table_insert(dispatcher->in_flight, flight->future, flight);
    dispatcher->bytes_in_flight += source_bytes(dispatcher, object);
    run_pace_begin(&dispatcher->pace, REQUESTS_BESIDE_PUTS + object->outputs->len, clock_now_us());
    flight->epoch = admission_begin(&dispatcher->admission, object->memory_bytes);
    future_add_done_callback(flight->future, flight_done, flight);
}

/* The object's HEAD request has ended. */
static void look_done(WorkObject *object, const GError *error, void *data)
{
    Dispatcher *dispatcher = data;

    if (dispatcher->stopped)
        drop(dispatcher, object);
    else if (error != NULL)
        follow_failure(dispatcher, object, error);
    else if (store_watch_is_probing(dispatcher->options.watch))
        dispatch(dispatcher, object);
    else /* to be begun next: the answer is as fresh as it gets */
        backlog_add_first(&dispatcher->backlog, object);
    if (error != NULL || dispatcher_in_flight(dispatcher) == 0) {
        look_around(dispatcher);
    } else {
        dispatcher_pump(dispatcher);
        dispatcher->options.on_room(dispatcher->options.data);
    }
}

guint dispatcher_in_flight(const Dispatcher *dispatcher)
{
    return g_hash_table_size(dispatcher->in_flight) +
           (dispatcher->head_requests != NULL ? head_requests_count(dispatcher->head_requests) : 0);
}

void dispatcher_read_meter(const Dispatcher *dispatcher, Meter *ret_meter, MeterGauges *ret_gauges)
{
    *ret_meter = dispatcher->meter;
    *ret_gauges = (MeterGauges){
        .in_flight = dispatcher_in_flight(dispatcher),
        .workers = dispatcher->n_workers,
        .workers_busy = dispatcher->workers != NULL ? worker_status_busy(dispatcher->workers) : 0,
        .memory_granted_bytes = admission_used_bytes(&dispatcher->admission),
        .memory_limit_bytes = dispatcher->admission.budget_bytes,
    };
}

/* Whether another object may begin now. Beyond WINDOW_START objects per worker, only while the sources in
 * flight (which are held in memory) stay below a quarter of the budget. */
static gboolean has_room(const Dispatcher *dispatcher)
{
    const guint n = dispatcher_in_flight(dispatcher);

    if (dispatcher->head_requests != NULL &&
        head_requests_count(dispatcher->head_requests) >= dispatcher->room.head_requests)
        return FALSE;
    return !refusals_is_asking(dispatcher->results.refusals) &&
           alike_verdict(dispatcher->results.alike) != ALIKE_YES &&
           n < dispatcher->n_workers * dispatcher->window.tasks &&
           (n < dispatcher->n_workers * WINDOW_START ||
            dispatcher->bytes_in_flight < dispatcher->admission.budget_bytes / SOURCES_SHARE);
}

/* Whether the request rate permits another object now. If not, sets the timer that tries again. */
static gboolean is_due(Dispatcher *dispatcher)
{
    if (dispatcher->pace.due_us <= clock_now_us())
        return TRUE;
    timer_set(dispatcher->pacer, dispatcher->pace.due_us);
    window_lacks_work(&dispatcher->window);
    return FALSE;
}

/* Begins the next object. FALSE if there is none that may begin. */
static gboolean begin_next(Dispatcher *dispatcher)
{
    WorkObject *object = backlog_take(&dispatcher->backlog, &dispatcher->admission);

    if (object == NULL) {
        window_lacks_work(&dispatcher->window);
        return FALSE;
    }
    if (dispatcher->head_requests != NULL && object->head == NULL)
        head_requests_start(dispatcher->head_requests, object);
    else
        dispatch(dispatcher, object);
    return TRUE;
}

/* A store is away: begins one object to find out whether the store is back. */
static void probe(Dispatcher *dispatcher)
{
    StoreWatch *watch = dispatcher->options.watch;

    if (dispatcher_in_flight(dispatcher) > 0 || backlog_count(&dispatcher->backlog) == 0)
        return;
    store_watch_begin_probe(watch);
    (void)begin_next(dispatcher);
    if (dispatcher_in_flight(dispatcher) == 0)
        store_watch_end_probe(watch);
}

/* Whether only suspects are left: no other object will fail or succeed before their verdict. */
static gboolean is_at_end(const Dispatcher *dispatcher)
{
    return suspects_count(&dispatcher->suspects) > 0 && dispatcher_in_flight(dispatcher) == 0 &&
           backlog_count(&dispatcher->backlog) == 0;
}

static void dispatcher_pump(Dispatcher *dispatcher)
{
    StoreWatch *watch = dispatcher->options.watch;

    while (!dispatcher->stopped && store_watch_leave(watch, FALSE) == OUTAGE_FREE && has_room(dispatcher) &&
           is_due(dispatcher) && begin_next(dispatcher))
        ;
    if (!dispatcher->stopped && store_watch_leave(watch, FALSE) == OUTAGE_PROBE)
        probe(dispatcher);
    settle_suspects(dispatcher);
    if (is_at_end(dispatcher))
        store_watch_suspect(watch);
}

void dispatcher_wake(Dispatcher *dispatcher)
{
    settle_suspects(dispatcher);
    dispatcher_pump(dispatcher);
}

void dispatcher_add(Dispatcher *dispatcher, WorkObject *object)
{
    const gint64 young_us = diff_young_us(object->mtime_s, clock_wall_us());

    if (young_us > 0) {
        delay_queue_add(dispatcher->delay_queue, object, clock_now_us() + young_us);
        return;
    }
    backlog_add(&dispatcher->backlog, object);
    dispatcher_pump(dispatcher);
}

gboolean dispatcher_wants_more(const Dispatcher *dispatcher)
{
    return !dispatcher->stopped &&
           backlog_count(&dispatcher->backlog) < dispatcher->n_workers * WAITING_PER_WORKER;
}

gboolean dispatcher_is_idle(const Dispatcher *dispatcher)
{
    return backlog_count(&dispatcher->backlog) == 0 && delay_queue_count(dispatcher->delay_queue) == 0 &&
           suspects_count(&dispatcher->suspects) == 0 && dispatcher_in_flight(dispatcher) == 0;
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

/* The key of the object that a task is about, or NULL. */
static const char *key_of(const Future *task, void *data)
{
    return flights_find_key(((const Dispatcher *)data)->in_flight, task);
}

GVariant *dispatcher_workers(Dispatcher *dispatcher)
{
    if (dispatcher->workers == NULL)
        return g_variant_new_array(G_VARIANT_TYPE_VARDICT, NULL, 0);
    return worker_status_to_variant(dispatcher->workers, dispatcher->events.obituaries, key_of, dispatcher);
}

void dispatcher_scale(Dispatcher *dispatcher, guint n_workers)
{
    (void)worker_pool_find_room(&dispatcher->limits, n_workers, dispatcher->options.config, &dispatcher->room,
                                NULL); /* there was room for at least one before, and still is */
    dispatcher->n_workers = dispatcher->room.workers;
    admission_scale(&dispatcher->admission, dispatcher->n_workers);
    if (dispatcher->workers != NULL)
        process_executor_scale(dispatcher->workers, dispatcher->n_workers);
    dispatcher_pump(dispatcher);
}

gboolean dispatcher_terminate(Dispatcher *dispatcher, pid_t pid)
{
    return dispatcher->workers != NULL && process_executor_terminate(dispatcher->workers, pid);
}

void dispatcher_stop(Dispatcher *dispatcher)
{
    dispatcher->stopped = TRUE;
    dispatcher->left += backlog_count(&dispatcher->backlog) + delay_queue_count(dispatcher->delay_queue) +
                        suspects_count(&dispatcher->suspects);
    backlog_clear(&dispatcher->backlog);
    delay_queue_clear(dispatcher->delay_queue);
    suspects_clear(&dispatcher->suspects);
}

guint dispatcher_left(const Dispatcher *dispatcher)
{
    return dispatcher->left;
}

const GError *dispatcher_refusal(const Dispatcher *dispatcher)
{
    return refusals_verdict(dispatcher->results.refusals);
}

const Alike *dispatcher_alike(const Dispatcher *dispatcher)
{
    return dispatcher->results.alike;
}

const GError *dispatcher_broken(const Dispatcher *dispatcher)
{
    return dispatcher->workers != NULL ? process_executor_broken(dispatcher->workers) : NULL;
}

void dispatcher_close(Dispatcher *dispatcher, void (*on_closed)(void *data), void *data)
{
    dispatcher->on_closed = on_closed;
    dispatcher->closed_data = data;
    if (dispatcher->workers == NULL) { /* dispatcher_abort() */
        timer_set(dispatcher->closed, 0);
        return;
    }
    process_executor_when_ended(dispatcher->workers, call_on_closed, dispatcher);
    executor_shutdown(process_executor_base(dispatcher->workers), FALSE, TRUE);
}

void dispatcher_abort(Dispatcher *dispatcher)
{
    dispatcher_stop(dispatcher);
    if (dispatcher->head_requests != NULL)
        dispatcher->left += head_requests_count(dispatcher->head_requests);
    g_clear_pointer(&dispatcher->head_requests, head_requests_free);
    if (dispatcher->workers != NULL)
        executor_free(process_executor_base(g_steal_pointer(&dispatcher->workers)));
}

void dispatcher_free(Dispatcher *dispatcher)
{
    if (dispatcher == NULL)
        return;
    dispatcher_abort(dispatcher);
    g_hash_table_unref(dispatcher->in_flight);
    g_hash_table_unref(dispatcher->events.obituaries);
    delay_queue_free(dispatcher->delay_queue);
    timer_free(dispatcher->pacer);
    timer_free(dispatcher->closed);
    results_clear(&dispatcher->results);
    g_free(dispatcher);
}
