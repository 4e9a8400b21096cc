/* A future: the result of a task that runs elsewhere. The operations are those of Python's
 * concurrent.futures.Future.
 *
 * A result is a GVariant and the descriptors that came with it; a failure is a GError, whose class says how
 * to react. Code that runs tasks uses the producer's side (the last group); all other code waits, asks or
 * adds a callback.
 *
 * Reference counts are atomic and state is protected by a lock, so a future may be completed in one thread
 * and awaited in another. If a future's producer lives on a GMainContext and the waiting thread may iterate
 * that context, it waits by doing so: waiting inside a single-threaded process works, and callbacks of other
 * tasks run meanwhile. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

typedef struct Future Future;

typedef void (*FutureFunc)(Future *future, void *data);

/* Waits at most timeout_us (or CLOCK_FOREVER; 0 does not wait). Returns the result, owned by the future, or
 * NULL with *error set: the task's own failure, ERROR_TRANSIENT after a timeout, or ERROR_CANCELLED. */
GVariant *future_result(Future *future, gint64 timeout_us, GError **error);

/* The task's failure, owned by the future, or NULL if it succeeded. Returns NULL with *error set after a
 * timeout, or if the task was cancelled. */
const GError *future_exception(Future *future, gint64 timeout_us, GError **error);

/* Takes a descriptor that came with the result (the value of a handle in it); owned by the caller, or -1. */
int future_steal_fd(Future *future, gint32 handle);

/* Takes all descriptors that are left, owned by the caller; or NULL. */
FdList *future_steal_fds(Future *future);

gboolean future_done(Future *future); /* finished, failed or cancelled */
gboolean future_running(Future *future);
gboolean future_cancelled(Future *future);

/* Returns TRUE if the task will not run, as it had not begun. Returns FALSE if it is done or running; a
 * running task is asked to stop, and may check that (call_is_cancelled()). */
gboolean future_cancel(Future *future);

/* Calls func when the future is done. If it is done already, func is called at once in the calling thread;
 * otherwise in the thread that completes or cancels the future, in the order in which callbacks were added. C
 * has no exceptions: a callback that fails records that in its own data, and the next one is called in any
 * case. */
void future_add_done_callback(Future *future, FutureFunc func, void *data);

/* Removes a callback that was added with these arguments. FALSE if it has been called, is running, or is
 * about to be called. */
gboolean future_remove_done_callback(Future *future, FutureFunc func, void *data);

/* The context that will complete the future, owned by the future, or NULL. */
GMainContext *future_context(Future *future);

Future *future_ref(Future *future);
void future_unref(Future *future);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Future, future_unref)

/* The producer's side. */

/* Makes a pending future. context is the one that will complete it, or NULL. */
Future *future_new(GMainContext *context);

/* Call it before the task begins. FALSE if the future was cancelled and the task must not begin.
 * Idempotent. */
gboolean future_begin(Future *future);

/* Completes the future, once. Takes ownership of result (floating is sunk), fds (may be NULL) and error. If
 * cancellation of the running task was requested, a failure of class ERROR_CANCELLED makes the future
 * cancelled. */
void future_set_result(Future *future, GVariant *result, FdList *fds);
void future_set_exception(Future *future, GError *error);

/* Whether future_cancel() was called while the task ran. */
gboolean future_cancel_asked(Future *future);

/* Sets a source that becomes ready when future_cancel() is called while the task runs, in any thread
 * (g_source_set_ready_time()). It is referenced until the future is freed. Called once by the producer,
 * before any other code has the future. */
void future_set_cancel_source(Future *future, GSource *source);

/* Completes a running task that stopped because it was asked to: its future is then cancelled. */
void future_set_cancelled(Future *future);
