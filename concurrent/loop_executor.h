/* Executors used from a loop, as asyncio's run_in_executor(): what would hold up the loop runs elsewhere, and
 * its end is a call on the loop. */
#pragma once

#include "concurrent/executor.h"
#include "concurrent/loop.h"

/* Hands a blocking or lengthy task to an executor (executor_submit(): args and fds are taken) and gives a
 * future that is completed in the loop's thread. Cancelling it cancels the executor's task, unless that has
 * begun. When the loop closes before the end, it fails with ERROR_CANCELLED. A process executor must live on
 * this loop's context. NULL with *error set if the executor refuses the task or the loop is closed. */
Future *loop_run_in_executor(Loop *loop, Executor *executor, const char *target, GVariant *args, FdList *fds,
                             GError **error);
