/* One child of a process executor, and the jobs that it has: what process_executor.c is made of. A worker is
 * born with its process, is told things, and is freed by its executor when its process has ended. Not for
 * anybody else; on the executor's context, as all of it. */
#pragma once

#include "concurrent/job.h"
#include "concurrent/process_executor_options.h"

typedef struct Worker Worker;

/* What its executor hears, on the context. */
typedef struct {
    void (*ready)(Worker *worker, void *data);
    void (*init_failed)(Worker *worker, const GError *why, void *data); /* it has been closed */
    void (*answered)(Worker *worker, void *data);                       /* a future has just been completed */
    void (*note)(Worker *worker, const char *name, GVariant *value, void *data);
    GVariant *(*ask)(Worker *worker, const Future *task, const char *name, GVariant *value, void *data,
                     GError **error);          /* as ProcessExecutorOptions.on_ask */
    void (*ended)(Worker *worker, void *data); /* all that it said before has been heard */
} WorkerHandlers;

/* Starts a child. options and handlers must outlive it. The errors are those of process_start(). */
Worker *worker_start(const ProcessExecutorOptions *options, guint slot, GMainContext *context,
                     const WorkerHandlers *handlers, void *data, GError **error);

/* Kills it if it still runs, reaps it and frees it; its jobs must have been taken. */
void worker_free(Worker *worker);

Process *worker_process(const Worker *worker);
guint worker_slot(const Worker *worker);
guint worker_load(const Worker *worker); /* jobs that it has */

/* When it was started (clock_now_us()). */
gint64 worker_started_us(const Worker *worker);

/* Not closed or retired, and may get more jobs in its life. */
gboolean worker_in_service(const Worker *worker);

/* In service, initialised, and not about to die. */
gboolean worker_can_take(const Worker *worker);

/* It closed by itself or died, though nobody told it to end. */
gboolean worker_was_unexpected(const Worker *worker);

/* Gives it a job (taken), which leaves with the next worker_flush(). Fails the job if its descriptors cannot
 * be duplicated. */
void worker_hand(Worker *worker, Job *job);
void worker_flush(Worker *worker);

/* Tells the child which of its tasks were asked to cancel. */
void worker_pass_cancels(Worker *worker);

/* Lets it end: end of file on its channel, then SIGTERM, then SIGKILL. Idempotent. */
void worker_close(Worker *worker);

/* It gets no more jobs: to be closed when it has done those that it has. */
void worker_retire(Worker *worker);

/* Ends it with what it has in hand: SIGTERM, then SIGKILL. Idempotent. */
void worker_terminate(Worker *worker);

/* Kills it: SIGKILL. If that does not end it, it counts as ended after some seconds, and is left behind. */
void worker_kill(Worker *worker);

/* After its end: fails what it was running, and puts what it had not begun at the head of queue. */
void worker_lose_jobs(Worker *worker, const char *obituary, GQueue *queue);

/* Takes all its jobs, oldest first. */
void worker_take_jobs(Worker *worker, GQueue *queue);

/* It has answered something in its life. */
gboolean worker_has_answered(const Worker *worker);

/* It was initialised once. */
gboolean worker_was_ready(const Worker *worker);

/* Of one that has ended: TRUE if it did so when told to, by itself, and owed nothing. */
gboolean worker_ended_well(const Worker *worker);

/* "imager (pid 812) was killed by SIGSEGV: last words". Owned by the caller. */
char *worker_obituary(const Worker *worker);

/* All fields but restarts. */
void worker_status(const Worker *worker, ChildStatus *ret_status);
