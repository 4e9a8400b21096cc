/* The child's side of a process executor (process_executor.h), and of a process with a target (process.h):
 * the main loop of the program that is started.
 *
 *   1. Parse argv, nothing else.
 *   2. Call child_serve(&options, context). It runs the initializer once, then a target for each task, until
 *      end of file; in a process with a target, only that target and no initializer.
 *   3. Return its value from main.
 *
 * With a GMainContext, a target may keep its call and complete it later, so many can be in flight. Without
 * one, tasks run one after the other, each complete when its target returns, and the process owns no
 * descriptor except its channel. Targets and calls are those of concurrent/call.h.
 *
 * A child with a context may ask its parent a question, and await the answer while it serves other tasks. */
#pragma once

#include <glib.h>

#include "concurrent/call.h"
#include "concurrent/future.h"

typedef struct Child Child;

typedef struct {
    /* Runs before the first task, with the executor's initializer arguments. Its failure ends the child, and
     * the executor reports the error. May be NULL. */
    gboolean (*initializer)(Child *child, GVariant *args, void *data, GError **error);
    /* Runs when the parent has closed the channel. Ending calls in it has no effect. May be NULL. */
    void (*finalizer)(void *data);
    CallTable table; /* its data is also passed to initializer and finalizer */
} ChildOptions;

/* Serves until the parent closes the channel. Returns the exit status for main: 0, or 1 if the initializer
 * failed or the parent violated the protocol. A process with a target serves until the target has ended its
 * call, and returns 0, or 1 if the call failed, with the reason on standard error. */
int child_serve(const ChildOptions *options, GMainContext *context);

/* argv[1] of a child whose executable was NULL (process.h): this program, started again. */
#define CHILD_MARKER "--concurrent-child"

/* For a program that is also the executable of its children. Call it first in main:
 *
 *   if (child_serve_if_spawned(argc, argv, &options, &status))
 *       return status;
 *
 * Returns TRUE in such a child, after it has served to its end, blocking (child_serve() with a NULL context).
 * Returns FALSE at once in a program that was started by a person. */
gboolean child_serve_if_spawned(int argc, char **argv, const ChildOptions *options, int *ret_status);

/* Sends the parent a message that belongs to no task. It arrives before all later results. value floating is
 * sunk. */
void child_note(Child *child, const char *name, GVariant *value);

/* Asks the parent, whose executor answers (ProcessExecutorOptions.on_ask). value floating is sunk. At most
 * 256 questions of one child may be open at a time: a child that asks more is killed. call is the call of
 * this child that the question is about, or NULL; the parent identifies it without having to trust the child.
 * The future is the caller's, and completes from the child's context with the answer, or fails: with the
 * parent's error if it refused; with ERROR_LIMIT if too many questions are open, or value is too large; with
 * ERROR_CANCELLED when the parent closes the channel; with ERROR_INTERNAL in a child without a context, or
 * with a target. */
Future *child_ask(Child *child, const Call *call, const char *name, GVariant *value);

/* The number of messages that the parent has not read yet: pause while there are many. */
guint child_backlog(const Child *child);
