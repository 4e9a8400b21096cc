/* An executor whose tasks run in child processes (concurrent/child.h is their side), on a GMainContext and
 * without a thread of its own. The vocabulary is Python's ProcessPoolExecutor and multiprocessing.Pool, with
 * one difference on purpose: where one dead child breaks Python's whole pool, here only what that child was
 * running fails, with class ERROR_CRASH, and the child is replaced.
 *
 * What "was running" means: of a child that takes one task at a time (concurrent = FALSE) the one that it had
 * begun and not answered; those behind it go to another child, and no task is begun twice. Of a child with
 * many in flight (concurrent = TRUE) all of them.
 *
 * A child that is killed and does not end, since it waits for a dead file system or device, is left behind
 * after some seconds: it counts as dead. Limits of time do not count what this process could not see
 * (base/patience.h).
 *
 * Children are daemons: they end with this process, however it ends. */
#pragma once

#include <glib.h>

#include "concurrent/executor.h"
#include "concurrent/process.h"

typedef struct ProcessExecutor ProcessExecutor;

typedef enum {
    CHILD_STARTED, /* a process runs */
    CHILD_READY,   /* its initializer succeeded */
    CHILD_ENDED,   /* as it should: recycled or shut down */
    CHILD_DIED,    /* as it should not; text is the obituary: "imager (pid 812) was killed by SIGSEGV" */
} ChildEvent;

typedef struct {
    const char *name;        /* for people and obituaries: "worker" */
    const char *executable;  /* absolute path of a program that calls child_serve(); NULL: this program, which
                              * calls child_serve_if_spawned() */
    const char *const *args; /* as in ProcessOptions, as are env and stdio */
    const char *const *env;
    ProcessStdio stdio;

    guint max_workers;         /* children at most, at least 1 */
    guint tasks_in_flight;     /* handed to a child before it has answered, at least 1 */
    gboolean concurrent;       /* children work on all of theirs at once */
    guint max_tasks_per_child; /* then it is replaced by a fresh one; 0: never */
    gint64 task_timeout_us;    /* hard limit for a task in a child: the child is killed, the task fails with
                                * ERROR_LIMIT. 0: none. Counted from when the task became the oldest of its child
                                * (one at a time) or was handed to it (concurrent) */
    gint64 heartbeat_us; /* hard limit for the silence of a child with a context: one whose event loop does
                          * not turn for so long, and that does not call beat(), is killed. 0: none */
    guint64 max_memory_bytes;    /* resident, looked at when a task ends: a child above it is replaced when it
                                  * has    done what it has; 0: none */
    guint64 address_space_bytes; /* hard: RLIMIT_AS of each child; 0: none */
    guint32 failure_classes;     /* a set of ERROR_BIT()s that a child's failures may have, others become
                                  * ERROR_INTERNAL; 0: all */
    gsize max_failure_bytes;    /* a longer text of a child's failure is cut, and made one line; 0: none is */
    guint notes_per_s;          /* hard: a child that sends more, on average over some seconds, is killed;
                                 * 0: any number */
    guint max_refusals;         /* hard: a child of whose questions so many were refused is killed; 0: any
                                 * number */
    GVariant *initializer_args; /* handed to each child's initializer; NULL: () */

    /* What happens to children, for whoever counts or logs. May be NULL. */
    void (*on_child)(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data);
    /* A child_note() arrived. May be NULL. */
    void (*on_note)(ProcessExecutor *executor, const char *name, GVariant *value, void *data);
    /* A child asks (child_ask()), and is answered with what this returns, at once: floating is sunk, a
     * reference taken; or NULL with *error set, by which it is refused: an unknown name too. task: what it
     * asks about, for comparing; NULL: none of those that this child has, whatever it claims. Must not free
     * the executor. NULL: everything is refused with ERROR_INTERNAL. */
    GVariant *(*on_ask)(ProcessExecutor *executor, const Future *task, const char *name, GVariant *value,
                        void *data, GError **error);
    void *data;
} ProcessExecutorOptions;

typedef enum { CHILD_STARTING, CHILD_IDLE, CHILD_BUSY, CHILD_ENDING } ChildState;

/* One child, as process_executor_status() lists it. */
typedef struct {
    pid_t pid;
    ChildState state;
    guint slot;           /* its place, from 0: a replacement takes that of its predecessor */
    guint restarts;       /* children that this place had before */
    guint tasks_done;     /* answered, with a result or an error */
    guint tasks_held;     /* handed over and not answered */
    const Future *task;   /* the oldest of these, for comparing; NULL: none */
    gint64 task_us;       /* since it was begun, or (concurrent) handed over; 0: none, or not begun */
    gint64 age_us;        /* since its start */
    guint64 memory_bytes; /* resident; 0 if it has just ended */
} ChildStatus;

/* Copies the options and starts all children at once. A child that dies or fails before it has answered
 * anything is replaced at once, and after a growing pause when that happens again; after a few such failures
 * in a row, the executor is broken: every task, also each submitted later, fails with the reason, and class
 * ERROR_CONFIG or ERROR_INTERNAL. An initializer that fails with ERROR_CONFIG before that of any child has
 * succeeded breaks it at once. */
ProcessExecutor *process_executor_new(const ProcessExecutorOptions *options, GMainContext *context);

/* The same object behind the common interface. */
Executor *process_executor_base(ProcessExecutor *executor);

/* The children as they are now: an array of ChildStatus, owned by the caller (g_array_unref). */
GArray *process_executor_status(const ProcessExecutor *executor);

/* Has so many children from now on, at least 1. Those that are lacking are started at once. The places from
 * max_workers on are given up: their children get nothing more, finish what they have, and end. */
void process_executor_scale(ProcessExecutor *executor, guint max_workers);

/* Replaces all children by fresh ones: those that there are get nothing more, finish what they have, and end.
 */
void process_executor_recycle(ProcessExecutor *executor);

/* Ends one child with what it has in hand, as if it died: SIGTERM, and SIGKILL if that is not enough. It is
 * replaced, and its death is no failed start. FALSE: no child has this pid. */
gboolean process_executor_terminate(ProcessExecutor *executor, pid_t pid);

/* Kills one child that hangs, as if it died: by SIGKILL at once. Else the same. */
gboolean process_executor_kill(ProcessExecutor *executor, pid_t pid);

/* Why it is broken (it stays so), or NULL. */
const GError *process_executor_broken(const ProcessExecutor *executor);
