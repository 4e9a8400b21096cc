/* The messages between a process executor, or a process with a target, and their children: the tables for
 * worker.c, process.c and child.c. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "ipc/message.h"

enum {
    WIRE_INIT,        /* down: the initializer's arguments, the time limits of tasks and of silence in us (0
                       * for none); with the descriptor of a WireMemory */
    WIRE_TASKS,       /* down: WIRE_TASK_TYPE each; a task with descriptors is sent alone */
    WIRE_CANCEL,      /* down: the number of a task whose result is no longer needed */
    WIRE_RUN,         /* down, instead of all others: the one target to run, its arguments */
    WIRE_ANSWER,      /* down: a question's number, the answer */
    WIRE_REFUSAL,     /* down: a question's number, error class, text */
    WIRE_READY,       /* up: initialised, ready for tasks */
    WIRE_INIT_FAILED, /* up: error class, text */
    WIRE_DONE,        /* up: task number, result */
    WIRE_FAILED,      /* up: task number, error class, text */
    WIRE_NOTE,        /* up: belongs to no task: name, value */
    WIRE_ASK,         /* up: a question's number, the number of the task that it is about (or 0), name,
                       * value */
};

/* Task number, whether the arguments are an array with the items of a chunk, target's name, arguments. */
#define WIRE_TASK_TYPE "(tbsv)"

/* Memory that a child shares with its parent. Unlike messages, its words cost no system call, and can be read
 * after the child's death. The parent trusts them no more than the child's messages. */
typedef struct {
    _Atomic guint64 begun; /* written by the child: the task that it has begun last, 0 before the first. When
                            * the child dies, that task is to blame; later ones never began */
    _Atomic guint64 beats; /* written by the child: incremented while its event loop runs, see
                            * concurrent/pulse.h */
    _Atomic guint64 cancelled; /* written by the parent: the task that was cancelled last */
} WireMemory;

extern const Protocol wire_protocol;

/* The parent's side: makes memory for one child, mapped here (wire_memory_unmap()), and its descriptor for
 * the child, owned by the caller. NULL with class ERROR_INTERNAL; what is for the error text. */
WireMemory *wire_memory_new(const char *what, int *ret_fd, GError **error);

/* The child's side. fd is borrowed. NULL if it is not such memory. */
WireMemory *wire_memory_map(int fd);

/* memory may be NULL. */
void wire_memory_unmap(WireMemory *memory);
