/* One child of a process executor, and its jobs: used by process_executor.c. A worker is created with its
 * process and is freed by its executor when the process has ended. Private to the executor; used on the
 * executor's context only. */
#pragma once

#include "concurrent/job.h"
#include "concurrent/process_executor_options.h"

typedef struct Worker Worker;

/* Events for the executor, called on the context. */
typedef struct {
    void (*ready)(Worker *worker, void *data);
    void (*init_failed)(Worker *worker, const GError *why, void *data); /* the worker was closed */
    void (*answered)(Worker *worker, void *data);                       /* a future was just completed */
    void (*note)(Worker *worker, const char *name, GVariant *value, void *data);
    GVariant *(*ask)(Worker *worker, const Future *task, const char *name, GVariant *value, void *data,
                     GError **error);          /* as ProcessExecutorOptions.on_ask */
    void (*ended)(Worker *worker, void *data); /* all its earlier messages have been handled */
} WorkerHandlers;

/* Starts a child. options and handlers must outlive it. The errors are those of process_start(). */
Worker *worker_start(const ProcessExecutorOptions *options, guint slot, GMainContext *context,
                     const WorkerHandlers *handlers, void *data, GError **error);

/* Kills the process if it still runs, reaps and frees it. The jobs must have been taken. */
void worker_free(Worker *worker);

Process *worker_process(const Worker *worker);
guint worker_slot(const Worker *worker);
guint worker_load(const Worker *worker); /* number of its jobs */

/* The time of the start (clock_now_us()). */
gint64 worker_started_us(const Worker *worker);

/* Neither closed nor retired, and below its maximum number of jobs. */
gboolean worker_in_service(const Worker *worker);

/* In service, initialised, and not about to die. */
gboolean worker_can_take(const Worker *worker);

/* It closed its channel or died without having been told to end. */
gboolean worker_was_unexpected(const Worker *worker);

/* Assigns it a job (takes ownership), which is sent with the next worker_flush(). Fails the job if its
 * descriptors cannot be duplicated. */
void worker_hand(Worker *worker, Job *job);
void worker_flush(Worker *worker);

/* Tells the child for which of its tasks cancellation was requested. */
void worker_pass_cancels(Worker *worker);

/* Lets it end: end of file on its channel, then SIGTERM, then SIGKILL. Idempotent. */
void worker_close(Worker *worker);

/* Assigns it no more jobs: it is to be closed when it has finished those that it has. */
void worker_retire(Worker *worker);

/* Ends it with its unfinished jobs: SIGTERM, then SIGKILL. Idempotent. */
void worker_terminate(Worker *worker);

/* Kills it: SIGKILL. If that does not end it, it counts as ended after some seconds, and is abandoned. */
void worker_kill(Worker *worker);

/* Called after its end: fails the jobs that it was running, and puts those that it had not begun at the head
 * of queue. */
void worker_lose_jobs(Worker *worker, const char *obituary, GQueue *queue);

/* Takes all its jobs, oldest first. */
void worker_take_jobs(Worker *worker, GQueue *queue);

/* It has answered at least once. */
gboolean worker_has_answered(const Worker *worker);

/* It was initialised at some time. */
gboolean worker_was_ready(const Worker *worker);

/* For a worker that has ended: TRUE if it ended by itself when told to, without unanswered jobs. */
gboolean worker_ended_well(const Worker *worker);

/* Describes its end, such as "imager (pid 812) was killed by SIGSEGV: last words". Owned by the caller. */
char *worker_obituary(const Worker *worker);

/* Sets all fields except restarts. */
void worker_status(const Worker *worker, ChildStatus *ret_status);
