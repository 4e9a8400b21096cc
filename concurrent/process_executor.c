#include "concurrent/process_executor.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "concurrent/value.h"
#include "concurrent/worker.h"

/* How many children may fail in a row, before any of them has answered a task, until the executor gives
 * up. */
#define MAX_FAILED_STARTS 6

/* The first replacement starts at once; this is the pause before the second, and it doubles with each further
 * one: 1.5 s in all. */
#define RESTART_DELAY_US (100 * CLOCK_US_PER_MS)

/* A child that ends by itself after this time counts as a successful start, whether it has answered anything
 * or not. */
#define STABLE_US (1 * CLOCK_US_PER_S)

struct ProcessExecutor {
    Executor base;
    ProcessExecutorOptions options;
    GMainContext *context;
    GQueue queue;       /* of Job: not given to a child yet */
    GPtrArray *workers; /* of Worker */
    GArray *starts;     /* of guint: number of children that each slot has had */
    GRefString *target; /* of the last submitted task, or NULL */
    guint64 next_number;
    guint failed_starts; /* in a row */
    gint64 failed_us;    /* when the last failed start was noticed */
    gboolean was_ready;  /* an initializer has succeeded */
    Timer *restart;
    GSource *cancels; /* becomes ready when cancellation of a running future is requested */
    GError *broken;
    gboolean shut_down;
    void (*on_end)(void *data); /* process_executor_when_ended(); NULL once it was called */
    void *end_data;
    Timer *end; /* while set, on_end() is due */
};

static void executor_fill(ProcessExecutor *executor);
static void executor_pump(ProcessExecutor *executor);

static void tell(ProcessExecutor *executor, ChildEvent event, const Worker *worker, const char *text)
{
    if (executor->options.on_child != NULL)
        executor->options.on_child(executor, event, worker_process(worker), text, executor->options.data);
}

/* Failing */

static void executor_break(ProcessExecutor *executor, const GError *why)
{
    const ErrorClass class = error_class(why) == ERROR_CONFIG ? ERROR_CONFIG : ERROR_INTERNAL;

    g_clear_error(&executor->broken);
    error_set(&executor->broken, class, "%s cannot be started: %s", executor->options.name, why->message);
    jobs_fail(&executor->queue, executor->broken);
}

/* Counts a child that did not come into service; why is the reason. */
static void executor_count_failed_start(ProcessExecutor *executor, const GError *why)
{
    guint failures = ++executor->failed_starts;
    gint64 now_us = clock_now_us();

    executor->failed_us = now_us;
    if (failures >= MAX_FAILED_STARTS)
        executor_break(executor, why);
    else
        timer_set(executor->restart, failures == 1 ? now_us : now_us + (RESTART_DELAY_US << (failures - 2)));
}

/* Children that die together of one cause are one failed start: only a child that was started since the last
 * failure counts as another. */
static gboolean is_failed_start(const ProcessExecutor *executor, const Worker *worker)
{
    gint64 started_us = worker_started_us(worker);

    return worker_was_unexpected(worker) && worker_load(worker) == 0 && !worker_has_answered(worker) &&
           started_us >= executor->failed_us &&
           (clock_now_us() - started_us < STABLE_US || !worker_was_ready(worker));
}

/* Handlers of workers */

/* Closes a worker that has nothing to do and will get nothing more. */
static void close_if_idle(ProcessExecutor *executor, Worker *worker)
{
    gboolean over = executor->shut_down && g_queue_is_empty(&executor->queue);

    if (worker_load(worker) == 0 && (over || !worker_in_service(worker)))
        worker_close(worker);
}

static void on_ready(Worker *worker, void *data)
{
    ProcessExecutor *executor = data;

    executor->was_ready = TRUE;
    tell(executor, CHILD_READY, worker, NULL);
    executor_pump(executor);
    close_if_idle(executor, worker);
}

static void on_init_failed(Worker *worker, const GError *why, void *data)
{
    ProcessExecutor *executor = data;

    tell(executor, CHILD_DIED, worker, why->message);
    /* The next child would fail in the same way; but if one has succeeded before, a file may just be being
     * replaced. */
    if (error_class(why) == ERROR_CONFIG && !executor->was_ready)
        executor_break(executor, why);
    else
        executor_count_failed_start(executor, why);
}

static void on_note(Worker *worker, const char *name, GVariant *value, void *data)
{
    ProcessExecutor *executor = data;

    (void)worker;
    if (executor->options.on_note != NULL)
        executor->options.on_note(executor, name, value, executor->options.data);
}

static GVariant *on_ask(Worker *worker, const Future *task, const char *name, GVariant *value, void *data,
                        GError **error)
{
    ProcessExecutor *executor = data;

    (void)worker;
    if (executor->options.on_ask != NULL)
        return executor->options.on_ask(executor, task, name, value, executor->options.data, error);
    error_set(error, ERROR_INTERNAL, "%s: no response", name);
    return NULL;
}

static void on_answered(Worker *worker, void *data)
{
    ProcessExecutor *executor = data;

    if (executor->failed_starts > 0) {
        executor->failed_starts = 0;
        executor_fill(executor);
    }
    if (!worker_in_service(worker))
        executor_fill(executor);
    /* a child that does one task after the other has enough to do: wait, to send many in one message */
    if (executor->options.concurrent || worker_load(worker) <= executor->options.tasks_in_flight / 2)
        executor_pump(executor);
    close_if_idle(executor, worker);
}

static gboolean has_ended(const ProcessExecutor *executor)
{
    return executor->shut_down && executor->workers->len == 0 && executor->queue.length == 0;
}

static void tell_if_ended(ProcessExecutor *executor)
{
    if (executor->on_end != NULL && has_ended(executor))
        timer_set(executor->end, 0);
}

static void on_ended(Worker *worker, void *data)
{
    ProcessExecutor *executor = data;
    gboolean failed_start = FALSE;

    if (worker_ended_well(worker)) {
        tell(executor, CHILD_ENDED, worker, NULL);
    } else {
        g_autofree char *obituary = worker_obituary(worker);

        failed_start = is_failed_start(executor, worker);
        tell(executor, CHILD_DIED, worker, obituary);
        worker_lose_jobs(worker, obituary, &executor->queue);
        if (failed_start) {
            g_autoptr(GError) why = g_error_new_literal(error_quark(), ERROR_CRASH, obituary);

            executor_count_failed_start(executor, why);
        }
    }
    g_ptr_array_remove_fast(executor->workers, worker);
    worker_free(worker);
    if (executor->broken != NULL)
        jobs_fail(&executor->queue, executor->broken);
    executor_fill(executor);
    /* After a failed start only the timer starts others; the child that has just ended may be the one that
     * the timer started. */
    if (executor->failed_starts > 0 && executor->broken == NULL && !failed_start)
        timer_set(executor->restart, clock_now_us() + RESTART_DELAY_US);
    executor_pump(executor);
    tell_if_ended(executor);
}

/* The executor */

static guint workers_in_service(const ProcessExecutor *executor)
{
    guint n = 0;

    for (guint i = 0; i < executor->workers->len; i++)
        n += worker_in_service(executor->workers->pdata[i]) ? 1 : 0;
    return n;
}

static guint free_slot(const ProcessExecutor *executor)
{
    for (guint slot = 0;; slot++) {
        gboolean taken = FALSE;

        for (guint i = 0; i < executor->workers->len && !taken; i++) {
            const Worker *worker = executor->workers->pdata[i];

            taken = worker_in_service(worker) && worker_slot(worker) == slot;
        }
        if (!taken)
            return slot;
    }
}

static gboolean start_child(ProcessExecutor *executor)
{
    static const WorkerHandlers handlers = {on_ready, on_init_failed, on_answered, on_note, on_ask, on_ended};
    g_autoptr(GError) error = NULL;
    guint slot = free_slot(executor);
    Worker *worker = worker_start(&executor->options, slot, executor->context, &handlers, executor, &error);

    if (worker == NULL) {
        executor_count_failed_start(executor, error);
        return FALSE;
    }
    g_ptr_array_add(executor->workers, worker);
    if (executor->starts->len <= slot)
        g_array_set_size(executor->starts, slot + 1);
    g_array_index(executor->starts, guint, slot)++;
    tell(executor, CHILD_STARTED, worker, NULL);
    return TRUE;
}

/* Starts children up to the wanted number, unless a pause after a failure is running. */
static void executor_fill(ProcessExecutor *executor)
{
    gboolean needed = !executor->shut_down || !g_queue_is_empty(&executor->queue);

    if (executor->failed_starts > 0 || executor->broken != NULL || !needed)
        return;
    while (workers_in_service(executor) < executor->options.max_workers)
        if (!start_child(executor))
            return;
}

/* The pause after a failed start is over: starts one child. The start has succeeded when the child answers
 * for the first time. */
static void executor_restart(void *data)
{
    ProcessExecutor *executor = data;

    if (executor->shut_down && g_queue_is_empty(&executor->queue))
        return; /* nothing is left to do for another child */
    if (executor->broken == NULL && workers_in_service(executor) < executor->options.max_workers)
        start_child(executor);
}

/* The worker in service with the fewest jobs that can take one more, or NULL. */
static Worker *least_loaded(const ProcessExecutor *executor)
{
    Worker *best = NULL;

    for (guint i = 0; i < executor->workers->len; i++) {
        Worker *worker = executor->workers->pdata[i];

        if (!worker_can_take(worker) || worker_load(worker) >= executor->options.tasks_in_flight)
            continue;
        if (best == NULL || worker_load(worker) < worker_load(best))
            best = worker;
    }
    return best;
}

/* Gives jobs to the workers that can take them. */
static void executor_pump(ProcessExecutor *executor)
{
    gboolean used_up = FALSE;
    Worker *worker;

    while (!g_queue_is_empty(&executor->queue) && (worker = least_loaded(executor)) != NULL) {
        Job *job = g_queue_pop_head(&executor->queue);

        if (!future_begin(job->future)) {
            job_free(job); /* it was cancelled meanwhile */
            continue;
        }
        worker_hand(worker, job);
        used_up |= !worker_in_service(worker);
    }
    for (guint i = 0; i < executor->workers->len; i++)
        worker_flush(executor->workers->pdata[i]);
    if (used_up)
        executor_fill(executor);
}

/* Consecutive tasks usually have the same target. */
static GRefString *intern_target(ProcessExecutor *executor, const char *target)
{
    if (executor->target == NULL || strcmp(executor->target, target) != 0) {
        g_clear_pointer(&executor->target, g_ref_string_release);
        executor->target = g_ref_string_new(target);
    }
    return g_ref_string_acquire(executor->target);
}

static Future *submit(ProcessExecutor *executor, const char *target, GVariant *args, gboolean is_chunk,
                      FdList *fds, GError **error)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(args);
    g_autoptr(FdList) list = fds;
    Future *future;
    Job *job;

    if (executor->shut_down) {
        error_set(error, ERROR_CANCELLED, "submit after shutdown");
        return NULL;
    }
    if (!value_may_cross(value, list, target, error))
        return NULL;
    job = g_new0(Job, 1);
    job->number = ++executor->next_number;
    job->target = intern_target(executor, target);
    job->args = g_steal_pointer(&value);
    job->is_chunk = is_chunk;
    job->fds = g_steal_pointer(&list);
    future = future_new(executor->context);
    future_set_cancel_source(future, executor->cancels);
    job->future = future_ref(future);
    if (executor->broken != NULL)
        job_fail(job, g_error_copy(executor->broken));
    else
        g_queue_push_tail(&executor->queue, job);
    if (executor->queue.length == 1) /* otherwise earlier jobs are waiting already */
        executor_pump(executor);
    return future;
}

static Future *executor_submit_job(Executor *base, const char *target, GVariant *args, FdList *fds,
                                   GError **error)
{
    return submit((ProcessExecutor *)base, target, args, FALSE, fds, error);
}

static Future *executor_submit_job_chunk(Executor *base, const char *target, GVariant *items, GError **error)
{
    return submit((ProcessExecutor *)base, target, items, TRUE, NULL, error);
}

/* A job that was requeued because its child died counts as running for its owner: it is not cancelled. */
static void cancel_queue(ProcessExecutor *executor)
{
    GQueue kept = G_QUEUE_INIT;
    Job *job;

    while ((job = g_queue_pop_head(&executor->queue)) != NULL) {
        if (future_cancel(job->future))
            job_free(job);
        else
            g_queue_push_tail(&kept, job);
    }
    while ((job = g_queue_pop_tail(&kept)) != NULL)
        g_queue_push_head(&executor->queue, job);
}

static void executor_do_shutdown(Executor *base, gboolean wait, gboolean cancel_pending)
{
    ProcessExecutor *executor = (ProcessExecutor *)base;

    executor->shut_down = TRUE;
    if (cancel_pending)
        cancel_queue(executor);
    for (guint i = 0; i < executor->workers->len; i++)
        close_if_idle(executor, executor->workers->pdata[i]);
    while (wait && !has_ended(executor))
        g_main_context_iteration(executor->context, TRUE);
    tell_if_ended(executor);
}

static void call_on_end(void *data)
{
    ProcessExecutor *executor = data;
    void (*func)(void *) = g_steal_pointer(&executor->on_end);

    func(executor->end_data); /* may free the executor */
}

void process_executor_when_ended(ProcessExecutor *executor, void (*func)(void *data), void *data)
{
    executor->on_end = func;
    executor->end_data = data;
    tell_if_ended(executor);
}

static void executor_do_free(Executor *base)
{
    ProcessExecutor *executor = (ProcessExecutor *)base;
    g_autoptr(GError) stopped = g_error_new_literal(error_quark(), ERROR_CANCELLED, "stopped");
    GQueue lost = G_QUEUE_INIT;
    Job *job;

    executor->shut_down = TRUE;
    for (guint i = 0; i < executor->workers->len; i++) {
        process_kill(worker_process(executor->workers->pdata[i]));
        worker_take_jobs(executor->workers->pdata[i], &lost);
    }
    while ((job = g_queue_pop_head(&executor->queue)) != NULL)
        g_queue_push_tail(&lost, job);
    for (guint i = 0; i < executor->workers->len; i++)
        worker_free(executor->workers->pdata[i]);
    g_ptr_array_set_size(executor->workers, 0);
    jobs_fail(&lost, stopped);
    g_ptr_array_unref(executor->workers);
    g_array_unref(executor->starts);
    timer_free(executor->restart);
    timer_free(executor->end);
    g_source_destroy(executor->cancels);
    g_source_unref(executor->cancels);
    g_clear_error(&executor->broken);
    g_clear_pointer(&executor->target, g_ref_string_release);
    g_main_context_unref(executor->context);
    g_strfreev((char **)executor->options.args);
    g_strfreev((char **)executor->options.env);
    g_free((char *)executor->options.name);
    g_free((char *)executor->options.executable);
    g_variant_unref(executor->options.initializer_args);
    g_free(executor);
}

/* The source `cancels`: polls nothing, and only becomes ready by future_cancel(). */

typedef struct {
    GSource source;
    ProcessExecutor *executor;
} CancelSource;

static gboolean cancels_dispatch(GSource *source, GSourceFunc callback, void *data)
{
    const ProcessExecutor *executor = ((CancelSource *)source)->executor;

    (void)callback;
    (void)data;
    g_source_set_ready_time(source, -1);
    for (guint i = 0; i < executor->workers->len; i++)
        worker_pass_cancels(executor->workers->pdata[i]);
    return G_SOURCE_CONTINUE;
}

static GSource *cancels_new(ProcessExecutor *executor)
{
    static GSourceFuncs funcs = {.dispatch = cancels_dispatch};
    GSource *source = g_source_new(&funcs, sizeof(CancelSource));

    ((CancelSource *)source)->executor = executor;
    g_source_attach(source, executor->context);
    return source;
}

ProcessExecutor *process_executor_new(const ProcessExecutorOptions *options, GMainContext *context)
{
    static const ExecutorOps ops = {executor_submit_job, executor_submit_job_chunk, executor_do_shutdown,
                                    executor_do_free};
    ProcessExecutor *executor = g_new0(ProcessExecutor, 1);
    GVariant *args = options->initializer_args;

    executor->base.ops = &ops;
    executor->options = *options;
    executor->options.name = g_strdup(options->name);
    executor->options.executable = g_strdup(options->executable);
    executor->options.args = (const char *const *)g_strdupv((char **)options->args);
    executor->options.env = (const char *const *)g_strdupv((char **)options->env);
    executor->options.initializer_args = g_variant_ref_sink(args != NULL ? args : g_variant_new("()"));
    executor->context = g_main_context_ref(context);
    executor->workers = g_ptr_array_new();
    executor->starts = g_array_new(FALSE, TRUE, sizeof(guint));
    executor->cancels = cancels_new(executor);
    executor->restart = timer_new(context, executor_restart, executor);
    executor->end = timer_new(context, call_on_end, executor);
    g_queue_init(&executor->queue);
    executor_fill(executor);
    return executor;
}

Executor *process_executor_base(ProcessExecutor *executor)
{
    return &executor->base;
}

void process_executor_scale(ProcessExecutor *executor, guint max_workers)
{
    executor->options.max_workers = max_workers;
    for (guint i = 0; i < executor->workers->len; i++) {
        Worker *worker = executor->workers->pdata[i];

        if (worker_slot(worker) >= max_workers)
            worker_retire(worker);
        close_if_idle(executor, worker);
    }
    executor_fill(executor);
}

void process_executor_recycle(ProcessExecutor *executor)
{
    for (guint i = 0; i < executor->workers->len; i++) {
        worker_retire(executor->workers->pdata[i]);
        close_if_idle(executor, executor->workers->pdata[i]);
    }
    executor_fill(executor);
}

/* The worker with this pid, or NULL. */
static Worker *find_worker(const ProcessExecutor *executor, pid_t pid)
{
    for (guint i = 0; i < executor->workers->len; i++)
        if (process_pid(worker_process(executor->workers->pdata[i])) == pid)
            return executor->workers->pdata[i];
    return NULL;
}

gboolean process_executor_terminate(ProcessExecutor *executor, pid_t pid)
{
    Worker *worker = find_worker(executor, pid);

    if (worker != NULL)
        worker_terminate(worker);
    return worker != NULL;
}

gboolean process_executor_kill(ProcessExecutor *executor, pid_t pid)
{
    Worker *worker = find_worker(executor, pid);

    if (worker != NULL)
        worker_kill(worker);
    return worker != NULL;
}

const GError *process_executor_broken(const ProcessExecutor *executor)
{
    return executor->broken;
}

GArray *process_executor_status(const ProcessExecutor *executor)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(ChildStatus));

    for (guint i = 0; i < executor->workers->len; i++) {
        const Worker *worker = executor->workers->pdata[i];
        ChildStatus status = {.slot = worker_slot(worker)};

        worker_status(worker, &status);
        status.restarts = g_array_index(executor->starts, guint, status.slot) - 1;
        g_array_append_val(list, status);
    }
    return list;
}
