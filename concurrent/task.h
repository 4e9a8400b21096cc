/* Tasks: coroutines that run on a loop and await futures, so that what happens in many callbacks reads from
 * top to bottom. The verbs are Python's asyncio: a task runs until it awaits something that is not done, and
 * then the loop serves others; there is no other point at which it can be interrupted.
 *
 * All of it belongs in the thread that runs the loop. A task's stack is COROUTINE_STACK_BYTES
 * (concurrent/coroutine.h): no large arrays. future_result() of a future that the loop completes would run
 * the loop inside the task; await() is what is meant.
 *
 * Cancelling is a request: it is seen at the task's next await, which fails with ERROR_CANCELLED, once. The
 * task cleans up (it may await further) and returns that error; then its future is cancelled. A task that
 * returns a result all the same has succeeded. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "concurrent/loop.h"

/* The body of a task, on its own stack. Its result, which is taken (floating, or a reference that it gives
 * away: what await() returns is not its own); NULL without an error stands for (). Or NULL with *error set:
 * its failure; of class ERROR_CANCELLED, the future is cancelled. */
typedef GVariant *(*TaskFunc)(void *arg, GError **error);

/* A task that begins in the loop's next round (loop NULL: loop_get()). arg is the caller's, and must live
 * until the task is done. The future, which runs from the beginning of the task to its end, is the caller's;
 * to drop it does not stop the task. future_cancel() works before the task began, task_cancel() at any time.
 * If the task cannot begin (closed loop, wrong thread, no memory for a stack), the future fails with
 * ERROR_INTERNAL. */
Future *task_new(Loop *loop, TaskFunc func, void *arg);

/* Asks for the end of a task. What it awaits is cancelled too, if that is a task, a gather() or a future that
 * has not begun; if that has begun, the task gives up waiting for it. TRUE unless the task is done (or the
 * future is none of a task of this thread). */
gboolean task_cancel(Future *future);

/* The future of the task that calls this, owned by the task; NULL outside of tasks. */
Future *task_current(void);

/* Returns when the future is done, at once if it is already; the loop serves others meanwhile. Its result,
 * owned by the future; or NULL with *error set: its failure; ERROR_CANCELLED if it, or the task that calls
 * this, was cancelled, or the loop is being closed; ERROR_INTERNAL outside of a task, or for a task's own
 * future. */
GVariant *await(Future *future, GError **error);

/* Awaits at most this long. When the time is over, the future is cancelled as by task_cancel(), waited for no
 * longer, and *error is ERROR_TRANSIENT. */
GVariant *await_timeout(Future *future, gint64 timeout_us, GError **error);

/* Returns after this time; 0 lets the others run for one round. FALSE with *error set as from await(). */
gboolean task_sleep(gint64 duration_us, GError **error);

/* A task on loop_get() whose result is all their results in order, as "av". The first failure is its failure,
 * at once, and the others go on. task_cancel() asks each of them to end, and it is cancelled when all have.
 * The futures, of which one may be given twice, are referenced; the task's future is the caller's. */
Future *gather(Future *const *futures, guint n);
