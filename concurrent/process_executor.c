#include "concurrent/process_executor.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "concurrent/wire.h"
#include "ipc/channel.h"

/* Children that fail in a row, before any of them has answered a task, until the executor gives up. */
#define MAX_FAILED_STARTS 6

/* The pause before the second attempt; it doubles with each further one: 3.1 s in all. */
#define RESTART_DELAY_US (100 * CLOCK_US_PER_MS)

/* How long a child may take to end after its channel was closed; then SIGTERM, then as long again, then
 * SIGKILL. */
#define STOP_GRACE_US (3 * CLOCK_US_PER_S)

/* A task, from submit to the end of its future. */
typedef struct {
    guint64 number;
    char *target;
    GVariant *args;
    FdList *fds; /* kept until it is done: it may have to be handed to another child */
    Future *future;
    gint64 since_us; /* when its time limit began to count */
} Job;

/* A child that runs. */
typedef struct {
    ProcessExecutor *executor;
    Process *process;
    Channel *channel;
    GQueue jobs;     /* of Job, in the order in which they were handed over */
    guint handed;    /* jobs in its life */
    guint answered;  /* of those */
    gboolean ready;  /* initialised, and its channel is open on both sides */
    gboolean closed; /* we closed its channel: it ought to end */
    gboolean gone;   /* it closed its channel by itself */
    gboolean late;   /* killed because its oldest job took too long */
    Timer *timer;    /* the oldest job's limit; after closing, the ladder */
    guint rung;      /* of the ladder: how often it was told to end */
} Worker;

struct ProcessExecutor {
    Executor base;
    ProcessExecutorOptions options;
    GMainContext *context;
    GQueue queue; /* of Job: not handed to anybody yet */
    GPtrArray *workers;
    guint64 next_number;
    guint failed_starts; /* in a row */
    Timer *restart;
    GError *broken;
    gboolean shut_down;
};

static void executor_fill(ProcessExecutor *executor);
static void executor_pump(ProcessExecutor *executor);

/* Jobs */

static void job_free(Job *job)
{
    g_free(job->target);
    g_variant_unref(job->args);
    fd_list_free(job->fds);
    future_unref(job->future);
    g_free(job);
}

static void job_fail(Job *job, GError *error)
{
    if (future_begin(job->future))
        future_set_exception(job->future, error);
    else
        g_error_free(error);
    job_free(job);
}

static void jobs_fail(GQueue *jobs, const GError *error)
{
    Job *job;

    while ((job = g_queue_pop_head(jobs)) != NULL)
        job_fail(job, g_error_copy(error));
}

/* Workers */

static void tell(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text)
{
    if (executor->options.on_child != NULL)
        executor->options.on_child(executor, event, process, text, executor->options.data);
}

/* Sets the timer to the end of the oldest job's time. */
static void worker_watch_oldest(Worker *worker)
{
    gint64 limit_us = worker->executor->options.task_timeout_us;
    Job *oldest = g_queue_peek_head(&worker->jobs);

    if (limit_us == 0 || worker->closed)
        return;
    if (oldest == NULL) {
        timer_unset(worker->timer);
        return;
    }
    if (oldest->since_us == 0)
        oldest->since_us = clock_now_us();
    timer_set(worker->timer, oldest->since_us + limit_us);
}

/* Gives it no more jobs and lets it end: end of file on its channel, then the ladder. */
static void worker_close(Worker *worker)
{
    if (worker->closed)
        return;
    worker->closed = TRUE;
    channel_close(worker->channel);
    timer_set(worker->timer, clock_now_us() + STOP_GRACE_US);
}

static void worker_timer(void *data)
{
    Worker *worker = data;

    if (!worker->closed && !worker->gone) {
        worker->late = TRUE;
        process_kill(worker->process);
        return;
    }
    if (worker->rung++ == 0)
        process_terminate(worker->process);
    else
        process_kill(worker->process);
    timer_set(worker->timer, clock_now_us() + STOP_GRACE_US);
}

static gboolean worker_is_used_up(const Worker *worker)
{
    guint most = worker->executor->options.max_tasks_per_child;

    return most > 0 && worker->handed >= most;
}

/* Closes it if it has nothing to do and will get nothing more. */
static void worker_close_if_idle(Worker *worker)
{
    const ProcessExecutor *executor = worker->executor;

    if (!g_queue_is_empty(&worker->jobs))
        return;
    if (worker_is_used_up(worker) || (executor->shut_down && g_queue_is_empty((GQueue *)&executor->queue)))
        worker_close(worker);
}

static Job *worker_take_job(Worker *worker, guint64 number)
{
    for (GList *l = worker->jobs.head; l != NULL; l = l->next) {
        Job *job = l->data;

        if (job->number == number) {
            g_queue_delete_link(&worker->jobs, l);
            return job;
        }
    }
    return NULL;
}

static GError *error_from_wire(gint32 class, const char *text)
{
    return g_error_new_literal(error_quark(), (int)error_class_from_int(class), text);
}

/* An answer to a task that this child does not have is a broken child. */
static void worker_answer(Worker *worker, guint32 message, GVariant *payload, FdList *fds)
{
    ProcessExecutor *executor = worker->executor;
    g_autoptr(GVariant) result = NULL;
    guint64 number;
    Job *job;

    g_variant_get_child(payload, 0, "t", &number);
    job = worker_take_job(worker, number);
    if (job == NULL) {
        process_kill(worker->process);
        return;
    }
    worker->answered++;
    if (executor->failed_starts > 0) {
        executor->failed_starts = 0;
        executor_fill(executor);
    }
    if (message == WIRE_DONE) {
        FdList *taken = g_new(FdList, 1);

        g_variant_get(payload, "(tv)", NULL, &result);
        *taken = *fds;
        fds->count = 0;
        future_set_result(job->future, result, taken);
    } else {
        const char *text;
        gint32 class;

        g_variant_get(payload, "(ti&s)", NULL, &class, &text);
        future_set_exception(job->future, error_from_wire(class, text));
    }
    job_free(job);
    worker_watch_oldest(worker);
    executor_pump(executor);
    worker_close_if_idle(worker);
}

static void executor_break(ProcessExecutor *executor, GError *why)
{
    g_autofree char *prefixed =
        g_strdup_printf("%s cannot be started: %s", executor->options.name, why->message);

    g_clear_error(&executor->broken);
    executor->broken = g_error_new_literal(error_quark(), ERROR_INTERNAL, prefixed);
    g_error_free(why);
    jobs_fail(&executor->queue, executor->broken);
}

/* error is taken: why one child more did not come into service. */
static void executor_count_failed_start(ProcessExecutor *executor, GError *error)
{
    guint failures = ++executor->failed_starts;

    if (failures >= MAX_FAILED_STARTS) {
        executor_break(executor, error);
        return;
    }
    g_error_free(error);
    timer_set(executor->restart, clock_now_us() + (RESTART_DELAY_US << (failures - 1)));
}

static void worker_message(Channel *channel, guint32 number, GVariant *payload, FdList *fds, void *data)
{
    Worker *worker = data;
    ProcessExecutor *executor = worker->executor;

    (void)channel;
    if (number == WIRE_READY) {
        worker->ready = TRUE;
        tell(executor, CHILD_READY, worker->process, NULL);
        executor_pump(executor);
        worker_close_if_idle(worker);
    } else if (number == WIRE_INIT_FAILED) {
        const char *text;
        gint32 class;

        g_variant_get(payload, "(i&s)", &class, &text);
        tell(executor, CHILD_DIED, worker->process, text);
        worker_close(worker);
        executor_count_failed_start(executor, error_from_wire(class, text));
    } else if (number == WIRE_NOTE) {
        g_autoptr(GVariant) value = NULL;
        const char *name;

        g_variant_get(payload, "(&sv)", &name, &value);
        if (executor->options.on_note != NULL)
            executor->options.on_note(executor, name, value, executor->options.data);
    } else {
        worker_answer(worker, number, payload, fds);
    }
}

/* It closed its channel without being told to: it is ending, or it broke the protocol. Its end tells the
 * rest. */
static void worker_channel_closed(Channel *channel, const GError *why, void *data)
{
    Worker *worker = data;

    (void)channel;
    worker->ready = FALSE;
    worker->gone = TRUE;
    if (why != NULL)
        process_kill(worker->process);
    timer_set(worker->timer, clock_now_us() + STOP_GRACE_US);
}

static char *worker_obituary(Worker *worker)
{
    g_autofree char *end = process_describe_end(worker->process);
    g_autofree char *words = process_last_words(worker->process);

    return g_strdup_printf("%s (pid %d) %s%s%s", process_name(worker->process),
                           (int)process_pid(worker->process), end, words != NULL ? ": " : "",
                           words != NULL ? words : "");
}

/* What the dead child was running fails; what only waited in it goes back to the head of the queue. */
static void worker_lose_jobs(Worker *worker, const char *obituary)
{
    ProcessExecutor *executor = worker->executor;
    Job *job;

    if (worker->late) {
        job = g_queue_pop_head(&worker->jobs);
        if (job != NULL)
            job_fail(job,
                     g_error_new(error_quark(), ERROR_LIMIT, "not finished after %.1f seconds, its limit",
                                 (double)executor->options.task_timeout_us / (double)CLOCK_US_PER_S));
    } else if (!executor->options.concurrent && (job = g_queue_pop_head(&worker->jobs)) != NULL) {
        job_fail(job, g_error_new_literal(error_quark(), ERROR_CRASH, obituary));
    }
    while ((job = g_queue_pop_tail(&worker->jobs)) != NULL) {
        if (executor->options.concurrent) {
            job_fail(job, g_error_new_literal(error_quark(), ERROR_CRASH, obituary));
        } else {
            job->since_us = 0;
            g_queue_push_head(&executor->queue, job);
        }
    }
}

static void worker_free(void *data)
{
    Worker *worker = data;

    channel_free(worker->channel);
    process_free(worker->process);
    timer_free(worker->timer);
    g_free(worker);
}

static void worker_ended(Process *process, void *data)
{
    Worker *worker = data;
    ProcessExecutor *executor = worker->executor;
    gboolean expected = worker->closed;
    g_autofree char *obituary = NULL;

    worker->ready = FALSE;
    channel_drain(worker->channel);
    obituary = worker_obituary(worker);
    if (expected && worker->rung == 0) {
        tell(executor, CHILD_ENDED, process, NULL);
    } else {
        gboolean was_idle = g_queue_is_empty(&worker->jobs);

        tell(executor, CHILD_DIED, process, obituary);
        worker_lose_jobs(worker, obituary);
        if (!expected && was_idle && worker->answered == 0)
            executor_count_failed_start(executor, g_error_new_literal(error_quark(), ERROR_CRASH, obituary));
    }
    g_ptr_array_remove_fast(executor->workers, worker);
    if (executor->broken != NULL)
        jobs_fail(&executor->queue, executor->broken);
    executor_fill(executor);
    executor_pump(executor);
}

static gboolean worker_start(ProcessExecutor *executor, GError **error)
{
    static const ChannelHandlers handlers = {worker_message, worker_channel_closed};
    const ProcessExecutorOptions *options = &executor->options;
    ProcessOptions process = {.name = options->name,
                              .executable = options->executable,
                              .args = options->args,
                              .env = options->env,
                              .daemon = TRUE,
                              .stdio = options->stdio};
    Worker *worker = g_new0(Worker, 1);

    worker->executor = executor;
    worker->process = process_new(&process);
    if (!process_start(worker->process, error)) {
        worker_free(worker);
        return FALSE;
    }
    worker->timer = timer_new(executor->context, worker_timer, worker);
    worker->channel = channel_new(process_steal_channel(worker->process), &wire_protocol, MESSAGE_UP,
                                  executor->context, &handlers, worker);
    process_watch(worker->process, executor->context, worker_ended, worker);
    g_ptr_array_add(executor->workers, worker);
    channel_send(worker->channel, WIRE_INIT, g_variant_new("(v)", options->initializer_args), NULL);
    tell(executor, CHILD_STARTED, worker->process, NULL);
    return TRUE;
}

/* The executor */

static guint workers_in_service(const ProcessExecutor *executor)
{
    guint n = 0;

    for (guint i = 0; i < executor->workers->len; i++) {
        const Worker *worker = executor->workers->pdata[i];

        n += !worker->closed && !worker_is_used_up(worker);
    }
    return n;
}

/* Starts children up to the number wanted, unless a pause after a failure is running. */
static void executor_fill(ProcessExecutor *executor)
{
    gboolean needed = !executor->shut_down || !g_queue_is_empty(&executor->queue);

    if (executor->failed_starts > 0 || executor->broken != NULL || !needed)
        return;
    while (workers_in_service(executor) < executor->options.max_workers) {
        GError *error = NULL;

        if (!worker_start(executor, &error)) {
            executor_count_failed_start(executor, error);
            return;
        }
    }
}

/* The pause after a failed start is over: one attempt. It succeeds for good with its first answer. */
static void executor_restart(void *data)
{
    ProcessExecutor *executor = data;
    GError *error = NULL;

    if (executor->broken != NULL || workers_in_service(executor) >= executor->options.max_workers)
        return;
    if (!worker_start(executor, &error))
        executor_count_failed_start(executor, error);
}

/* The one in service with the fewest jobs that can take one more, or NULL. */
static Worker *least_loaded(const ProcessExecutor *executor)
{
    Worker *best = NULL;

    for (guint i = 0; i < executor->workers->len; i++) {
        Worker *worker = executor->workers->pdata[i];

        if (!worker->ready || worker->closed || worker->late || worker_is_used_up(worker) ||
            worker->jobs.length >= executor->options.tasks_in_flight)
            continue;
        if (best == NULL || worker->jobs.length < best->jobs.length)
            best = worker;
    }
    return best;
}

static void worker_hand(Worker *worker, Job *job)
{
    g_autoptr(GError) error = NULL;
    FdList *fds = fd_list_dup(job->fds, &error);

    if (error != NULL) {
        job_fail(job, g_steal_pointer(&error));
        return;
    }
    worker->handed++;
    g_queue_push_tail(&worker->jobs, job);
    if (worker->executor->options.concurrent)
        job->since_us = clock_now_us();
    worker_watch_oldest(worker);
    channel_send(worker->channel, WIRE_TASK, g_variant_new("(tsv)", job->number, job->target, job->args),
                 fds);
    if (worker_is_used_up(worker))
        executor_fill(worker->executor);
}

/* Hands jobs to whoever can take one. */
static void executor_pump(ProcessExecutor *executor)
{
    Worker *worker;

    while (!g_queue_is_empty(&executor->queue) && (worker = least_loaded(executor)) != NULL) {
        Job *job = g_queue_pop_head(&executor->queue);

        if (future_begin(job->future))
            worker_hand(worker, job);
        else
            job_free(job); /* cancelled meanwhile */
    }
}

static Future *executor_submit_job(Executor *base, const char *target, GVariant *args, FdList *fds,
                                   GError **error)
{
    ProcessExecutor *executor = (ProcessExecutor *)base;
    g_autoptr(GVariant) value = g_variant_ref_sink(args);
    g_autoptr(FdList) list = fds;
    Future *future;
    Job *job;

    if (executor->shut_down) {
        error_set(error, ERROR_CANCELLED, "submit after shutdown");
        return NULL;
    }
    if (g_variant_get_size(value) > LIMIT_MESSAGE_BYTES / 2) {
        error_set(error, ERROR_LIMIT, "arguments of %" G_GSIZE_FORMAT " bytes", g_variant_get_size(value));
        return NULL;
    }
    job = g_new0(Job, 1);
    job->number = ++executor->next_number;
    job->target = g_strdup(target);
    job->args = g_steal_pointer(&value);
    job->fds = g_steal_pointer(&list);
    future = future_new(executor->context);
    job->future = future_ref(future);
    if (executor->broken != NULL)
        job_fail(job, g_error_copy(executor->broken));
    else
        g_queue_push_tail(&executor->queue, job);
    executor_pump(executor);
    return future;
}

static void executor_do_shutdown(Executor *base, gboolean wait, gboolean cancel_pending)
{
    ProcessExecutor *executor = (ProcessExecutor *)base;
    Job *job;

    executor->shut_down = TRUE;
    while (cancel_pending && (job = g_queue_pop_head(&executor->queue)) != NULL) {
        future_cancel(job->future);
        job_free(job);
    }
    for (guint i = 0; i < executor->workers->len; i++) {
        Worker *worker = executor->workers->pdata[i];

        if (worker->ready)
            worker_close_if_idle(worker);
        else if (g_queue_is_empty(&executor->queue))
            worker_close(worker);
    }
    while (wait && (executor->workers->len > 0 || !g_queue_is_empty(&executor->queue)))
        g_main_context_iteration(executor->context, TRUE);
}

static void executor_do_free(Executor *base)
{
    ProcessExecutor *executor = (ProcessExecutor *)base;
    g_autoptr(GError) stopped = g_error_new_literal(error_quark(), ERROR_CANCELLED, "stopped");
    GQueue lost = G_QUEUE_INIT;
    Job *job;

    executor->shut_down = TRUE;
    for (guint i = 0; i < executor->workers->len; i++) {
        Worker *worker = executor->workers->pdata[i];

        process_kill(worker->process);
        while ((job = g_queue_pop_head(&worker->jobs)) != NULL)
            g_queue_push_tail(&lost, job);
    }
    while ((job = g_queue_pop_head(&executor->queue)) != NULL)
        g_queue_push_tail(&lost, job);
    g_ptr_array_set_size(executor->workers, 0);
    jobs_fail(&lost, stopped);
    g_ptr_array_unref(executor->workers);
    timer_free(executor->restart);
    g_clear_error(&executor->broken);
    g_main_context_unref(executor->context);
    g_strfreev((char **)executor->options.args);
    g_strfreev((char **)executor->options.env);
    g_free((char *)executor->options.name);
    g_free((char *)executor->options.executable);
    g_variant_unref(executor->options.initializer_args);
    g_free(executor);
}

ProcessExecutor *process_executor_new(const ProcessExecutorOptions *options, GMainContext *context)
{
    static const ExecutorOps ops = {executor_submit_job, executor_do_shutdown, executor_do_free};
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
    executor->workers = g_ptr_array_new_with_free_func(worker_free);
    executor->restart = timer_new(context, executor_restart, executor);
    g_queue_init(&executor->queue);
    executor_fill(executor);
    return executor;
}

Executor *process_executor_base(ProcessExecutor *executor)
{
    return &executor->base;
}

guint process_executor_backlog(const ProcessExecutor *executor)
{
    guint n = executor->queue.length;

    for (guint i = 0; i < executor->workers->len; i++)
        n += ((const Worker *)executor->workers->pdata[i])->jobs.length;
    return n;
}

const GError *process_executor_broken(const ProcessExecutor *executor)
{
    return executor->broken;
}
