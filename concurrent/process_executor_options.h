/* The options of a process executor, and the status of its children. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "concurrent/process.h"

typedef struct ProcessExecutor ProcessExecutor;

typedef enum {
    CHILD_STARTED, /* its process was started */
    CHILD_READY,   /* its initializer succeeded */
    CHILD_ENDED,   /* as expected: recycled or shut down */
    CHILD_DIED,    /* unexpectedly; text is the obituary: "imager (pid 812) was killed by SIGSEGV" */
} ChildEvent;

typedef struct {
    const char *name;        /* for people and obituaries, such as "worker" */
    const char *executable;  /* absolute path of a program that calls child_serve(); NULL for this program,
                              * which calls child_serve_if_spawned() */
    const char *const *args; /* args, env and stdio are as in ProcessOptions */
    const char *const *env;
    ProcessStdio stdio;

    guint max_workers;         /* the most children, at least 1 */
    guint tasks_in_flight;     /* the most unanswered tasks of a child, at least 1 */
    gboolean concurrent;       /* children run all of their tasks at once */
    guint max_tasks_per_child; /* a child is replaced after this many tasks; 0 for never */
    gint64 task_timeout_us;    /* hard limit for a task in a child: the child is killed, the task fails with
                                * ERROR_LIMIT. 0 for none. Counted from when the task became the oldest of its
                                * child (one at a time) or was sent to it (concurrent) */
    gint64 heartbeat_us; /* hard limit for the silence of a child with a context: the child is killed if its
                          * event loop does not iterate for this long, and it does not call beat(). 0 for
                          * none */
    guint64 max_memory_bytes;    /* resident, checked when a task ends: a child above it is replaced when it
                                  * has finished its tasks; 0 for none */
    guint64 address_space_bytes; /* hard: RLIMIT_AS of each child; 0 for none */
    gboolean expendable;         /* as in ProcessOptions */
    gboolean own_session;        /* as in ProcessOptions */
    guint32 failure_classes;     /* the set of ERROR_BIT()s that a child's failures may have, others become
                                  * ERROR_INTERNAL; 0 for all */
    gsize max_failure_bytes;     /* a longer text of a child's failure is cut, and made one line; 0 for no
                                  * limit */
    guint notes_per_s;           /* hard: a child that sends more, on average over some seconds, is killed; 0
                                  * for no limit */
    guint max_refusals;          /* hard: a child is killed after this many of its questions were refused; 0
                                  * for no limit */
    GVariant *initializer_args;  /* passed to each child's initializer; NULL for () */

    /* Reports events of children, for counters and logs. May be NULL. */
    void (*on_child)(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                     void *data);
    /* A child_note() arrived. May be NULL. */
    void (*on_note)(ProcessExecutor *executor, const char *name, GVariant *value, void *data);
    /* Answers a question of a child (child_ask()) at once: returns the answer (floating is sunk, a reference
     * taken), or NULL with *error set to refuse it, also for an unknown name. task is the one that the
     * question is about, for comparing only; it is NULL if it is not a task of this child, whatever the child
     * claims. Must not free the executor. May be NULL: all questions are then refused with ERROR_INTERNAL. */
    GVariant *(*on_ask)(ProcessExecutor *executor, const Future *task, const char *name, GVariant *value,
                        void *data, GError **error);
    void *data;
} ProcessExecutorOptions;

typedef enum { CHILD_STARTING, CHILD_IDLE, CHILD_BUSY, CHILD_ENDING } ChildState;

/* One child, as listed by process_executor_status(). */
typedef struct {
    pid_t pid;
    ChildState state;
    guint slot;           /* from 0; a replacement takes its predecessor's slot */
    guint restarts;       /* number of children that the slot had before */
    guint tasks_done;     /* answered, with a result or an error */
    guint tasks_held;     /* sent and not answered */
    const Future *task;   /* the oldest of these, for comparing only; may be NULL */
    gint64 task_us;       /* since it was begun, or (concurrent) sent; 0 if there is none or it has not
                           * begun */
    gint64 age_us;        /* since its start */
    guint64 memory_bytes; /* resident; 0 if it has just ended */
} ChildStatus;
