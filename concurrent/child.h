/* The child's side of a process executor (process_executor.h), and of a process with a target (process.h):
 * what the program that is started runs as its main loop.
 *
 *   1. parse argv, nothing else;
 *   2. child_serve(&options, context): runs the initializer once, then a target for each task, until end of
 *      file; or the one target of a process, and no initializer;
 *   3. return its value from main.
 *
 * With a GMainContext, a target may keep its call and complete it later, so many can be in flight. Without
 * one, tasks run one after the other, each complete when its target returns, and the process owns no
 * descriptor but its channel. Targets and calls are those of concurrent/call.h.
 *
 * A child with a context may ask its parent something, and await the answer while others are served. */
#pragma once

#include <glib.h>

#include "concurrent/call.h"
#include "concurrent/future.h"

typedef struct Child Child;

typedef struct {
    /* Runs before the first task, with the executor's initializer arguments. Failing ends the child: the
     * executor reports the error. May be NULL. */
    gboolean (*initializer)(Child *child, GVariant *args, void *data, GError **error);
    /* Runs when the parent has closed the channel. Calls may still be ended in it, to no effect. May be NULL.
     */
    void (*finalizer)(void *data);
    CallTable table; /* its data is that of initializer and finalizer too */
} ChildOptions;

/* Serves until the parent closes the channel. Returns the exit status for main: 0, or 1 if the initializer
 * failed or the parent broke the protocol. In a process with a target: when that has ended its call, 0, or 1
 * if the call failed, with the reason on standard error. */
int child_serve(const ChildOptions *options, GMainContext *context);

/* argv[1] of a child whose executable was NULL (process.h): this program, run once more. */
#define CHILD_MARKER "--concurrent-child"

/* For a program that is its own children's executable; the first thing that main does:
 *
 *   if (child_serve_if_spawned(argc, argv, &options, &status))
 *       return status;
 *
 * TRUE if this process is such a child: it has served, blocking (child_serve() with NULL), until it was done.
 * FALSE, at once, in the program that a person started. */
gboolean child_serve_if_spawned(int argc, char **argv, const ChildOptions *options, int *ret_status);

/* Tells the parent something that belongs to no task, before whatever is answered from now on. value floating
 * is sunk. */
void child_note(Child *child, const char *name, GVariant *value);

/* Asks the parent, whose executor answers (ProcessExecutorOptions.on_ask); value floating is sunk. At most
 * 256 questions of one child may be open at a time: a child that asks more is killed. call: the one of this
 * child that the question is about, which its parent then knows without believing anybody; NULL: none. The
 * future is the caller's, and completes from the child's context with the answer, or fails: as the parent
 * refused; with ERROR_LIMIT if too many are open, or value is too large; with ERROR_CANCELLED when the parent
 * closes the channel; with ERROR_INTERNAL in a child without a context, or with a target. */
Future *child_ask(Child *child, const Call *call, const char *name, GVariant *value);

/* Messages to the parent that it has not read yet: hold back while there are many. */
guint child_backlog(const Child *child);
