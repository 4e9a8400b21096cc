#include "daemon/service/control_commands.h"

#include <string.h>

static const ControlCommand commands[CONTROL_COMMANDS] = {
    {CONTROL_STATUS, "status", NULL, "show the state of a daemon, its progress and its next pass",
     "Shows the state of a daemon, its progress and its next pass."},
    {CONTROL_WORKERS, "workers", NULL, "show what each worker of a daemon is doing",
     "Shows the workers of a daemon's pass and what each is doing."},
    {CONTROL_SCALE, "scale", "N", "set the number of workers of a daemon",
     "Sets the number of workers of a daemon, until the next reload."},
    {CONTROL_TERMINATE, "terminate", "PID", "terminate a worker of a daemon; a new one takes its place",
     "Terminates a worker of a daemon, or its supervisor; a new one takes its place."},
    {CONTROL_RELOAD, "reload", NULL, "make a daemon read its configuration again",
     "Makes a daemon read its configuration again."},
    {CONTROL_DRAIN, "drain", NULL, "make a daemon finish the objects in flight, and wait",
     "Makes a daemon finish the objects in flight, and start nothing new until `resume`."},
    {CONTROL_RESUME, "resume", NULL, "make a drained daemon continue", "Makes a drained daemon continue."},
    {CONTROL_STOP, "stop", NULL, "make a daemon finish the objects in flight, and exit",
     "Makes a daemon finish the objects in flight, and exit."},
    {CONTROL_RUN_NOW, "run-now", NULL, "make a daemon start a pass as soon as possible",
     "Makes a daemon start a pass as soon as possible."},
    {CONTROL_LOG_LEVEL, "log-level", "LEVEL", "set the log level of a daemon",
     "Sets the log level of a daemon: debug, info, warning or error."},
};

const ControlCommand *control_command_at(guint i)
{
    return &commands[i];
}

const ControlCommand *control_command_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
