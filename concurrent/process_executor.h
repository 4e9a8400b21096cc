/* An executor whose tasks run in child processes (concurrent/child.h is their side), on a GMainContext and
 * without a thread of its own. The vocabulary is that of Python's ProcessPoolExecutor and
 * multiprocessing.Pool, with one deliberate difference: in Python one dead child breaks the whole pool; here
 * only the tasks that the child was running fail, with class ERROR_CRASH, and the child is replaced.
 *
 * The tasks that a child "was running" are:
 * - If it takes one task at a time (concurrent = FALSE): the task that it had begun and not answered. Tasks
 *   queued after it are given to another child, and no task is begun twice.
 * - If it has many in flight (concurrent = TRUE): all of them.
 *
 * A child that is killed and does not end, since it waits for an unresponsive file system or device, is
 * abandoned after some seconds: it counts as dead. Time limits do not count time in which this process could
 * not observe the child (base/patience.h).
 *
 * Children are daemons: they end with this process, however it ends. */
#pragma once

#include <glib.h>

#include "concurrent/executor.h"
#include "concurrent/process_executor_options.h"

/* Copies the options and starts all children at once. A child that dies or fails before it has answered
 * anything is replaced at once, and after a growing pause when that happens again. After a few such failures
 * in a row, the executor is broken: every task, including those submitted later, fails with the reason, and
 * class ERROR_CONFIG or ERROR_INTERNAL. An initializer that fails with ERROR_CONFIG before the initializer of
 * any child has succeeded breaks it at once. */
ProcessExecutor *process_executor_new(const ProcessExecutorOptions *options, GMainContext *context);

/* The same object behind the common interface. */
Executor *process_executor_base(ProcessExecutor *executor);

/* The current children: an array of ChildStatus, owned by the caller (g_array_unref). */
GArray *process_executor_status(const ProcessExecutor *executor);

/* Sets the number of children, at least 1. Missing ones are started at once. Children in slots from
 * max_workers on get no more tasks, finish those that they have, and end. */
void process_executor_scale(ProcessExecutor *executor, guint max_workers);

/* Calls func once, from the context, when executor_shutdown() was called and the last task and the last child
 * have ended. For a main loop, which cannot wait in executor_shutdown(). Not called after executor_free(). */
void process_executor_when_ended(ProcessExecutor *executor, void (*func)(void *data), void *data);

/* Replaces all children by new ones: the current children get no more tasks, finish those that they have, and
 * end. */
void process_executor_recycle(ProcessExecutor *executor);

/* Ends one child with the tasks that it has, as if it had died: SIGTERM, and SIGKILL if that is not enough.
 * It is replaced, and its death is not counted as a failed start. FALSE if no child has this pid. */
gboolean process_executor_terminate(ProcessExecutor *executor, pid_t pid);

/* Kills one child that hangs, as if it had died: with SIGKILL at once. Otherwise as
 * process_executor_terminate(). */
gboolean process_executor_kill(ProcessExecutor *executor, pid_t pid);

/* The reason why the executor is broken (for good), or NULL. */
const GError *process_executor_broken(const ProcessExecutor *executor);
