/* Executors used from a loop, as with asyncio's run_in_executor(): blocking work runs elsewhere, and its
 * completion is a call on the loop. */
#pragma once

#include "concurrent/executor.h"
#include "concurrent/loop.h"

/* Submits a blocking or lengthy task to an executor (executor_submit(): takes ownership of args and fds) and
 * returns a future that is completed in the loop's thread. Cancelling it cancels the executor's task, unless
 * that has begun. If the loop closes before the task's end, the future fails with ERROR_CANCELLED. A process
 * executor must live on this loop's context. NULL with *error set if the executor refuses the task or the
 * loop is closed. */
Future *loop_run_in_executor(Loop *loop, Executor *executor, const char *target, GVariant *args, FdList *fds,
                             GError **error);
