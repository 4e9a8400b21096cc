#include "concurrent/wire.h"

#include "base/limits.h"

static const MessageSpec specs[] = {
    [WIRE_INIT] = {"init", MESSAGE_DOWN, "(v)", 1},
    [WIRE_TASKS] = {"tasks", MESSAGE_DOWN, "(a" WIRE_TASK_TYPE ")", LIMIT_MESSAGE_FDS},
    [WIRE_READY] = {"ready", MESSAGE_UP, "()", 0},
    [WIRE_INIT_FAILED] = {"init-failed", MESSAGE_UP, "(is)", 0},
    [WIRE_DONE] = {"done", MESSAGE_UP, "(tv)", LIMIT_MESSAGE_FDS},
    [WIRE_FAILED] = {"failed", MESSAGE_UP, "(tis)", 0},
    [WIRE_NOTE] = {"note", MESSAGE_UP, "(sv)", 0},
};

const Protocol wire_protocol = {"executor", specs, G_N_ELEMENTS(specs)};
