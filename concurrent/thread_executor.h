/* An executor whose tasks run in threads of this process, for calls that block. The vocabulary is that of
 * Python's ThreadPoolExecutor: a thread is started when a task is submitted and none is idle, up to
 * max_workers, and lives until the shutdown.
 *
 * Tasks begin in the order in which they were submitted. Targets, and the callbacks of futures, run on the
 * executor's threads, several at a time: they must protect data that they share. If a future is cancelled,
 * its callbacks run in the thread that cancels it.
 *
 * The end of the program (exit(), or the return from main) does the same as shutdown(wait) for every
 * remaining executor: submitted tasks are completed first. */
#pragma once

#include "concurrent/call.h"
#include "concurrent/executor.h"

typedef struct ThreadExecutor ThreadExecutor;

typedef struct {
    const char *name;  /* prefix of the threads' names, "name_0"; NULL for "ThreadExecutor" */
    guint max_workers; /* the most threads, or 0 for thread_executor_default_workers() */
    CallTable table;   /* copied, its array of targets borrowed */

    /* Runs first in each thread, with initializer_args (NULL for ()) and the table's data. If it fails, the
     * executor is broken for good: tasks that had not begun fail with class ERROR_INTERNAL and its message,
     * and submit returns NULL with the same error. May be NULL. */
    gboolean (*initializer)(GVariant *args, void *data, GError **error);
    GVariant *initializer_args;
} ThreadExecutorOptions;

/* Copies the options; a floating initializer_args is sunk. Starts no thread. */
ThreadExecutor *thread_executor_new(const ThreadExecutorOptions *options);

/* The same object behind the common interface, for any thread; a task may submit others. submit also returns
 * NULL with class ERROR_INTERNAL if no thread can be started and there is none. shutdown with wait, and free,
 * must not be called from the executor's own tasks. free waits for running tasks, since a thread cannot be
 * stopped, and cancels those that have not begun. */
Executor *thread_executor_base(ThreadExecutor *executor);

/* The number of threads that were started and have not ended. */
guint thread_executor_threads(ThreadExecutor *executor);

/* The smaller of 32 and the number of CPUs that this process may use plus 4: blocking calls mostly wait. */
guint thread_executor_default_workers(void);
