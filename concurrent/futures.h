/* Waits for many futures: Python's concurrent.futures.wait() and as_completed().
 *
 * Futures of different executors may be mixed, including those that live on a GMainContext (future.h): the
 * waiting thread iterates those contexts where it may, so callbacks of other tasks run meanwhile. A future
 * that is in the array several times counts once. The arrays and the futures in them are borrowed. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"

typedef enum {
    FUTURES_FIRST_COMPLETED, /* one is done: finished, failed or cancelled */
    FUTURES_FIRST_EXCEPTION, /* one has failed (a cancelled one has not), or all are done */
    FUTURES_ALL_COMPLETED,
} FuturesWhen;

/* Waits for the condition `when`, at most timeout_us (or CLOCK_FOREVER; 0 does not wait). Returns TRUE if it
 * is fulfilled, FALSE after a timeout. In either case ret_done and ret_not_done (each may be NULL) are arrays
 * of references, owned by the caller, in the order of futures. Without futures it returns TRUE at once. */
gboolean futures_wait(Future *const *futures, gsize n, gint64 timeout_us, FuturesWhen when,
                      GPtrArray **ret_done, GPtrArray **ret_not_done);

/* An iterator, used by one thread. */
typedef struct FuturesCompleted FuturesCompleted;

/* Delivers the futures as they are completed: first those that are done already, in the order of the array,
 * then the others in the order in which they end. timeout_us counts from this call. */
FuturesCompleted *futures_as_completed(Future *const *futures, gsize n, gint64 timeout_us);

/* The next completed future, a reference that is owned by the caller; blocks until there is one. NULL without
 * an error at the end. NULL with class ERROR_TRANSIENT after a timeout with some futures not done; later
 * calls return the same, unless one has ended since. */
Future *futures_completed_next(FuturesCompleted *iterator, GError **error);

/* Does not affect futures that are not done. iterator may be NULL. */
void futures_completed_free(FuturesCompleted *iterator);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FuturesCompleted, futures_completed_free)
