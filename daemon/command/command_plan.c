/* thumbmill plan: shows what a run would do, and what it would make of one object. Changes nothing. */
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/json_format.h"
#include "base/quote.h"
#include "base/size_text.h"
#include "batch/key_order.h"
#include "batch/output_key.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/command/job_runs.h"
#include "daemon/options/job_options.h"
#include "daemon/options/remake_option.h"
#include "daemon/options/scope_options.h"
#include "daemon/session/session.h"

/* The whole pass */

static void print_key(const char *source_key, const char *output_key, void *data)
{
    (void)data;
    g_print("%s -> %s\n", source_key, output_key);
}

/* One line for each output, before the report. */
static void print_key_json(const char *source_key, const char *output_key, void *data)
{
    const Config *config = data;
    json_t *pair = json_pack("{s:i, s:s, s:s, s:s}", "format", JSON_FORMAT, "job", config->name, "source",
                             source_key, "output", output_key);
    char *dump = json_dumps(pair, JSON_COMPACT);

    g_print("%s\n", dump);
    free(dump);
    json_decref(pair);
}

static void print_comparison(const RunReport *report)
{
    g_print("not up to date: %" G_GUINT64_FORMAT " missing, %" G_GUINT64_FORMAT
            " older than the original, %" G_GUINT64_FORMAT " of another recipe",
            report->comparison.missing, report->comparison.older, report->comparison.other_recipe);
    if (report->comparison.left > 0)
        g_print(" (%" G_GUINT64_FORMAT " are left; run --remake makes them again)", report->comparison.left);
    g_print("\n");
    if (report->recipes.adopted > 0)
        g_print("recipes: of %" G_GUINT64_FORMAT
                " outputs not known; what exists counts as made with the present ones\n",
                report->recipes.adopted);
    if (report->recipes.former > 0)
        g_print("recipes: this configuration is older than the one in force for %" G_GUINT64_FORMAT
                " outputs: nothing is made of them (%" G_GUINT64_FORMAT " missing or stale)\n",
                report->recipes.former, report->comparison.withheld);
}

static void print_totals(const RunReport *report)
{
    g_autofree char *in = size_text(report->bytes.in);

    g_print("objects: %" G_GUINT64_FORMAT " listed, %" G_GUINT64_FORMAT " up to date, %" G_GUINT64_FORMAT
            " to process, %" G_GUINT64_FORMAT " that will fail\n",
            report->objects.listed, report->skip_reasons.up_to_date, report->objects.done,
            report->objects.failed);
    scope_options_tell(report, g_print);
    if (report->skip_reasons.archived > 0)
        g_print("archived: %" G_GUINT64_FORMAT " objects, which cannot be read until they are restored\n",
                report->skip_reasons.archived);
    if (report->skip_reasons.unmatched > 0)
        g_print("without outputs: %" G_GUINT64_FORMAT " objects, which no output's match has\n",
                report->skip_reasons.unmatched);
    if (report_left_alone(report) > 0)
        g_print("not retried: %" G_GUINT64_FORMAT " that failed permanently, %" G_GUINT64_FORMAT
                " deferred after transient failures\n",
                report->objects.remembered, report->objects.postponed);
    if (report->unlisted.source + report->unlisted.destination > 0)
        g_print("not listed: %" G_GUINT64_FORMAT " parts of the source, %" G_GUINT64_FORMAT
                " of the destination\n",
                report->unlisted.source, report->unlisted.destination);
    g_print("outputs: %" G_GUINT64_FORMAT " to make, %" G_GUINT64_FORMAT " up to date\n",
            report->outputs.made, report->outputs.up_to_date);
    print_comparison(report);
    g_print("requests: %" G_GUINT64_FORMAT " LIST, sent for this plan and again by a run; %" G_GUINT64_FORMAT
            " GET, %" G_GUINT64_FORMAT " conditional GET, %" G_GUINT64_FORMAT " PUT\n",
            report->requests.list, report->objects.done, report->objects.done, report->outputs.made);
    g_print("bytes: %s to read; output sizes are not known in advance\n", in);
}

/* data: a PlanOptions. */
static RunReport *plan(JobRun *run, const void *data)
{
    const PlanOptions *options = data;
    g_auto(GStrv) remake = remake_option_of(options->remake, run->config);
    const SessionOptions session = {.config = run->config,
                                    .scope = *options->scope,
                                    .keys = options->keys,
                                    .dry_run = TRUE,
                                    .remake = (const char *const *)remake,
                                    .max_duration_ms = run->left_ms,
                                    .on_plan = !options->with_keys ? NULL
                                               : options->as_json  ? print_key_json
                                                                   : print_key,
                                    .data = (void *)run->config,
                                    .ret_is_over = &run->is_over};
    RunReport *report = session_run(&session);
    g_autofree char *note = key_order_note(run->config);

    if (!options->as_json && report->error == NULL)
        print_totals(report);
    if (!options->as_json && note != NULL)
        g_print("note: %s\n", note);
    return report;
}

ExitCode command_plan_pass(const PlanOptions *options)
{
    return job_runs_perform(&(JobRuns){.jobs = options->jobs,
                                       .max_duration_ms = options->max_duration_ms,
                                       .report_path = options->report_path,
                                       .as_json = options->as_json,
                                       .has_heads = !options->as_json,
                                       .run = plan,
                                       .data = options});
}

/* One object */

/* A bad object is one that a run would count as failed; any other error would prevent a run altogether. */
static ExitCode exit_code_of(const GError *error)
{
    switch (error_class(error)) {
    case ERROR_INPUT:
    case ERROR_ARCHIVED:
    case ERROR_LIMIT:
    case ERROR_CRASH: return EXIT_CODE_FAILED;
    default: return EXIT_CODE_UNUSABLE;
    }
}

static ExitCode plan_object(const Config *config, const char *key)
{
    g_autofree char *quoted = quote_key(key);
    g_auto(GStrv) names = output_key_labels(config, key);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    Explanation explanation;

    if (!session_explain(config, key, &explanation, &error)) {
        g_printerr("thumbmill plan: %s: %s\n", quoted, error->message);
        return exit_code_of(error);
    }
    text = explanation_text(&explanation, quoted, (const char *const *)names);
    g_print("%s", text);
    return EXIT_CODE_DONE;
}

ExitCode command_plan(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_autofree char *key = NULL;
    g_autofree char *remake = NULL;
    g_autofree char *report_path = NULL;
    g_auto(GStrv) names = NULL;
    g_auto(GStrv) job_names = NULL;
    g_auto(ScopeOptions) scope_options = {0};
    g_auto(Scope) scope = {0};
    g_autoptr(KeyFeed) keys = NULL;
    gboolean with_keys = FALSE, as_json = FALSE;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(job_names),
        {"keys", 'k', 0, G_OPTION_ARG_NONE, &with_keys, "Print the key of each output to make", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json,
         "Print one JSON object, as run --report does; with --keys, one line per output before it", NULL},
        {"report", 0, 0, G_OPTION_ARG_FILENAME, &report_path,
         "Write a JSON report at the end; - for standard output", "FILE"},
        {"remake", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_STRING, &remake,
         "As if run were given the same", "OUTPUT,..."},
        SCOPE_OPTION_ENTRIES(scope_options),
        KEYS_OPTION_ENTRIES(scope_options),
        {"explain", 'e', 0, G_OPTION_ARG_FILENAME, &key,
         "Download this object (its key below source.url), and print how its outputs would be made", "KEY"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GPtrArray) jobs = NULL;

    if (!command_parse(&argc, &argv, entries, "Prints what a run would do, and changes nothing."))
        return EXIT_CODE_USAGE;
    if (!scope_options_apply("plan", &scope_options, &scope))
        return EXIT_CODE_USAGE;
    jobs = job_options_load(path, job_names);
    if (jobs == NULL || !remake_option_parse("plan", remake, jobs, &names) ||
        !scope_options_open("plan", &scope_options, jobs, &keys))
        return EXIT_CODE_USAGE;
    if (report_path != NULL && !command_can_make("--report", report_path))
        return EXIT_CODE_USAGE;
    if (key != NULL && as_json) {
        g_printerr("thumbmill plan: --explain cannot be combined with --json\n");
        return EXIT_CODE_USAGE;
    }
    if (key != NULL && jobs->len > 1) {
        g_printerr("thumbmill plan: --explain is for one job: choose it with --job NAME\n");
        return EXIT_CODE_USAGE;
    }
    return key != NULL ? plan_object(jobs->pdata[0], key)
                       : command_plan_pass(&(PlanOptions){.jobs = jobs,
                                                          .scope = &scope,
                                                          .keys = keys,
                                                          .remake = names,
                                                          .with_keys = with_keys,
                                                          .as_json = as_json,
                                                          .report_path = report_path});
}
