/* executor_map: one target over many arguments. Python's Executor.map().
 *
 * Results come lazily, in the order of the arguments, whatever the order in which tasks end. An endless
 * source of arguments wants a buffer: then at most so many are handed in and not yet read, and reading one
 * hands in the next. Without a buffer all are handed in at once. */
#pragma once

#include <glib.h>

#include "concurrent/executor.h"

typedef struct ExecutorMap ExecutorMap;

/* The arguments of the next call, floating or the map's own reference; NULL when there are no more. Called in
 * the thread that calls executor_map() and executor_map_next(). */
typedef GVariant *(*ExecutorMapFunc)(void *data);

typedef struct {
    gint64 timeout_us; /* from executor_map() to each result; CLOCK_FOREVER: none. 0 gives only what is
                        * done */
    guint chunksize;   /* arguments that travel as one task, where the executor has chunks: the first failure
                        * in a chunk is that of the whole. 0 and 1: each on its own */
    guint buffer;      /* arguments handed in and not read, at most, but at least one chunk; 0: all */
} ExecutorMapOptions;

/* Starts it. executor and target are lent until the map is freed; options may be NULL: no limits, no chunks.
 * A submit that fails is reported at the position of its result. */
ExecutorMap *executor_map(Executor *executor, const char *target, ExecutorMapFunc next, void *data,
                          const ExecutorMapOptions *options);

/* The same for the n items of an array. Floating ones are sunk; references are taken, so items need not stay.
 */
ExecutorMap *executor_map_array(Executor *executor, const char *target, GVariant *const *items, gsize n,
                                const ExecutorMapOptions *options);

/* Waits for the next result: a reference, the caller's. NULL without an error at the end. NULL with *error
 * set when this call failed (its own failure), was cancelled (ERROR_CANCELLED), or is not done in time
 * (ERROR_TRANSIENT): then the map is over, the tasks that have not begun are cancelled, and what follows is
 * the end. Waits as future_result() does. */
GVariant *executor_map_next(ExecutorMap *map, GError **error);

/* Cancels the tasks that have not begun. NULL is allowed. */
void executor_map_free(ExecutorMap *map);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ExecutorMap, executor_map_free)
