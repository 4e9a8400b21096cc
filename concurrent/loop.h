/* An event loop with the vocabulary of Python's asyncio, over a GMainContext: calls that are due now, calls
 * that are due later, calls submitted by other threads. Other sources on the context (descriptors, timers,
 * process executors) are served by the same loop.
 *
 * Calls run one at a time, in the thread that runs the loop, in the order in which they became due. One round
 * runs the calls that were due when it began, and descriptors are polled after at most 16 rounds: a call that
 * schedules itself again starves nothing.
 *
 * A program that iterates the context by itself also serves the loop; loop_run_forever() is one way to do so.
 *
 * A loop belongs to the thread that runs it. While it runs, only loop_call_soon_threadsafe(), loop_ref(),
 * loop_unref(), loop_context() and loop_is_closed() may be used from another thread. RuntimeError of Python
 * is class ERROR_INTERNAL here. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"

typedef struct Loop Loop;

/* Runs in the loop's thread. */
typedef void (*LoopFunc)(void *data);

/* The loop that runs in this thread. If none runs, this thread's own loop, made at the first call, on the
 * thread's default context (in a thread other than the first that has none: on a new one). Owned by the
 * thread, which drops it when it ends. */
Loop *loop_get(void);

/* Makes a loop on this context, or on a new one if it is NULL. Owned by the caller; NULL with ERROR_INTERNAL
 * if no descriptor is left. */
Loop *loop_new(GMainContext *context, GError **error);

Loop *loop_ref(Loop *loop);

/* Dropping the last reference closes the loop. Waiting tasks hold a reference: close a loop that has such
 * tasks. loop may be NULL. */
void loop_unref(Loop *loop);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Loop, loop_unref)

/* The loop's context, owned by the loop: for process_executor_new(), timer_new(), g_source_attach(). */
GMainContext *loop_context(Loop *loop);

/* Runs until loop_stop(). FALSE with ERROR_INTERNAL if the loop already runs, if another loop runs in this
 * thread, if another thread owns the context, or if the loop is closed. */
gboolean loop_run_forever(Loop *loop, GError **error);

/* Runs until the future is done, in whichever thread that happens. Returns its result, owned by the future;
 * or NULL with *error set: the task's own failure, ERROR_CANCELLED, or ERROR_INTERNAL as for
 * loop_run_forever() or when the loop was stopped before the future was done. */
GVariant *loop_run_until_complete(Loop *loop, Future *future, GError **error);

/* Stops the loop after the current round. If called before the loop runs, it runs one round. */
void loop_stop(Loop *loop);

/* Drops every call that has not run (its destroy is called), ends every task (concurrent/task.h: each await
 * fails with ERROR_CANCELLED from now on) and drops the context. FALSE with ERROR_INTERNAL while it runs.
 * Idempotent. Must be called in the thread that ran it. */
gboolean loop_close(Loop *loop, GError **error);

gboolean loop_is_running(Loop *loop);
gboolean loop_is_closed(Loop *loop);

/* Calls func(data) in the next round. destroy (may be NULL) is called with data after that, and also if the
 * call is cancelled, dropped or refused. Returns the call's number for loop_cancel_call(), or 0 with
 * ERROR_INTERNAL if the loop is closed or runs in another thread. */
guint64 loop_call_soon(Loop *loop, LoopFunc func, void *data, GDestroyNotify destroy, GError **error);

/* As loop_call_soon(), but no earlier than delay_us from now. Calls that are due at the same time run in
 * the order in which they were made. The resolution is that of the poll: milliseconds. */
guint64 loop_call_later(Loop *loop, gint64 delay_us, LoopFunc func, void *data, GDestroyNotify destroy,
                        GError **error);

/* From any thread: like loop_call_soon(), and wakes the loop. Calls from one thread keep their order. If it
 * is refused (FALSE with ERROR_INTERNAL: the loop is closed), destroy runs in the calling thread. */
gboolean loop_call_soon_threadsafe(Loop *loop, LoopFunc func, void *data, GDestroyNotify destroy,
                                   GError **error);

/* TRUE if the call with this number had not run, and now will not. */
gboolean loop_cancel_call(Loop *loop, guint64 number);

/* Makes a pending future that code on this loop will complete. Owned by the caller. */
Future *loop_create_future(Loop *loop);

/* Whether loop_call_soon() would succeed in this thread now; FALSE with ERROR_INTERNAL. */
gboolean loop_may_call(Loop *loop, GError **error);

/* For objects that must end with the loop (concurrent/task.c): loop_close() calls func(data), unless the
 * guest has left before. The caller provides the storage. */
typedef struct {
    GList link;
    LoopFunc func;
    void *data;
} LoopGuest;

void loop_guest_enter(Loop *loop, LoopGuest *guest, LoopFunc func, void *data);
void loop_guest_leave(Loop *loop, LoopGuest *guest);
