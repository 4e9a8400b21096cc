/* The commands of thumbmill, one file each (command_<name>.c), and the table that dispatches to them. */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/protocol/exit_code.h"

typedef struct {
    const char *name;
    const char *summary; /* for --help */
    /* argv[0] is the command's name. */
    ExitCode (*run)(int argc, char **argv);
} Command;

ExitCode command_run(int argc, char **argv);
ExitCode command_daemon(int argc, char **argv);
ExitCode command_plan(int argc, char **argv);
ExitCode command_preview(int argc, char **argv);
ExitCode command_check(int argc, char **argv);
ExitCode command_doctor(int argc, char **argv);
ExitCode command_failures(int argc, char **argv);
ExitCode command_history(int argc, char **argv);

/* All that talk to a daemon: argv[0] says which. */
ExitCode command_control(int argc, char **argv);

/* What commands share. Each prints what is wrong itself, and then the command is to leave with
 * EXIT_CODE_USAGE. */

/* Parses a command's options. An error: an option that takes one value and is given twice; what is no option,
 * unless entries have a G_OPTION_REMAINING. --help is answered, and the process ends. */
gboolean command_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *summary);

/* The configuration of -c; path is NULL if that is missing. */
Config *command_load_config(const char *path);

/* Whether this machine can encode what the configuration wants (daemon/session/encoders.h). FALSE after
 * saying what it cannot. */
gboolean command_can_encode(const Config *config);

/* Whether the file that option names may be written (output_file_check()): asked before the work, not after
 * it. */
gboolean command_can_make(const char *option, const char *path);
