/* Tasks: coroutines that run on a loop and await futures, so that code which would need many callbacks reads
 * from top to bottom. The operations are those of Python's asyncio: a task runs until it awaits a future that
 * is not done, and then the loop serves others; it can be interrupted at no other point.
 *
 * All functions must be called in the thread that runs the loop. A task's stack is COROUTINE_STACK_BYTES
 * (concurrent/coroutine.h): no large arrays. Use await() and not future_result(), which would run the loop
 * inside the task if the loop completes the future.
 *
 * Cancelling is a request: the task's next await fails with ERROR_CANCELLED, once. The task cleans up (it may
 * await further) and returns that error; then its future is cancelled. A task that returns a result
 * nevertheless has succeeded. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "concurrent/loop.h"

/* The body of a task, on its own stack. Returns its result, of which ownership is taken (floating, or a
 * reference; the result of await() is not owned by the task); NULL without an error stands for (). Returns
 * NULL with *error set to fail; with class ERROR_CANCELLED the future is cancelled. */
typedef GVariant *(*TaskFunc)(void *arg, GError **error);

/* Makes a task that begins in the loop's next round (loop NULL: loop_get()). arg is the caller's, and must
 * live until the task is done. The future, which is running from the beginning of the task to its end, is the
 * caller's; dropping it does not stop the task. future_cancel() works before the task began, task_cancel() at
 * any time. If the task cannot begin (closed loop, wrong thread, no memory for a stack), the future fails
 * with ERROR_INTERNAL. */
Future *task_new(Loop *loop, TaskFunc func, void *arg);

/* Requests the end of a task. The awaited future is cancelled too, if it is a task, a gather() or has not
 * begun; if it has begun, the task stops waiting for it. TRUE unless the task is done (or the future does not
 * belong to a task of this thread). */
gboolean task_cancel(Future *future);

/* The future of the current task, owned by the task; NULL outside of tasks. */
Future *task_current(void);

/* Returns when the future is done, at once if it is already; the loop serves others meanwhile. Returns its
 * result, owned by the future; or NULL with *error set: its failure; ERROR_CANCELLED if it, or the current
 * task, was cancelled, or the loop is being closed; ERROR_INTERNAL outside of a task, or for a task's own
 * future. */
GVariant *await(Future *future, GError **error);

/* Awaits for at most this time. After a timeout, the future is cancelled as by task_cancel() and no longer
 * awaited, and *error is ERROR_TRANSIENT. */
GVariant *await_timeout(Future *future, gint64 timeout_us, GError **error);

/* Returns after this time; 0 serves others for one round. FALSE with *error set as from await(). */
gboolean task_sleep(gint64 duration_us, GError **error);

/* Makes a task on loop_get() whose result is the results of all futures in order, as "av". The first failure
 * is its failure, at once, and the other futures continue. task_cancel() cancels each of them, and the gather
 * is cancelled when all have ended. The futures, which may occur twice, are referenced; the task's future is
 * the caller's. */
Future *gather(Future *const *futures, guint n);
