/* The commands of thumbmill, one file each (command_<name>.c), and the table that dispatches to them. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "batch/scope.h"
#include "config/model.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/session/key_feed.h"

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
ExitCode command_init(int argc, char **argv);
ExitCode command_check(int argc, char **argv);
ExitCode command_policy(int argc, char **argv);
ExitCode command_doctor(int argc, char **argv);
ExitCode command_gc(int argc, char **argv);
ExitCode command_verify(int argc, char **argv);
ExitCode command_failures(int argc, char **argv);
ExitCode command_history(int argc, char **argv);
ExitCode command_completion(int argc, char **argv);

/* The i-th command of the table, without those that send a request to a daemon; NULL after the last one. */
const Command *command_at(guint i);

/* All commands that send a request to a daemon: argv[0] says which. */
ExitCode command_control(int argc, char **argv);

/* `plan` of a pass, which `run --dry-run` is, too. */
typedef struct {
    const GPtrArray *jobs; /* of Config */
    const Scope *scope;
    KeyFeed *keys;          /* see SessionOptions */
    char *const *remake;    /* of remake_option_parse() */
    gint64 max_duration_ms; /* see SessionOptions */
    gboolean with_keys;
    gboolean as_json;
    const char *report_path; /* may be NULL */
} PlanOptions;

ExitCode command_plan_pass(const PlanOptions *options);

/* Helpers of the commands. Each prints its own errors; the command must then exit with EXIT_CODE_USAGE. */

/* Parses a command's options. Errors: an option that takes one value is given twice; an argument is not an
 * option, unless entries have a G_OPTION_REMAINING. Answers --help, and exits. */
gboolean command_parse(int *argc, char ***argv, const GOptionEntry *entries, const char *summary);

/* Calls func with the options of a command, which is not performed. */
typedef void (*CommandOptionsFunc)(const GOptionEntry *entries, void *data);
void command_show_options(ExitCode (*run)(int argc, char **argv), const char *name, CommandOptionsFunc func,
                          void *data);

/* Whether the file named by the option can be written (output_file_check()): checked before the work, not
 * after it. */
gboolean command_can_make(const char *option, const char *path);

/* Writes the reports of the jobs (of RunReport) to the path, which may be NULL, and returns the exit code
 * of the command: a report that cannot be written is logged, and no success. */
ExitCode command_end(const GPtrArray *reports, const char *report_path);
