/* What a process executor, or a process with a target, and their children say to each other: the tables
 * behind worker.c, process.c and child.c. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "ipc/message.h"

enum {
    WIRE_INIT,        /* down: the initializer's arguments, the time limit of tasks and of silence in us
                       * (0: none); with it, the memory of a WireMemory */
    WIRE_TASKS,       /* down: WIRE_TASK_TYPE each; one that has descriptors travels alone */
    WIRE_CANCEL,      /* down: the number of a task that nobody wants any more */
    WIRE_RUN,         /* down, in place of all the others: the one target to run, its arguments */
    WIRE_ANSWER,      /* down: a question's number, the answer */
    WIRE_REFUSAL,     /* down: a question's number, error class, text */
    WIRE_READY,       /* up: initialised, tasks may come */
    WIRE_INIT_FAILED, /* up: error class, text */
    WIRE_DONE,        /* up: task number, result */
    WIRE_FAILED,      /* up: task number, error class, text */
    WIRE_NOTE,        /* up: something that belongs to no task: name, value */
    WIRE_ASK,         /* up: a question's number, that of the task that it is about (0: none), name, value */
};

/* Task number, whether its arguments are an array with the items of a chunk, target's name, arguments. */
#define WIRE_TASK_TYPE "(tbsv)"

/* Memory that a child shares with its parent. Words and not messages: they cost no system call, and are there
 * when the child is not any more. The parent believes them no more than anything else that a child says. */
typedef struct {
    _Atomic guint64 begun; /* the child: the task that it has begun last, 0 before the first. When it dies,
                            * that is the one to blame; those behind it never began */
    _Atomic guint64 beats; /* the child: counted up while its event loop turns, see concurrent/pulse.h */
    _Atomic guint64 cancelled; /* the parent: the task that it gave up last */
} WireMemory;

extern const Protocol wire_protocol;

/* The parent's side: memory for one child, mapped here (wire_memory_unmap()), and its descriptor for the
 * child, the caller's. NULL with class ERROR_INTERNAL; what: for the text. */
WireMemory *wire_memory_new(const char *what, int *ret_fd, GError **error);

/* The child's side; fd stays the caller's. NULL if it is no such memory. */
WireMemory *wire_memory_map(int fd);

/* NULL is allowed. */
void wire_memory_unmap(WireMemory *memory);
