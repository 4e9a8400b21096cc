/* A pool of processes with the verbs of Python's multiprocessing.Pool, over a process executor.
 *
 *   Pool *pool = pool_new(&(PoolOptions){.initializer_args = ...}, NULL);
 *   GVariant *squares = pool_map(pool, "square", numbers, 0, &error);
 *   pool_close(pool);
 *   pool_join(pool, &error);
 *   pool_free(pool);
 *
 * A task is the name of a target (concurrent/child.h) and its arguments, in a process that runs one at a
 * time. One thread owns a pool; callbacks run in that thread while it waits in any of these functions or runs
 * the context. They may submit, and must not wait, terminate or free. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "concurrent/process.h"

typedef struct Pool Pool;
typedef struct PoolIterator PoolIterator;

typedef struct {
    const char
        *executable; /* as in ProcessExecutorOptions, as are args, env and stdio: NULL is this program */
    const char *const *args;
    const char *const *env;
    ProcessStdio stdio;
    guint processes;            /* 0: the CPUs that this process may use */
    GVariant *initializer_args; /* handed to each child's initializer; NULL: () */
    guint max_tasks_per_child;  /* a chunk is one task; 0: no limit */
} PoolOptions;

/* Who hears of the end of a call that is not waited for, once: of its result (borrowed) or of the task's
 * failure. Either may be NULL. Neither is called for what pool_terminate() or pool_free() stops. */
typedef struct {
    void (*callback)(GVariant *result, void *data);
    void (*error_callback)(const GError *error, void *data);
    void *data;
} PoolListener;

/* The next arguments, floating or the caller's to give away; NULL ends. */
typedef GVariant *(*PoolNextFunc)(void *data);

/* Starts the processes. context: where it lives, or NULL for one of its own. */
Pool *pool_new(const PoolOptions *options, GMainContext *context);

/* Runs one task and waits for it. The result is the caller's; NULL with the task's failure, ERROR_CANCELLED
 * after pool_close(), or ERROR_LIMIT for arguments that are too large. args floating is sunk. */
GVariant *pool_apply(Pool *pool, const char *target, GVariant *args, GError **error);

/* The same without waiting. listener is copied, and may be NULL. The future is the caller's; NULL if it was
 * refused. */
Future *pool_apply_async(Pool *pool, const char *target, GVariant *args, const PoolListener *listener,
                         GError **error);

/* Runs target for each element of items (an array; floating is sunk; of an "av" the contents) and waits. The
 * array of results in the order of items, "av" if they are of several types; the caller's. NULL with the
 * first failure, when all chunks have ended. chunksize: items that travel as one task; 0: a quarter of each
 * process's share, as Python. */
GVariant *pool_map(Pool *pool, const char *target, GVariant *items, guint chunksize, GError **error);
Future *pool_map_async(Pool *pool, const char *target, GVariant *items, guint chunksize,
                       const PoolListener *listener, GError **error);

/* Lazy: asks next for arguments as results are taken, a few per process ahead, so it may be endless. imap
 * gives results in order, imap_unordered as they come. NULL after pool_close(). The pool must outlive it. */
PoolIterator *pool_imap(Pool *pool, const char *target, PoolNextFunc next, void *data, GError **error);
PoolIterator *pool_imap_unordered(Pool *pool, const char *target, PoolNextFunc next, void *data,
                                  GError **error);

/* TRUE and a result, the caller's. FALSE and no error: that was all. FALSE and an error: this item's failure,
 * after which the next call goes on with the next item; or ERROR_TRANSIENT, when timeout_us (CLOCK_FOREVER)
 * is over. */
gboolean pool_iterator_next(PoolIterator *iterator, gint64 timeout_us, GVariant **ret_result, GError **error);

/* What it has begun ends unheard. NULL is allowed. */
void pool_iterator_free(PoolIterator *iterator);

/* No new calls. The processes end when all is done. Idempotent. */
void pool_close(Pool *pool);

/* Waits until the processes have ended. FALSE with ERROR_INTERNAL before pool_close() or pool_terminate(). An
 * iterator that is not used up gives what had been submitted for it, and then ERROR_CANCELLED. */
gboolean pool_join(Pool *pool, GError **error);

/* Kills the processes; what is not done fails with ERROR_CANCELLED. */
void pool_terminate(Pool *pool);

/* Terminates and releases. NULL is allowed. */
void pool_free(Pool *pool);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pool, pool_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PoolIterator, pool_iterator_free)
