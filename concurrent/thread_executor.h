/* An executor whose tasks run in threads of this process, for calls that block. The vocabulary is Python's
 * ThreadPoolExecutor: threads are started when tasks come and none is idle, up to max_workers, and stay until
 * the shutdown.
 *
 * Tasks begin in the order in which they were submitted. Targets, and the callbacks of futures, run on the
 * executor's threads, several at a time: what they share is theirs to protect. A future that is cancelled has
 * its callbacks run by whoever cancels it.
 *
 * The end of the program (exit(), or the return from main) does what shutdown(wait) does for every executor
 * that is left: tasks that were handed in are done first. */
#pragma once

#include "concurrent/call.h"
#include "concurrent/executor.h"

typedef struct ThreadExecutor ThreadExecutor;

typedef struct {
    const char *name;  /* prefix of the threads' names, "name_0"; NULL: "ThreadExecutor" */
    guint max_workers; /* threads at most; 0: thread_executor_default_workers() */
    CallTable table;   /* copied, its array of targets lent */

    /* Runs first in each thread, with initializer_args (NULL: ()) and the table's data. If it fails, the
     * executor is broken for good: tasks that had not begun fail with class ERROR_INTERNAL and its message,
     * and submit returns NULL with the same. May be NULL. */
    gboolean (*initializer)(GVariant *args, void *data, GError **error);
    GVariant *initializer_args;
} ThreadExecutorOptions;

/* Copies the options; a floating initializer_args is sunk. Starts no thread. */
ThreadExecutor *thread_executor_new(const ThreadExecutorOptions *options);

/* The same object behind the common interface, for any thread; a task may submit others. submit returns NULL
 * with class ERROR_INTERNAL also if no thread can be started and none is there. shutdown with wait, and free,
 * must not be called from the executor's own tasks. free waits for tasks that run, since a thread cannot be
 * stopped; it cancels those that have not begun. */
Executor *thread_executor_base(ThreadExecutor *executor);

/* Threads that were started so far and have not ended. */
guint thread_executor_threads(ThreadExecutor *executor);

/* The smaller of 32 and the CPUs that this process may use plus 4: blocking calls mostly wait. */
guint thread_executor_default_workers(void);
