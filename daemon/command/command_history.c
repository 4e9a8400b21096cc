/* thumbmill history: the runs over this configuration's stores, the latest first. */
#include <glib.h>

#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "daemon/command/commands.h"
#include "daemon/console/ledger_reader.h"
#include "daemon/options/job_options.h"
#include "daemon/protocol/table.h"
#include "daemon/state/run_lock.h"
#include "ledger/history.h"

#define DEFAULT_RUNS 20

typedef struct {
    gboolean is_locked;      /* a run appears to be active */
    const char *config_path; /* the path from the command line: rows of other configurations show theirs */
    gboolean as_json;
    JsonList list;
    Table *table;
} Listing;

static const TableColumn columns[] = {{"STARTED", FALSE}, {"SECS", TRUE},    {"EXIT", TRUE},
                                      {"LISTED", TRUE},   {"DONE", TRUE},    {"FAILED", TRUE},
                                      {"DEFERRED", TRUE}, {"OUTPUTS", TRUE}, {"", FALSE}};

/* "ended", "at_work" or "killed". */
static const char *state_of(const Listing *listing, const HistoryRun *run)
{
    if (run->exit >= 0)
        return "ended";
    return run->exit == HISTORY_NO_EXIT && listing->is_locked ? "at_work" : "killed";
}

static void list_json(Listing *listing, const HistoryRun *run)
{
    const gboolean has_ended = run->exit >= 0;
    json_t *item = json_object();

    json_object_set_new(item, "started", command_ledger_json_time(run->started_s));
    json_object_set_new(item, "state", json_string(state_of(listing, run)));
    json_object_set_new(item, "seconds", has_ended ? json_real(run->seconds) : json_null());
    json_object_set_new(item, "exit", has_ended ? json_integer(run->exit) : json_null());
    json_object_set_new(item, "config", json_string(run->config));
    json_object_set_new(item, "version", json_string(run->version));
    json_object_set_new(item, "error", run->error != NULL ? json_string(run->error) : json_null());
    json_object_set_new(item, "scope", run->scope != NULL ? json_string(run->scope) : json_null());
    json_object_set_new(item, "objects",
                        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "listed", (json_int_t)run->listed, "done",
                                  (json_int_t)run->done, "skipped", (json_int_t)run->skipped, "failed",
                                  (json_int_t)run->failed, "remembered", (json_int_t)run->remembered,
                                  "postponed", (json_int_t)run->postponed));
    json_object_set_new(item, "outputs", json_pack("{s:I}", "made", (json_int_t)run->made));
    json_object_set_new(
        item, "bytes",
        json_pack("{s:I, s:I}", "in", (json_int_t)run->bytes_in, "out", (json_int_t)run->bytes_out));
    json_list_add(&listing->list, item);
}

static char *number_text(guint64 number)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT, number);
}

/* Remarks on anything unusual about a run. Owned by the caller. */
static char *note_text(const Listing *listing, const HistoryRun *run)
{
    const char *state = state_of(listing, run);
    g_autoptr(GPtrArray) parts = g_ptr_array_new();

    if (g_str_equal(state, "killed"))
        g_ptr_array_add(parts, (void *)"killed");
    if (g_str_equal(state, "at_work"))
        g_ptr_array_add(parts, (void *)"running");
    if (run->error != NULL)
        g_ptr_array_add(parts, (void *)run->error);
    if (run->scope != NULL)
        g_ptr_array_add(parts, (void *)run->scope);
    if (g_strcmp0(run->config, listing->config_path) != 0)
        g_ptr_array_add(parts, (void *)run->config);
    g_ptr_array_add(parts, NULL);
    return g_strjoinv("; ", (char **)parts->pdata);
}

static void list_line(const Listing *listing, const HistoryRun *run)
{
    g_autofree char *started = clock_format_local(run->started_s * CLOCK_US_PER_S);
    g_autofree char *seconds = g_strdup_printf("%.1f", run->seconds);
    g_autofree char *exit_code = g_strdup_printf("%d", run->exit);
    g_autofree char *listed = number_text(run->listed);
    g_autofree char *done = number_text(run->done);
    g_autofree char *failed = number_text(run->failed);
    g_autofree char *alone = number_text(run->remembered + run->postponed);
    g_autofree char *outputs = number_text(run->made);
    g_autofree char *note = note_text(listing, run);

    if (run->exit < 0)
        table_add(listing->table, (const char *const[]){started, "-", "-", "-", "-", "-", "-", "-", note});
    else
        table_add(listing->table, (const char *const[]){started, seconds, exit_code, listed, done, failed,
                                                        alone, outputs, note});
}

static void on_run(const HistoryRun *run, void *data)
{
    Listing *listing = data;

    if (listing->as_json)
        list_json(listing, run);
    else
        list_line(listing, run);
}

static ExitCode history(const char *config_path, char *const *jobs, int max, gboolean as_json)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(Ledger) ledger = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns), 1);
    g_autofree char *shown = g_filename_display_name(config_path != NULL ? config_path : "");
    g_autofree char *text = NULL;
    Listing listing = {.config_path = shown, .as_json = as_json, .list = {.name = "runs"}, .table = table};
    ExitCode code;

    if (max <= 0) {
        g_printerr("thumbmill history: -n must be a number of runs, 1 or more\n");
        return EXIT_CODE_USAGE;
    }
    config = job_options_load_one(config_path, jobs);
    if (config == NULL)
        return EXIT_CODE_USAGE;
    code = command_ledger_open(config, &ledger);
    if (code != EXIT_CODE_DONE)
        return code;
    listing.is_locked = run_lock_seems_held(config);
    if (ledger != NULL && !history_each(ledger, (guint)max, on_run, &listing, &error)) {
        g_printerr("thumbmill history: %s\n", error->message);
        return EXIT_CODE_UNUSABLE;
    }
    if (as_json)
        json_list_end(&listing.list);
    if (!as_json && !table_is_empty(table)) {
        text = table_text(table, table_terminal_columns());
        g_print("%s", text);
    }
    return EXIT_CODE_DONE;
}

ExitCode command_history(int argc, char **argv)
{
    g_autofree char *path = NULL;
    g_auto(GStrv) jobs = NULL;
    gboolean as_json = FALSE;
    int max = DEFAULT_RUNS;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "The configuration", "FILE"},
        JOB_OPTION_ENTRY(jobs),
        {"runs", 'n', 0, G_OPTION_ARG_INT, &max, "Number of runs to show (default 20)", "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print the runs as JSON", NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!command_parse(
            &argc, &argv, entries,
            "Shows the last runs over these stores, the latest first: start, duration, exit code and counts "
            "of objects. DEFERRED: objects that failed in earlier runs and were not retried."))
        return EXIT_CODE_USAGE;
    return history(path, jobs, max, as_json);
}
