/* The child's side of a process executor: what the program that an executor starts runs as its main loop.
 *
 *   1. parse argv, nothing else;
 *   2. child_serve(&options, context): runs the initializer once, then a target for each task, until end of
 * file;
 *   3. return its value from main.
 *
 * With a GMainContext, a target may keep its call and complete it later, so many can be in flight. Without
 * one, tasks run one after the other, each complete when its target returns, and the process owns no
 * descriptor but its channel. */
#pragma once

#include <glib.h>

#include "ipc/fd_list.h"

typedef struct Child Child;
typedef struct ChildCall ChildCall; /* one task, as the child sees it */

/* args has the target's type. What it steals from fds is its own. It must end each call exactly once. */
typedef void (*TargetFunc)(ChildCall *call, GVariant *args, FdList *fds, void *data);

typedef struct {
    const char *name;
    const char *args_type; /* of the arguments, a GVariant type string */
    TargetFunc func;
} Target;

typedef struct {
    /* Runs before the first task, with the executor's initializer arguments. Failing ends the child: the
     * executor reports the error. May be NULL. */
    gboolean (*initializer)(Child *child, GVariant *args, void *data, GError **error);
    /* Runs when the parent has closed the channel. Calls may still be ended in it, to no effect. May be NULL.
     */
    void (*finalizer)(void *data);
    const Target *targets;
    guint n_targets;
    void *data;
} ChildOptions;

/* Serves until the parent closes the channel. Returns the exit status for main: 0, or 1 if the initializer
 * failed or the parent broke the protocol. */
int child_serve(const ChildOptions *options, GMainContext *context);

/* argv[1] of a child whose executable was NULL (process.h): this program, run once more. */
#define CHILD_MARKER "--concurrent-child"

/* For a program that is its own children's executable; the first thing that main does:
 *
 *   if (child_serve_if_spawned(argc, argv, &options, &status))
 *       return status;
 *
 * TRUE if this process is such a child: it has served, blocking (child_serve() with NULL), until its parent
 * closed the channel. FALSE, at once, in the program that a person started. */
gboolean child_serve_if_spawned(int argc, char **argv, const ChildOptions *options, int *ret_status);

/* Ends a call: with a result (floating is sunk; fds taken, may be NULL), or with an error, which is taken. */
void child_call_return(ChildCall *call, GVariant *result, FdList *fds);
void child_call_fail(ChildCall *call, GError *error);

/* Tells the parent something that belongs to no task. value floating is sunk. */
void child_note(Child *child, const char *name, GVariant *value);

/* Messages to the parent that it has not read yet: hold back while there are many. */
guint child_backlog(const Child *child);
