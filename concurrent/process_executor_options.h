/* What a process executor is started with, and says of its children. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
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
    gboolean expendable;         /* as in ProcessOptions */
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
