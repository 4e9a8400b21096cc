/* thumbmill run: one pass over the source. Has a supervisor perform it (session.c), and shows the result. */
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/size_text.h"
#include "config/config.h"
#include "config/units.h"
#include "daemon/command/commands.h"
#include "daemon/command/job_runs.h"
#include "daemon/console/confinement.h"
#include "daemon/metrics/metrics.h"
#include "daemon/options/job_options.h"
#include "daemon/options/log_options.h"
#include "daemon/options/remake_option.h"
#include "daemon/options/scope_options.h"
#include "daemon/session/session.h"
#include "daemon/state/run_lock.h"
#include "daemon/state/run_record.h"

/* Longer than any run takes: a year. */
#define MAX_DURATION_MS (G_GINT64_CONSTANT(366) * 24 * 3600 * 1000)

typedef struct {
    char *config_path;
    GStrv jobs; /* their names, or NULL for all */
    char *report_path;
    char *log_format;
    char *log_level;
    char *progress;
    char *max_duration;
    char *lock;
    char *remake; /* as given, or NULL */
    ScopeOptions scope;
    gboolean dry_run;
} RunOptions;

/* Output besides the log. */
typedef struct {
    ProgressForm form;
    gboolean summary;
} Shown;

static void print_summary(const RunReport *report)
{
    g_autofree char *in = size_text(report->bytes.in);
    g_autofree char *out = size_text(report->bytes.out);
    g_autofree char *left_alone =
        report_left_alone(report) > 0
            ? g_strdup_printf(", %" G_GUINT64_FORMAT " not retried after earlier failures",
                              report_left_alone(report))
            : g_strdup("");

    g_printerr("%" G_GUINT64_FORMAT " objects: %" G_GUINT64_FORMAT " done, %" G_GUINT64_FORMAT
               " up to date, %" G_GUINT64_FORMAT " failed%s; %" G_GUINT64_FORMAT
               " outputs made; %s in, %s out; %.1f s, "
               "%.1f objects/s\n",
               report->objects.listed, report->objects.done, report->skip_reasons.up_to_date,
               report->objects.failed, left_alone, report->outputs.made, in, out, report->seconds,
               report->seconds > 0 ? (double)report->objects.done / report->seconds : 0.0);
    if (report->comparison.missing + report->comparison.older + report->comparison.other_recipe > 0)
        g_printerr("outputs found: %" G_GUINT64_FORMAT " missing, %" G_GUINT64_FORMAT
                   " older than the original, %" G_GUINT64_FORMAT " of another recipe\n",
                   report->comparison.missing, report->comparison.older, report->comparison.other_recipe);
    scope_options_tell(report, g_printerr);
    if (report->skip_reasons.archived > 0)
        g_printerr("%" G_GUINT64_FORMAT " objects are archived and cannot be read until they are restored\n",
                   report->skip_reasons.archived);
    if (report->unlisted.source + report->unlisted.destination > 0)
        g_printerr("%" G_GUINT64_FORMAT " parts of the source and %" G_GUINT64_FORMAT
                   " of the destination could not be listed\n",
                   report->unlisted.source, report->unlisted.destination);
}

static void on_meter(const Meter *increments, const MeterGauges *gauges, void *data)
{
    metrics_take(data, increments, gauges);
}

/* Counts the last job's pass. */
static void publish(GPtrArray *metrics, const RunReport *report, const Config *config)
{
    metrics_end_pass(metrics->pdata[metrics->len - 1],
                     &(MetricsPass){.ended_us = clock_wall_us(),
                                    .seconds = report->seconds,
                                    .exit = report->exit,
                                    .left_alone = report_left_alone(report)});
    metrics_publish(metrics, config->metrics.textfile);
}

/* The passes of a run. */
typedef struct {
    const RunOptions *options;
    const GPtrArray *jobs;
    const Scope *scope;
    KeyFeed *keys;
    char *const *remake; /* of remake_option_parse() */
    Shown shown;
    GPtrArray *metrics; /* of Metrics, of the jobs so far */
} Passes;

/* data: a Passes. */
static RunReport *run_job(JobRun *run, const void *data)
{
    const Passes *passes = data;
    g_auto(GStrv) remake = remake_option_of(passes->remake, run->config);
    RunRecord *record = run_record_begin(run->config, passes->options->config_path, run->is_locked);
    Metrics *metrics = metrics_new(run->config->name);
    RunReport *report;

    g_ptr_array_add(passes->metrics, metrics);
    report = session_run(&(SessionOptions){.config = run->config,
                                           .scope = *passes->scope,
                                           .keys = passes->keys,
                                           .remake = (const char *const *)remake,
                                           .max_duration_ms = run->left_ms,
                                           .progress = passes->shown.form,
                                           .ret_is_over = &run->is_over,
                                           .on_meter = on_meter,
                                           .data = metrics});
    run_record_end(record, report, NULL);
    publish(passes->metrics, report, run->config);
    if (passes->shown.summary && report->error == NULL) {
        job_options_tell(passes->jobs, run->config, g_printerr);
        print_summary(report);
    }
    return report;
}

/* Whether the terminal can redraw a line. */
static gboolean can_redraw(void)
{
    const char *terminal = g_getenv("TERM");

    return terminal != NULL && *terminal != '\0' && strcmp(terminal, "dumb") != 0;
}

/* FALSE after printing the error. */
static gboolean apply_output_options(const RunOptions *options, Shown *ret_shown)
{
    static const struct {
        const char *word;
        Shown shown;
    } forms[] = {{"always", {PROGRESS_BAR, TRUE}},
                 {"never", {PROGRESS_NONE, FALSE}},
                 {"json", {PROGRESS_JSON, FALSE}}};
    const char *wanted = options->progress != NULL ? options->progress : "auto";
    const gboolean is_terminal = isatty(STDERR_FILENO);
    guint i = 0;

    *ret_shown =
        (Shown){.form = is_terminal && can_redraw() ? PROGRESS_BAR : PROGRESS_NONE, .summary = is_terminal};
    if (strcmp(wanted, "auto") != 0) {
        while (i < G_N_ELEMENTS(forms) && strcmp(wanted, forms[i].word) != 0)
            i++;
        if (i == G_N_ELEMENTS(forms)) {
            g_printerr("thumbmill run: --progress must be auto, always, never or json, not '%s'\n", wanted);
            return FALSE;
        }
        *ret_shown = forms[i].shown;
    }
    return log_options_apply(options->log_format, options->log_level, LOG_WARNING);
}

/* FALSE after printing the error. */
static gboolean parse_duration(const RunOptions *options, gint64 *ret_ms)
{
    *ret_ms = 0;
    if (options->max_duration == NULL)
        return TRUE;
    if (units_parse_duration(options->max_duration, ret_ms) && *ret_ms > 0 && *ret_ms <= MAX_DURATION_MS)
        return TRUE;
    g_printerr("thumbmill run: --max-duration must be a duration such as 90s, 50m or 6h, not '%s'\n",
               options->max_duration);
    return FALSE;
}

static ExitCode run_jobs(const RunOptions *options, const Passes *passes, RunLockDemand demand,
                         gint64 max_duration_ms)
{
    confinement_tell(passes->jobs->pdata[0]);
    if (!job_options_can_encode(passes->jobs))
        return EXIT_CODE_USAGE;
    return job_runs_perform(&(JobRuns){.jobs = passes->jobs,
                                       .needs_lock = TRUE,
                                       .lock = demand,
                                       .max_duration_ms = max_duration_ms,
                                       .report_path = options->report_path,
                                       .run = run_job,
                                       .data = passes});
}

static ExitCode run_with(const RunOptions *options)
{
    g_autoptr(GPtrArray) jobs = NULL;
    g_auto(GStrv) remake = NULL;
    g_auto(Scope) scope = {0};
    g_autoptr(KeyFeed) keys = NULL;
    g_autoptr(GPtrArray) metrics = g_ptr_array_new_with_free_func((GDestroyNotify)metrics_free);
    RunLockDemand demand;
    gint64 max_duration_ms;
    Shown shown;

    if (!options->dry_run)
        session_hold_signals();
    if (!apply_output_options(options, &shown) || !parse_duration(options, &max_duration_ms) ||
        !run_lock_parse(options->lock, &demand) || !scope_options_apply("run", &options->scope, &scope))
        return EXIT_CODE_USAGE;
    jobs = job_options_load(options->config_path, options->jobs);
    if (jobs == NULL || !remake_option_parse("run", options->remake, jobs, &remake) ||
        !scope_options_open("run", &options->scope, jobs, &keys))
        return EXIT_CODE_USAGE;
    if (options->report_path != NULL && !command_can_make("--report", options->report_path))
        return EXIT_CODE_USAGE;
    if (options->dry_run)
        return command_plan_pass(&(PlanOptions){.jobs = jobs,
                                                .scope = &scope,
                                                .keys = keys,
                                                .remake = remake,
                                                .max_duration_ms = max_duration_ms,
                                                .with_keys = TRUE,
                                                .report_path = options->report_path});
    return run_jobs(options, &(Passes){options, jobs, &scope, keys, remake, shown, metrics}, demand,
                    max_duration_ms);
}

ExitCode command_run(int argc, char **argv)
{
    RunOptions o = {0};
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config_path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(o.jobs),
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &o.dry_run,
         "The same as `thumbmill plan --keys`: change nothing", NULL},
        {"remake", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_STRING, &o.remake,
         "Make outputs of another recipe again: all, or those of these outputs. Runs that follow finish it",
         "OUTPUT,..."},
        SCOPE_OPTION_ENTRIES(o.scope),
        KEYS_OPTION_ENTRIES(o.scope),
        {"max-duration", 0, 0, G_OPTION_ARG_STRING, &o.max_duration,
         "Start no further objects after this time (90s, 50m, 6h); finish those in flight", "TIME"},
        {"lock", 0, 0, G_OPTION_ARG_STRING, &o.lock,
         "wanted (default), or required: exit if no run lock is possible", "HOW"},
        {"report", 0, 0, G_OPTION_ARG_FILENAME, &o.report_path,
         "Write a JSON report at the end; - for standard output", "FILE"},
        {"progress", 0, 0, G_OPTION_ARG_STRING, &o.progress,
         "auto (on a terminal), always, never, or json: lines for programs", "HOW"},
        {"log-format", 0, 0, G_OPTION_ARG_STRING, &o.log_format, "text or json, on standard error", "FORMAT"},
        {"log-level", 0, 0, G_OPTION_ARG_STRING, &o.log_level, "debug, info, warning (default) or error",
         "LEVEL"},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;

    if (command_parse(&argc, &argv, entries,
                      "Makes outputs that are missing or not newer than their original, then exits."))
        code = run_with(&o);
    g_free(o.config_path);
    g_strfreev(o.jobs);
    g_free(o.report_path);
    g_free(o.log_format);
    g_free(o.log_level);
    g_free(o.progress);
    g_free(o.max_duration);
    g_free(o.lock);
    g_free(o.remake);
    scope_options_clear(&o.scope);
    return code;
}
