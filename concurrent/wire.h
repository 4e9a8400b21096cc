/* What a process executor and its children say to each other: the table behind worker.c and child.c. */
#pragma once

#include <stdatomic.h>

#include "ipc/message.h"

enum {
    WIRE_INIT,        /* down: the initializer's arguments; with it, the memory of a WireMark */
    WIRE_TASKS,       /* down: WIRE_TASK_TYPE each; one that has descriptors travels alone */
    WIRE_READY,       /* up: initialised, tasks may come */
    WIRE_INIT_FAILED, /* up: error class, text */
    WIRE_DONE,        /* up: task number, result */
    WIRE_FAILED,      /* up: task number, error class, text */
    WIRE_NOTE,        /* up: something that belongs to no task: name, value */
};

/* Task number, whether its arguments are an array with the items of a chunk, target's name, arguments. */
#define WIRE_TASK_TYPE "(tbsv)"

/* Memory that a child shares with its parent: which task it has begun last, 0 before the first. When the
 * child dies, that is the one to blame; those behind it never began. A word and not a message: it costs no
 * system call. The parent believes it no more than anything else that a child says (worker.c). */
typedef struct {
    _Atomic guint64 begun;
} WireMark;

extern const Protocol wire_protocol;
