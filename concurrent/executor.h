/* An executor: accepts tasks, returns futures. The operations are those of Python's
 * concurrent.futures.Executor.
 *
 * One interface; the implementation that runs the tasks is chosen at creation (process_executor.h). A task is
 * the name of a target and its arguments, a GVariant, so that it can be sent to another process; descriptors
 * are passed explicitly with it. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"

typedef struct Executor Executor;

/* The functions of an implementation; its struct begins with an Executor. */
typedef struct {
    Future *(*submit)(Executor *executor, const char *target, GVariant *args, FdList *fds, GError **error);
    Future *(*submit_chunk)(Executor *executor, const char *target, GVariant *items, GError **error);
    void (*shutdown)(Executor *executor, gboolean wait, gboolean cancel_pending);
    void (*free)(Executor *executor);
} ExecutorOps;

struct Executor {
    const ExecutorOps *ops;
};

/* Submits a task. Takes ownership of args (floating is sunk) and fds (may be NULL). The future is the
 * caller's. NULL with class ERROR_CANCELLED after shutdown; if the task is sent to another process, also with
 * ERROR_LIMIT or ERROR_INTERNAL for values that cannot be sent (concurrent/value.h). */
Future *executor_submit(Executor *executor, const char *target, GVariant *args, FdList *fds, GError **error);

/* Runs target once for each of the items (a chunk: concurrent/chunk.h; floating is sunk), one after the
 * other, as one task: few bytes and one wake-up for many small tasks. The result is the chunk of their
 * results, in order. The first failure is the failure of the whole chunk, and the items after it are not
 * begun. No descriptors. Fails as executor_submit() does. Only for executors that support chunks: those of
 * processes, where chunks save time. */
Future *executor_submit_chunk(Executor *executor, const char *target, GVariant *items, GError **error);
gboolean executor_has_chunks(const Executor *executor);

/* Accepts no more tasks. cancel_pending: cancels tasks that have not begun. wait: returns when all other
 * tasks are done and the threads or processes have ended. Idempotent. */
void executor_shutdown(Executor *executor, gboolean wait, gboolean cancel_pending);

/* Stops running tasks at once (their futures fail with ERROR_CANCELLED) and frees the executor, which may be
 * NULL. */
void executor_free(Executor *executor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Executor, executor_free)
