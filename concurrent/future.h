/* A future: the result of a task that runs elsewhere. The verbs are Python's concurrent.futures.Future.
 *
 * A result is a GVariant and the descriptors that came with it; a failure is a GError, whose class says what
 * follows. Whoever runs tasks holds the producer's side (the last group); everybody else waits, asks or
 * leaves a callback.
 *
 * References are atomic and state is under a lock, so a future may be completed in one thread and awaited in
 * another. A future whose producer lives on a GMainContext is waited for by iterating that context, where the
 * waiting thread may do so: waiting inside a single-threaded process works, and callbacks of other tasks run
 * meanwhile. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

typedef struct Future Future;

typedef void (*FutureFunc)(Future *future, void *data);

/* Waits at most timeout_us (CLOCK_FOREVER; 0 asks without waiting). The result, owned by the future, or NULL
 * with *error set: the task's own failure, or ERROR_TRANSIENT when the time is over, or ERROR_CANCELLED. */
GVariant *future_result(Future *future, gint64 timeout_us, GError **error);

/* The task's failure, owned by the future, or NULL if it succeeded. When the time is over, or it was
 * cancelled, *error is set and NULL returned. */
const GError *future_exception(Future *future, gint64 timeout_us, GError **error);

/* A descriptor that came with the result (the value of a handle in it); owned by the caller now, or -1. */
int future_steal_fd(Future *future, gint32 handle);

/* All that are left of them, the caller's now; NULL if there are none. */
FdList *future_steal_fds(Future *future);

gboolean future_done(Future *future); /* finished, failed or cancelled */
gboolean future_running(Future *future);
gboolean future_cancelled(Future *future);

/* TRUE if it will not run: it had not begun. FALSE once it runs or is done; a task that runs is told that it
 * was asked to cancel, and may look (call_is_cancelled()). */
gboolean future_cancel(Future *future);

/* Calls func when it is done: at once, in the calling thread, if it is already, else from the thread that
 * completes or cancels it, in the order in which callbacks were added. C has no exceptions: a callback that
 * fails says so in its own data, and the next one is called in any case. */
void future_add_done_callback(Future *future, FutureFunc func, void *data);

/* Takes back one that was added with these. FALSE if it has been called, is being called, or is about to be.
 */
gboolean future_remove_done_callback(Future *future, FutureFunc func, void *data);

/* The loop that will complete it, owned by the future, or NULL. */
GMainContext *future_context(Future *future);

Future *future_ref(Future *future);
void future_unref(Future *future);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Future, future_unref)

/* The producer's side. */

/* A pending future. context: the loop that will complete it, or NULL. */
Future *future_new(GMainContext *context);

/* To be called before the task begins: FALSE if it was cancelled and must not begin. Idempotent. */
gboolean future_begin(Future *future);

/* Completes it, once. A floating result is sunk; fds (may be NULL) and error are taken. A failure of class
 * ERROR_CANCELLED of a task that was asked to cancel makes it cancelled. */
void future_set_result(Future *future, GVariant *result, FdList *fds);
void future_set_exception(Future *future, GError *error);

/* Whether future_cancel() was called while it ran. */
gboolean future_cancel_asked(Future *future);

/* A source that becomes ready when that happens, in whatever thread (g_source_set_ready_time()); referenced
 * until the future is gone. Once, by the producer, before anybody else has the future. */
void future_set_cancel_source(Future *future, GSource *source);

/* Completes a task that had begun and gave up because it was asked to: cancelled, for whoever asks. */
void future_set_cancelled(Future *future);
