/* Many futures at once: Python's concurrent.futures.wait() and as_completed().
 *
 * They take futures of any executor together, also such as live on a GMainContext (future.h): the waiting
 * thread iterates those contexts where it may, so callbacks of other tasks run meanwhile. A future that
 * stands in the array several times counts once. The arrays and what is in them stay the caller's. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"

typedef enum {
    FUTURES_FIRST_COMPLETED, /* one is done, in whatever way */
    FUTURES_FIRST_EXCEPTION, /* one has failed (cancelled is no failure), or all are done */
    FUTURES_ALL_COMPLETED,
} FuturesWhen;

/* Waits for that, at most timeout_us (CLOCK_FOREVER; 0 asks without waiting). TRUE if it has come to pass,
 * FALSE when the time is over; in either case ret_done and ret_not_done (each may be NULL) are arrays of
 * references, the caller's, in the order of futures. No futures: TRUE at once. */
gboolean futures_wait(Future *const *futures, gsize n, gint64 timeout_us, FuturesWhen when,
                      GPtrArray **ret_done, GPtrArray **ret_not_done);

/* An iterator, of one thread. */
typedef struct FuturesCompleted FuturesCompleted;

/* Gives the futures as they are done: those first that are done already, in the order of the array, then the
 * others in the order in which they end. timeout_us counts from this call. */
FuturesCompleted *futures_as_completed(Future *const *futures, gsize n, gint64 timeout_us);

/* The next one, a reference that is the caller's; blocks until there is one. NULL without an error at the
 * end; NULL with class ERROR_TRANSIENT when the time is over and some are not done (again, if asked again,
 * unless one has ended since). */
Future *futures_completed_next(FuturesCompleted *iterator, GError **error);

/* Leaves those that are not done alone. NULL is allowed. */
void futures_completed_free(FuturesCompleted *iterator);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FuturesCompleted, futures_completed_free)
