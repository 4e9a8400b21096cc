/* The commands that an operator can send to a daemon, with their texts: one table for both ends of the control
 * socket and for the help. Used by the main process. Pure. */
#pragma once

#include <glib.h>

typedef enum {
    CONTROL_STATUS,
    CONTROL_WORKERS,
    CONTROL_SCALE,
    CONTROL_TERMINATE,
    CONTROL_RELOAD,
    CONTROL_DRAIN,
    CONTROL_RESUME,
    CONTROL_STOP,
    CONTROL_RUN_NOW,
    CONTROL_LOG_LEVEL,
} ControlCommandId;

#define CONTROL_COMMANDS (CONTROL_LOG_LEVEL + 1)

typedef struct {
    ControlCommandId id;
    const char *name;
    const char *value;   /* its argument, for the help; NULL if it takes none */
    const char *summary; /* for the list of all commands */
    const char *help;    /* for its own --help */
} ControlCommand;

/* The i-th command, below CONTROL_COMMANDS. */
const ControlCommand *control_command_at(guint i);

/* The command with this name, or NULL. */
const ControlCommand *control_command_find(const char *name);
