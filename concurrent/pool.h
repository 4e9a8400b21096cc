/* A pool of processes with the operations of Python's multiprocessing.Pool, over a process executor.
 *
 *   Pool *pool = pool_new(&(PoolOptions){.initializer_args = ...}, NULL);
 *   GVariant *squares = pool_map(pool, "square", numbers, 0, &error);
 *   pool_close(pool);
 *   pool_join(pool, &error);
 *   pool_free(pool);
 *
 * A task is the name of a target (concurrent/child.h) and its arguments; each process runs one task at a
 * time. One thread owns a pool; callbacks run in that thread while it waits in any of these functions or runs
 * the context. They may submit, but must not wait, terminate or free. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "concurrent/process.h"

typedef struct Pool Pool;
typedef struct PoolIterator PoolIterator;

typedef struct {
    const char *executable; /* executable, args, env and stdio are as in ProcessExecutorOptions: NULL is this
                             * program */
    const char *const *args;
    const char *const *env;
    ProcessStdio stdio;
    guint processes;            /* or 0 for the number of CPUs that this process may use */
    GVariant *initializer_args; /* passed to each child's initializer; NULL for () */
    guint max_tasks_per_child;  /* a chunk is one task; 0 for no limit */
} PoolOptions;

/* Receives the end of a call without waiting for it, once: its result (borrowed) or the task's failure.
 * Either function may be NULL. Neither is called for tasks that pool_terminate() or pool_free() stops. */
typedef struct {
    void (*callback)(GVariant *result, void *data);
    void (*error_callback)(const GError *error, void *data);
    void *data;
} PoolListener;

/* Returns the next arguments, floating or a reference for the pool; NULL at the end. */
typedef GVariant *(*PoolNextFunc)(void *data);

/* Starts the processes. context is where the pool lives, or NULL for one of its own. */
Pool *pool_new(const PoolOptions *options, GMainContext *context);

/* Runs one task and waits for it. The result is the caller's; NULL with the task's failure, ERROR_CANCELLED
 * after pool_close(), or ERROR_LIMIT for arguments that are too large. args floating is sunk. */
GVariant *pool_apply(Pool *pool, const char *target, GVariant *args, GError **error);

/* The same without waiting. listener is copied, and may be NULL. The future is the caller's; NULL if the task
 * was refused. */
Future *pool_apply_async(Pool *pool, const char *target, GVariant *args, const PoolListener *listener,
                         GError **error);

/* Runs target for each element of items (an array; floating is sunk; for an "av" the variants' contents) and
 * waits. Returns the array of results in the order of items, "av" if they have several types; owned by the
 * caller. NULL with the first failure, when all chunks have ended. chunksize is the number of items sent as
 * one task, or 0 for a quarter of each process's share, as in Python. */
GVariant *pool_map(Pool *pool, const char *target, GVariant *items, guint chunksize, GError **error);
Future *pool_map_async(Pool *pool, const char *target, GVariant *items, guint chunksize,
                       const PoolListener *listener, GError **error);

/* Lazy: calls next for arguments as results are taken, a few per process ahead, so the arguments may be
 * endless. imap delivers results in order, imap_unordered as they arrive. NULL after pool_close(). The pool
 * must outlive the iterator. */
PoolIterator *pool_imap(Pool *pool, const char *target, PoolNextFunc next, void *data, GError **error);
PoolIterator *pool_imap_unordered(Pool *pool, const char *target, PoolNextFunc next, void *data,
                                  GError **error);

/* Returns TRUE with a result, owned by the caller. Returns FALSE without an error at the end. Returns FALSE
 * with an error that is this item's failure, after which the next call continues with the next item; or
 * ERROR_TRANSIENT after timeout_us (or CLOCK_FOREVER). */
gboolean pool_iterator_next(PoolIterator *iterator, gint64 timeout_us, GVariant **ret_result, GError **error);

/* Tasks that have begun run to their end, and their results are dropped. iterator may be NULL. */
void pool_iterator_free(PoolIterator *iterator);

/* Accepts no new calls. The processes end when all tasks are done. Idempotent. */
void pool_close(Pool *pool);

/* Waits until the processes have ended. FALSE with ERROR_INTERNAL before pool_close() or pool_terminate(). An
 * iterator that has not reached its end delivers the results of tasks that were submitted, and then
 * ERROR_CANCELLED. */
gboolean pool_join(Pool *pool, GError **error);

/* Kills the processes; tasks that are not done fail with ERROR_CANCELLED. */
void pool_terminate(Pool *pool);

/* Terminates and frees the pool, which may be NULL. */
void pool_free(Pool *pool);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pool, pool_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PoolIterator, pool_iterator_free)
