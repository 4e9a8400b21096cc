/* An executor: takes tasks, gives futures. The verbs are Python's concurrent.futures.Executor.
 *
 * One interface; what runs the tasks is chosen at creation (process_executor.h). A task is the name of a
 * target and its arguments, a GVariant, so that it can cross to another process; descriptors go explicitly,
 * beside it. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"

typedef struct Executor Executor;

/* What an implementation provides; its struct begins with an Executor. */
typedef struct {
    Future *(*submit)(Executor *executor, const char *target, GVariant *args, FdList *fds, GError **error);
    Future *(*submit_chunk)(Executor *executor, const char *target, GVariant *items, GError **error);
    void (*shutdown)(Executor *executor, gboolean wait, gboolean cancel_pending);
    void (*free)(Executor *executor);
} ExecutorOps;

struct Executor {
    const ExecutorOps *ops;
};

/* Hands in a task. args (floating is sunk) and fds (may be NULL) are taken. The future is the caller's. NULL
 * with class ERROR_CANCELLED after shutdown; where the task crosses to another process also ERROR_LIMIT or
 * ERROR_INTERNAL for what cannot (concurrent/value.h). */
Future *executor_submit(Executor *executor, const char *target, GVariant *args, FdList *fds, GError **error);

/* Runs target once for each of the items (a chunk: concurrent/chunk.h; floating is sunk), one after the
 * other, as one task: few bytes and one wake-up for many small ones. The result is the chunk of their
 * results, in order; the first failure is the failure of all, and what follows it is not begun. No
 * descriptors. Fails as executor_submit() does. Only for executors that have chunks: those of processes,
 * where they pay. */
Future *executor_submit_chunk(Executor *executor, const char *target, GVariant *items, GError **error);
gboolean executor_has_chunks(const Executor *executor);

/* No more tasks. cancel_pending: those that have not begun are cancelled. wait: returns when all the others
 * are done and what ran them has ended. Idempotent. */
void executor_shutdown(Executor *executor, gboolean wait, gboolean cancel_pending);

/* Stops at once what still runs (its futures fail with ERROR_CANCELLED) and releases. NULL is allowed. */
void executor_free(Executor *executor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Executor, executor_free)
