/* An executor whose tasks run in child processes (concurrent/child.h is their side), on a GMainContext and
 * without a thread of its own. The vocabulary is Python's ProcessPoolExecutor and multiprocessing.Pool, with
 * one difference on purpose: where one dead child breaks Python's whole pool, here only what that child was
 * running fails, with class ERROR_CRASH, and the child is replaced.
 *
 * What "was running" means: of a child that takes one task at a time (concurrent = FALSE) the one that it had
 * begun and not answered; those behind it go to another child, and no task is begun twice. Of a child with
 * many in flight (concurrent = TRUE) all of them.
 *
 * A child that is killed and does not end, since it waits for a dead file system or device, is left behind
 * after some seconds: it counts as dead. Limits of time do not count what this process could not see
 * (base/patience.h).
 *
 * Children are daemons: they end with this process, however it ends. */
#pragma once

#include <glib.h>

#include "concurrent/executor.h"
#include "concurrent/process_executor_options.h"

/* Copies the options and starts all children at once. A child that dies or fails before it has answered
 * anything is replaced at once, and after a growing pause when that happens again; after a few such failures
 * in a row, the executor is broken: every task, also each submitted later, fails with the reason, and class
 * ERROR_CONFIG or ERROR_INTERNAL. An initializer that fails with ERROR_CONFIG before that of any child has
 * succeeded breaks it at once. */
ProcessExecutor *process_executor_new(const ProcessExecutorOptions *options, GMainContext *context);

/* The same object behind the common interface. */
Executor *process_executor_base(ProcessExecutor *executor);

/* The children as they are now: an array of ChildStatus, owned by the caller (g_array_unref). */
GArray *process_executor_status(const ProcessExecutor *executor);

/* Has so many children from now on, at least 1. Those that are lacking are started at once. The places from
 * max_workers on are given up: their children get nothing more, finish what they have, and end. */
void process_executor_scale(ProcessExecutor *executor, guint max_workers);

/* Replaces all children by fresh ones: those that there are get nothing more, finish what they have, and end.
 */
void process_executor_recycle(ProcessExecutor *executor);

/* Ends one child with what it has in hand, as if it died: SIGTERM, and SIGKILL if that is not enough. It is
 * replaced, and its death is no failed start. FALSE: no child has this pid. */
gboolean process_executor_terminate(ProcessExecutor *executor, pid_t pid);

/* Kills one child that hangs, as if it died: by SIGKILL at once. Else the same. */
gboolean process_executor_kill(ProcessExecutor *executor, pid_t pid);

/* Why it is broken (it stays so), or NULL. */
const GError *process_executor_broken(const ProcessExecutor *executor);
