/* The commands of thumbmill, one file each (command_<name>.c), and the table that dispatches to them. */
#pragma once

#include "daemon/exit_code.h"

typedef struct {
    const char *name;
    const char *summary; /* for --help */
    /* argv[0] is the command's name. */
    ExitCode (*run)(int argc, char **argv);
} Command;

ExitCode command_run(int argc, char **argv);
ExitCode command_plan(int argc, char **argv);
ExitCode command_check(int argc, char **argv);

/* Parses a command's options (GOptionEntry entries[]) and prints usage errors itself. FALSE: leave with
 * EXIT_CODE_USAGE. */
struct _GOptionEntry;
int command_parse(int *argc, char ***argv, const struct _GOptionEntry *entries, const char *summary);
