#include "concurrent/thread_executor.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/error.h"
#include "concurrent/thread.h"
#include "concurrent/value.h"

enum {
    MOST_DEFAULT_WORKERS = 32,
    /* How often a thread without a task checks for one before it sleeps. Waking it costs the submitter a
     * system call of some microseconds, more than a small task takes. */
    LOOKS_BEFORE_SLEEP = 50,
};

/* A task, from submit to the call of its target's call_return(). */
typedef struct Job {
    Call base;
    struct Job *next;
    const ThreadExecutor *executor; /* outlives its jobs */
    Future *future;
    const char *target; /* borrowed from the table */
    GVariant *args;
    FdList *fds;
} Job;

typedef struct Worker {
    Thread thread;
    ThreadExecutor *executor;
    struct Worker *next;
} Worker;

/* Invariant, under the lock: there are as many searching threads as queued tasks, or no thread sleeps and no
 * further one may be started. So each submit wakes at most one thread, and none while enough are awake. */
struct ThreadExecutor {
    Executor base;
    char *name;
    guint max_workers;
    CallTable table;
    gboolean (*initializer)(GVariant *args, void *data, GError **error);
    GVariant *initializer_args;

    pthread_mutex_t lock;
    pthread_cond_t work;
    Job *head;
    Job **tail;
    atomic_uint queued; /* written under the lock; searching threads read it without */
    guint searching;    /* threads that are awake, or were woken, and have no task */
    guint sleeping;     /* threads that wait for work and were not woken */
    guint wakeups;      /* sent to sleeping threads and not consumed yet */
    guint started;
    atomic_bool shut_down; /* written under the lock */
    atomic_bool freed;     /* being freed: tasks that check for cancellation may stop */
    GError *broken;
    Worker *workers;
    GList link; /* in executors; its data is NULL after removal */
};

/* The executors to shut down at the end of the program. */
static struct {
    pthread_mutex_t lock;
    GQueue list; /* of ThreadExecutor */
} executors = {.lock = PTHREAD_MUTEX_INITIALIZER, .list = G_QUEUE_INIT};

/* Tasks. */

static void job_free(Job *job)
{
    future_unref(job->future);
    if (job->args != NULL)
        g_variant_unref(job->args);
    fd_list_free(job->fds);
    g_slice_free(Job, job);
}

static void job_return(Call *base, GVariant *result, FdList *fds)
{
    Job *job = (Job *)base;

    future_set_result(job->future, result, fds);
    job_free(job);
}

static void job_fail(Call *base, GError *error)
{
    Job *job = (Job *)base;

    future_set_exception(job->future, error);
    job_free(job);
}

static gboolean job_is_cancelled(const Call *base)
{
    const Job *job = (const Job *)base;

    return atomic_load(&job->executor->freed) || future_cancel_asked(job->future);
}

static Job *job_new(const ThreadExecutor *executor, const char *target, GVariant *args, FdList *fds)
{
    static const CallOps ops = {job_return, job_fail, job_is_cancelled, NULL};
    Job *job = g_slice_new(Job);

    *job = (Job){.base.ops = &ops,
                 .executor = executor,
                 .future = future_new(NULL),
                 .target = target,
                 .args = args,
                 .fds = fds};
    return job;
}

/* The job is freed with its call, which may be before call_run() returns: args and fds, which the target
 * borrows, are taken out first. */
static void job_run(Job *job, const CallTable *table)
{
    g_autoptr(GVariant) args = g_steal_pointer(&job->args);
    g_autoptr(FdList) fds = g_steal_pointer(&job->fds);

    if (future_begin(job->future))
        call_run(&job->base, table, job->target, args, fds);
    else
        job_free(job);
}

/* The queue; all functions are called with the lock held. */

static void queue_push(ThreadExecutor *executor, Job *job)
{
    *executor->tail = job;
    executor->tail = &job->next;
    atomic_store_explicit(&executor->queued, executor->queued + 1, memory_order_relaxed);
}

static Job *queue_pop(ThreadExecutor *executor)
{
    Job *job = executor->head;

    if (job == NULL)
        return NULL;
    executor->head = job->next;
    if (executor->head == NULL)
        executor->tail = &executor->head;
    atomic_store_explicit(&executor->queued, executor->queued - 1, memory_order_relaxed);
    return job;
}

static Job *queue_take_all(ThreadExecutor *executor)
{
    Job *all = executor->head;

    executor->head = NULL;
    executor->tail = &executor->head;
    atomic_store_explicit(&executor->queued, 0, memory_order_relaxed);
    return all;
}

/* Ends tasks that never began. Called without the lock, as callbacks run. */
static void jobs_drop(Job *jobs, const GError *error)
{
    while (jobs != NULL) {
        Job *job = jobs;

        jobs = job->next;
        if (error == NULL)
            (void)future_cancel(job->future);
        else if (future_begin(job->future))
            future_set_exception(job->future, g_error_copy(error));
        job_free(job);
    }
}

/* The threads. */

/* Whether no further tasks are accepted; queued ones still run. Called with the lock held. */
static gboolean is_over(const ThreadExecutor *executor)
{
    return executor->shut_down || executor->broken != NULL;
}

/* Checks for a new task for a while, without the lock. */
static void look_around(ThreadExecutor *executor)
{
    for (int i = 0; i < LOOKS_BEFORE_SLEEP; i++) {
        if (atomic_load_explicit(&executor->queued, memory_order_relaxed) > 0 ||
            atomic_load(&executor->shut_down))
            return;
        sched_yield();
    }
}

/* Called with the lock held and an empty queue. Returns when woken. */
static void sleep_until_woken(ThreadExecutor *executor)
{
    executor->searching--;
    executor->sleeping++;
    while (executor->wakeups == 0 && !is_over(executor))
        pthread_cond_wait(&executor->work, &executor->lock);
    if (executor->wakeups > 0) {
        executor->wakeups--;
    } else {
        executor->sleeping--;
        executor->searching++;
    }
}

/* Returns the next task, or NULL when the thread is to end. searching: the calling thread is already counted
 * as searching, as it had no task before. */
static Job *next_job(ThreadExecutor *executor, gboolean searching)
{
    Job *job;

    pthread_mutex_lock(&executor->lock);
    job = queue_pop(executor);
    if (job == NULL && !searching) {
        executor->searching++;
        searching = TRUE;
    }
    while (job == NULL && !is_over(executor)) {
        pthread_mutex_unlock(&executor->lock);
        look_around(executor);
        pthread_mutex_lock(&executor->lock);
        job = queue_pop(executor);
        if (job == NULL && !is_over(executor)) {
            sleep_until_woken(executor);
            job = queue_pop(executor);
        }
    }
    if (searching)
        executor->searching--;
    pthread_mutex_unlock(&executor->lock);
    return job;
}

/* All queued tasks fail, and so do those that are submitted later. */
static void executor_break(ThreadExecutor *executor, GError *why)
{
    g_autoptr(GError) error = g_error_new(error_quark(), ERROR_INTERNAL, "the initializer of %s failed: %s",
                                          executor->name, why->message);
    Job *jobs;

    g_error_free(why);
    pthread_mutex_lock(&executor->lock);
    executor->searching--;
    if (executor->broken == NULL)
        executor->broken = g_error_copy(error);
    jobs = queue_take_all(executor);
    pthread_cond_broadcast(&executor->work);
    pthread_mutex_unlock(&executor->lock);
    jobs_drop(jobs, error);
}

static void worker_run(Thread *thread)
{
    ThreadExecutor *executor = ((Worker *)thread)->executor;
    GError *error = NULL;
    Job *job;

    if (executor->initializer != NULL &&
        !executor->initializer(executor->initializer_args, executor->table.data, &error)) {
        executor_break(executor, error);
        return;
    }
    for (job = next_job(executor, TRUE); job != NULL; job = next_job(executor, FALSE))
        job_run(job, &executor->table);
}

/* Called with the lock held. FALSE if no thread can be started, which only matters if there is none at
 * all. */
static gboolean start_worker(ThreadExecutor *executor, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s_%u", executor->name, executor->started);
    Worker *worker = g_new0(Worker, 1);

    /* Daemons: at the end of the program executors_shutdown() shuts executors down. */
    thread_init(&worker->thread, name, TRUE, worker_run);
    worker->executor = executor;
    if (!thread_start(&worker->thread, error)) {
        thread_clear(&worker->thread);
        g_free(worker);
        return FALSE;
    }
    worker->next = executor->workers;
    executor->workers = worker;
    executor->started++;
    executor->searching++;
    return TRUE;
}

/* Called with the lock held, after a task was queued. FALSE if there is no thread to run it. */
static gboolean call_somebody(ThreadExecutor *executor, GError **error)
{
    if (executor->queued <= executor->searching)
        return TRUE;
    if (executor->sleeping > 0) {
        executor->sleeping--;
        executor->searching++;
        executor->wakeups++;
        pthread_cond_signal(&executor->work);
        return TRUE;
    }
    if (executor->started >= executor->max_workers)
        return TRUE;
    return start_worker(executor, executor->started == 0 ? error : NULL) || executor->started > 0;
}

/* Called with the lock held. */
static gboolean may_submit(const ThreadExecutor *executor, GError **error)
{
    if (executor->broken != NULL && error != NULL)
        *error = g_error_copy(executor->broken);
    else if (executor->broken == NULL && executor->shut_down)
        error_set(error, ERROR_CANCELLED, "submit after shutdown");
    return executor->broken == NULL && !executor->shut_down;
}

static Future *thread_submit(Executor *base, const char *target, GVariant *args, FdList *fds, GError **error)
{
    ThreadExecutor *executor = (ThreadExecutor *)base;
    const char *known = call_table_intern(&executor->table, target);
    Job *job = job_new(executor, known, value_ref_sink(args), fds);
    Future *future = future_ref(job->future);
    gboolean accepted;

    pthread_mutex_lock(&executor->lock);
    accepted = may_submit(executor, error);
    if (accepted && known != NULL) {
        queue_push(executor, job);
        accepted = call_somebody(executor, error);
        if (!accepted)
            (void)queue_take_all(executor); /* without any thread, the queue only has this job */
    }
    pthread_mutex_unlock(&executor->lock);
    if (accepted && known == NULL) {
        job->target = target;
        job_run(job, &executor->table); /* fails and sets the error */
    }
    if (accepted)
        return future;
    job_free(job);
    future_unref(future);
    return NULL;
}

static void join_workers(ThreadExecutor *executor)
{
    Worker *worker;

    pthread_mutex_lock(&executor->lock);
    worker = executor->workers; /* no threads are added after the shutdown */
    pthread_mutex_unlock(&executor->lock);
    for (; worker != NULL; worker = worker->next)
        (void)thread_join(&worker->thread, CLOCK_FOREVER, NULL);
}

static void thread_shutdown(Executor *base, gboolean wait, gboolean cancel_pending)
{
    ThreadExecutor *executor = (ThreadExecutor *)base;
    Job *dropped = NULL;

    pthread_mutex_lock(&executor->lock);
    atomic_store(&executor->shut_down, TRUE);
    if (cancel_pending)
        dropped = queue_take_all(executor);
    pthread_cond_broadcast(&executor->work);
    pthread_mutex_unlock(&executor->lock);
    jobs_drop(dropped, NULL);
    if (wait)
        join_workers(executor);
}

static void thread_free_executor(Executor *base)
{
    ThreadExecutor *executor = (ThreadExecutor *)base;

    pthread_mutex_lock(&executors.lock);
    if (executor->link.data != NULL)
        g_queue_unlink(&executors.list, &executor->link);
    pthread_mutex_unlock(&executors.lock);
    atomic_store(&executor->freed, TRUE);
    thread_shutdown(base, TRUE, TRUE);
    while (executor->workers != NULL) {
        Worker *worker = executor->workers;

        executor->workers = worker->next;
        thread_clear(&worker->thread);
        g_free(worker);
    }
    pthread_mutex_destroy(&executor->lock);
    pthread_cond_destroy(&executor->work);
    g_variant_unref(executor->initializer_args);
    g_clear_error(&executor->broken);
    g_free(executor->name);
    g_free(executor);
}

/* Called at the end of the program. Executors made by tasks meanwhile are at the end of the list. */
static void executors_shutdown(void)
{
    ThreadExecutor *executor;

    do {
        pthread_mutex_lock(&executors.lock);
        executor = g_queue_peek_head(&executors.list);
        if (executor != NULL) {
            g_queue_unlink(&executors.list, &executor->link);
            executor->link.data = NULL;
        }
        pthread_mutex_unlock(&executors.lock);
        if (executor != NULL)
            thread_shutdown(&executor->base, TRUE, FALSE);
    } while (executor != NULL);
}

static void register_executors_shutdown(void)
{
    (void)atexit(executors_shutdown);
}

/* Spins briefly before it sleeps: the lock is held for a few instructions only, and is often contended. */
static void lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t adaptive;

    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(lock, &adaptive);
    pthread_mutexattr_destroy(&adaptive);
}

guint thread_executor_default_workers(void)
{
    return MIN(MOST_DEFAULT_WORKERS, cpus_available() + 4);
}

ThreadExecutor *thread_executor_new(const ThreadExecutorOptions *options)
{
    static const ExecutorOps ops = {thread_submit, NULL, thread_shutdown, thread_free_executor};
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    ThreadExecutor *executor = g_new0(ThreadExecutor, 1);

    pthread_once(&once, register_executors_shutdown);
    executor->base.ops = &ops;
    executor->name = g_strdup(options->name != NULL ? options->name : "ThreadExecutor");
    executor->max_workers =
        options->max_workers > 0 ? options->max_workers : thread_executor_default_workers();
    executor->table = options->table;
    executor->initializer = options->initializer;
    executor->initializer_args = g_variant_ref_sink(
        options->initializer_args != NULL ? options->initializer_args : g_variant_new_tuple(NULL, 0));
    executor->tail = &executor->head;
    lock_init(&executor->lock);
    pthread_cond_init(&executor->work, NULL);
    executor->link.data = executor;
    pthread_mutex_lock(&executors.lock);
    g_queue_push_tail_link(&executors.list, &executor->link);
    pthread_mutex_unlock(&executors.lock);
    return executor;
}

Executor *thread_executor_base(ThreadExecutor *executor)
{
    return &executor->base;
}

guint thread_executor_threads(ThreadExecutor *executor)
{
    guint threads = 0;

    pthread_mutex_lock(&executor->lock);
    for (Worker *worker = executor->workers; worker != NULL; worker = worker->next)
        threads += thread_is_alive(&worker->thread) ? 1 : 0;
    pthread_mutex_unlock(&executor->lock);
    return threads;
}
