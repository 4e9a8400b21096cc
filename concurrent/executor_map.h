/* executor_map: calls one target for many arguments, as Python's Executor.map() does.
 *
 * Results are delivered lazily, in the order of the arguments, in whatever order tasks end. With a buffer, at
 * most that many arguments are submitted and not yet read, and reading a result submits the next argument; an
 * endless source of arguments needs one. Without a buffer all arguments are submitted at once. */
#pragma once

#include <glib.h>

#include "concurrent/executor.h"

typedef struct ExecutorMap ExecutorMap;

/* Returns the arguments of the next call, floating or a reference for the map; NULL when there are no more.
 * Called in the thread that calls executor_map() and executor_map_next(). */
typedef GVariant *(*ExecutorMapFunc)(void *data);

typedef struct {
    gint64 timeout_us; /* from executor_map() to each result, or CLOCK_FOREVER; 0 only returns results that
                        * are ready */
    guint chunksize;   /* arguments sent as one task, if the executor supports chunks: the first failure in a
                        * chunk is that of the whole chunk. 0 and 1 send each argument separately */
    guint buffer;      /* the most arguments submitted and not yet read, at least one chunk; 0 for all */
} ExecutorMapOptions;

/* Starts the map. executor and target are borrowed until the map is freed. options may be NULL for no limits
 * and no chunks. A submit that fails is reported at the position of its result. */
ExecutorMap *executor_map(Executor *executor, const char *target, ExecutorMapFunc next, void *data,
                          const ExecutorMapOptions *options);

/* The same for the n items of an array. Floating items are sunk; references are taken, so items need not be
 * kept. */
ExecutorMap *executor_map_array(Executor *executor, const char *target, GVariant *const *items, gsize n,
                                const ExecutorMapOptions *options);

/* Waits for the next result: a reference, owned by the caller. NULL without an error at the end. NULL with
 * *error set when this call failed (its own failure), was cancelled (ERROR_CANCELLED), or is not done in time
 * (ERROR_TRANSIENT): this ends the map, cancels the tasks that have not begun, and all later calls return the
 * end. Waits as future_result() does. */
GVariant *executor_map_next(ExecutorMap *map, GError **error);

/* Cancels the tasks that have not begun. map may be NULL. */
void executor_map_free(ExecutorMap *map);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ExecutorMap, executor_map_free)
