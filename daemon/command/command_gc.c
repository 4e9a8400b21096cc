/* thumbmill gc: deletes the outputs whose original is gone. A pass that makes nothing. */
#include <glib.h>

#include "base/error.h"
#include "base/log.h"
#include "batch/key_order.h"
#include "config/config.h"
#include "config/deletion_limit.h"
#include "daemon/command/commands.h"
#include "daemon/command/job_runs.h"
#include "daemon/options/job_options.h"
#include "daemon/options/log_options.h"
#include "daemon/options/scope_options.h"
#include "daemon/session/session.h"
#include "daemon/state/run_lock.h"
#include "daemon/state/state_files.h"

typedef struct {
    char *config_path;
    GStrv jobs; /* their names, or NULL for all */
    char *max_delete;
    char *report_path;
    char *log_format;
    char *log_level;
    ScopeOptions scope;
    gboolean dry_run;
} GcOptions;

static void print_key(const char *source_key, const char *output_key, void *data)
{
    (void)source_key;
    (void)data;
    g_print("%s\n", output_key);
}

/* "3 without thumbmill's metadata": nothing if the number is 0. */
static void print_rest(guint64 number, const char *what)
{
    if (number > 0)
        g_printerr("%" G_GUINT64_FORMAT " %s\n", number, what);
}

static void print_summary(const RunReport *report)
{
    g_printerr("%" G_GUINT64_FORMAT " originals, %" G_GUINT64_FORMAT
               " outputs without an original: %" G_GUINT64_FORMAT " %s\n",
               report->objects.listed, report->orphans.found, report->orphans.deleted,
               report->dry_run ? "to delete" : "deleted");
    scope_options_tell(report, g_printerr);
    print_rest(report->orphans.resting, "kept: not yet without an original for destination.orphan_grace");
    print_rest(report->orphans.foreign, "kept: without thumbmill's metadata");
    print_rest(report->orphans.kept, "kept: the original has come back, or the output has changed");
    print_rest(report->orphans.refused, "kept: see the warning above");
    print_rest(report->orphans.failed, "failed: see the warnings above");
}

typedef struct {
    const GcOptions *options;
    const Scope *scope;
} Gc;

/* data: a Gc. */
static RunReport *collect(JobRun *run, const void *data)
{
    const Gc *gc = data;
    const SessionOptions session = {.config = run->config,
                                    .scope = *gc->scope,
                                    .dry_run = gc->options->dry_run,
                                    .is_collection = TRUE,
                                    .max_delete = gc->options->max_delete,
                                    .on_plan = print_key,
                                    .ret_is_over = &run->is_over};
    RunReport *report = session_run(&session);

    if (report->error == NULL)
        print_summary(report);
    return report;
}

/* FALSE after printing the error. */
static gboolean check_options(const GcOptions *options)
{
    DeletionLimit limit;

    if (options->max_delete == NULL || deletion_limit_parse(options->max_delete, &limit))
        return TRUE;
    g_printerr("thumbmill gc: --max-delete is a number such as 1000, or a share such as 10%%, not '%s'\n",
               options->max_delete);
    return FALSE;
}

/* FALSE after printing the error. */
static gboolean check_config(const Config *config)
{
    g_autofree char *ledger = state_ledger(config, g_getenv(STATE_VARIABLE));
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);

    if (config->destination.provenance == CONFIG_PROVENANCE_NONE)
        g_printerr("thumbmill gc: with destination.provenance: none it is unknown which objects are "
                   "thumbmill's\n");
    else if (ledger == NULL)
        g_printerr(
            "thumbmill gc: set state_directory: since when an output is an orphan is recorded there\n");
    else if (order == NULL)
        g_printerr("thumbmill gc: %s\n", reason);
    else
        return TRUE;
    return FALSE;
}

static ExitCode gc_with(const GcOptions *options)
{
    g_autoptr(GPtrArray) jobs = NULL;
    g_auto(Scope) scope = {0};

    if (!options->dry_run)
        session_hold_signals();
    if (!log_options_apply(options->log_format, options->log_level, LOG_WARNING) || !check_options(options) ||
        !scope_options_apply("gc", &options->scope, &scope))
        return EXIT_CODE_USAGE;
    jobs = job_options_load(options->config_path, options->jobs);
    if (jobs == NULL)
        return EXIT_CODE_USAGE;
    for (guint i = 0; i < jobs->len; i++) {
        if (!check_config(jobs->pdata[i]))
            return EXIT_CODE_USAGE;
    }
    if (options->report_path != NULL && !command_can_make("--report", options->report_path))
        return EXIT_CODE_USAGE;
    return job_runs_perform(&(JobRuns){.jobs = jobs,
                                       .needs_lock = !options->dry_run,
                                       .lock = RUN_LOCK_WANTED,
                                       .report_path = options->report_path,
                                       .has_heads = TRUE,
                                       .run = collect,
                                       .data = &(Gc){options, &scope}});
}

ExitCode command_gc(int argc, char **argv)
{
    GcOptions o = {0};
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config_path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(o.jobs),
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &o.dry_run,
         "Print the keys that would be deleted; delete nothing", NULL},
        SCOPE_OPTION_ENTRIES(o.scope),
        {"max-delete", 0, 0, G_OPTION_ARG_STRING, &o.max_delete,
         "Instead of destination.max_delete: a number of objects, or a share such as 10%", "N"},
        {"report", 0, 0, G_OPTION_ARG_FILENAME, &o.report_path,
         "Write a JSON report when done; - for standard output", "FILE"},
        {"log-format", 0, 0, G_OPTION_ARG_STRING, &o.log_format, "text or json, on standard error", "FORMAT"},
        {"log-level", 0, 0, G_OPTION_ARG_STRING, &o.log_level, "debug, info, warning (default) or error",
         "LEVEL"},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;

    if (command_parse(&argc, &argv, entries, "Deletes outputs whose original is gone, then exits."))
        code = gc_with(&o);
    g_free(o.config_path);
    g_strfreev(o.jobs);
    g_free(o.max_delete);
    g_free(o.report_path);
    g_free(o.log_format);
    g_free(o.log_level);
    scope_options_clear(&o.scope);
    return code;
}
