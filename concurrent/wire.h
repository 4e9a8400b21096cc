/* What a process executor and its children say to each other: the table behind process_executor.c and
 * child.c. */
#pragma once

#include "ipc/message.h"

enum {
    WIRE_INIT,        /* down: the initializer's arguments */
    WIRE_TASK,        /* down: task number, target's name, its arguments */
    WIRE_READY,       /* up: initialised, tasks may come */
    WIRE_INIT_FAILED, /* up: error class, text */
    WIRE_DONE,        /* up: task number, result */
    WIRE_FAILED,      /* up: task number, error class, text */
    WIRE_NOTE,        /* up: something that belongs to no task: name, value */
};

extern const Protocol wire_protocol;
