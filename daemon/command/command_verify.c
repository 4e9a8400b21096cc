/* thumbmill verify: checks stored outputs against recipe, original and format. A pass that makes nothing, or
 * with --remake only makes what differs. */
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/json_format.h"
#include "base/log.h"
#include "batch/difference.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/command/job_runs.h"
#include "daemon/options/job_options.h"
#include "daemon/options/log_options.h"
#include "daemon/options/scope_options.h"
#include "daemon/session/session.h"
#include "daemon/state/run_lock.h"

#define DEFAULT_SAMPLE 1000

/* The sample is kept in memory: some hundred bytes for each original. */
#define MAX_SAMPLE 100000

typedef struct {
    char *config_path;
    GStrv jobs; /* their names, or NULL for all */
    char *seed;
    char *report_path;
    char *log_format;
    char *log_level;
    ScopeOptions scope;
    gint sample;
    gboolean all;
    gboolean decode;
    gboolean remake;
    gboolean as_json;
} VerifyOptions;

static void print_finding(const char *source_key, const char *output_key, const char *difference,
                          const char *text, void *data)
{
    (void)source_key;
    (void)data;
    g_print("%s: %s%s%s\n", output_key, difference, *text != '\0' ? ": " : "", text);
}

static void print_finding_json(const char *source_key, const char *output_key, const char *difference,
                               const char *text, void *data)
{
    const Config *config = data;
    json_t *finding =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "format", JSON_FORMAT, "job", config->name, "source",
                  source_key, "output", output_key, "difference", difference, "text", text);
    char *dump = json_dumps(finding, JSON_COMPACT);

    g_print("%s\n", dump);
    free(dump);
    json_decref(finding);
}

static void print_summary(const RunReport *report, const VerifyOptions *options, guint64 seed)
{
    g_printerr("%" G_GUINT64_FORMAT " originals; outputs: %" G_GUINT64_FORMAT " right, %" G_GUINT64_FORMAT
               " different, %" G_GUINT64_FORMAT " unreachable",
               report->objects.listed, report->verify.right, difference_count_mendable(report),
               report->verify.unreachable);
    if (options->remake)
        g_printerr("; %" G_GUINT64_FORMAT " made again", report->outputs.made);
    g_printerr("\n");
    if (report->verify.foreign > 0)
        g_printerr("%" G_GUINT64_FORMAT
                   " of them without thumbmill's metadata: their recipe and original were not compared\n",
                   report->verify.foreign);
    if (report->verify.unplanned > 0)
        g_printerr("%" G_GUINT64_FORMAT
                   " decoded, but their size was not compared: their original cannot be read\n",
                   report->verify.unplanned);
    scope_options_tell(report, g_printerr);
    if (!options->all)
        g_printerr("a sample of at most %d originals; --sample %d --seed %" G_GUINT64_FORMAT " repeats it\n",
                   options->sample, options->sample, seed);
}

typedef struct {
    const VerifyOptions *options;
    const Scope *scope;
    guint64 seed;
} Verify;

/* data: a Verify. */
static RunReport *verify(JobRun *run, const void *data)
{
    const Verify *what = data;
    const VerifyOptions *options = what->options;
    const SessionOptions session = {.config = run->config,
                                    .scope = *what->scope,
                                    .dry_run = !options->remake,
                                    .verification = {.is_wanted = TRUE,
                                                     .sample = options->all ? 0 : (guint)options->sample,
                                                     .seed = what->seed,
                                                     .decodes = options->decode},
                                    .on_finding = options->as_json ? print_finding_json : print_finding,
                                    .data = (void *)run->config,
                                    .ret_is_over = &run->is_over};
    RunReport *report = session_run(&session);

    if (report->error == NULL)
        print_summary(report, options, what->seed);
    return report;
}

/* FALSE after printing the error. */
static gboolean parse_seed(const VerifyOptions *options, guint64 *ret_seed)
{
    if (options->seed == NULL) {
        *ret_seed = g_random_int();
        return TRUE;
    }
    if (g_ascii_string_to_unsigned(options->seed, 10, 0, G_MAXUINT64, ret_seed, NULL))
        return TRUE;
    g_printerr("thumbmill verify: --seed is the number that an earlier verify has printed, not '%s'\n",
               options->seed);
    return FALSE;
}

/* FALSE after printing the error. */
static gboolean check_options(VerifyOptions *options)
{
    if (options->all && (options->sample != 0 || options->seed != NULL)) {
        g_printerr("thumbmill verify: --all cannot be combined with --sample or --seed\n");
        return FALSE;
    }
    if (options->sample == 0)
        options->sample = DEFAULT_SAMPLE;
    if (options->sample > 0 && options->sample <= MAX_SAMPLE)
        return TRUE;
    g_printerr("thumbmill verify: --sample is a number from 1 to %d, not %d\n", MAX_SAMPLE, options->sample);
    return FALSE;
}

static ExitCode verify_with(VerifyOptions *options)
{
    g_autoptr(GPtrArray) jobs = NULL;
    g_auto(Scope) scope = {0};
    guint64 seed = 0;

    if (options->remake)
        session_hold_signals();
    if (!log_options_apply(options->log_format, options->log_level, LOG_WARNING) || !check_options(options) ||
        !parse_seed(options, &seed) || !scope_options_apply("verify", &options->scope, &scope))
        return EXIT_CODE_USAGE;
    jobs = job_options_load(options->config_path, options->jobs);
    if (jobs == NULL)
        return EXIT_CODE_USAGE;
    if (options->report_path != NULL && !command_can_make("--report", options->report_path))
        return EXIT_CODE_USAGE;
    return job_runs_perform(&(JobRuns){.jobs = jobs,
                                       .needs_lock = options->remake,
                                       .lock = RUN_LOCK_WANTED,
                                       .report_path = options->report_path,
                                       .as_json = options->as_json,
                                       .has_heads = !options->as_json,
                                       .run = verify,
                                       .data = &(Verify){options, &scope, seed}});
}

ExitCode command_verify(int argc, char **argv)
{
    VerifyOptions o = {0};
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &o.config_path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(o.jobs),
        {"sample", 0, 0, G_OPTION_ARG_INT, &o.sample,
         "Look at the outputs of so many originals, chosen at random (1000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &o.seed, "Choose the same originals as the run that printed this",
         "NUMBER"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &o.all, "Look at all outputs: a HEAD request for each", NULL},
        {"decode", 0, 0, G_OPTION_ARG_NONE, &o.decode,
         "Also download and decode them, and compare their size with the original's", NULL},
        {"remake", 0, 0, G_OPTION_ARG_NONE, &o.remake, "Make what differs again", NULL},
        SCOPE_OPTION_ENTRIES(o.scope),
        {"json", 0, 0, G_OPTION_ARG_NONE, &o.as_json,
         "Print a JSON object for each finding, one per line, and then the report", NULL},
        {"report", 0, 0, G_OPTION_ARG_FILENAME, &o.report_path,
         "Write a JSON report when done; - for standard output", "FILE"},
        {"log-format", 0, 0, G_OPTION_ARG_STRING, &o.log_format, "text or json, on standard error", "FORMAT"},
        {"log-level", 0, 0, G_OPTION_ARG_STRING, &o.log_level, "debug, info, warning (default) or error",
         "LEVEL"},
        G_OPTION_ENTRY_NULL,
    };
    ExitCode code = EXIT_CODE_USAGE;

    if (command_parse(&argc, &argv, entries, "Checks that what is stored is what should be stored."))
        code = verify_with(&o);
    g_free(o.config_path);
    g_strfreev(o.jobs);
    g_free(o.seed);
    g_free(o.report_path);
    g_free(o.log_format);
    g_free(o.log_level);
    scope_options_clear(&o.scope);
    return code;
}
