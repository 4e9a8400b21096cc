/* thumbmill history: the runs of this configuration's stores, the latest first. */
#include <glib.h>

#include "base/error.h"
#include "daemon/command_ledger.h"
#include "daemon/commands.h"
#include "daemon/run_lock.h"
#include "ledger/history.h"

#define DEFAULT_RUNS 20

typedef struct {
    gboolean is_locked; /* some run seems to be at work */
    gboolean as_json;
    JsonList list;
    guint n;
} Listing;

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

static void list_line(const Listing *listing, const HistoryRun *run)
{
    g_autofree char *started = command_ledger_time(run->started_s);

    if (listing->n == 0)
        g_print("%-19s  %9s  %4s  %9s  %9s  %9s  %9s  %9s  CONFIGURATION\n", "STARTED", "SECONDS", "EXIT",
                "LISTED", "DONE", "FAILED", "ALONE", "OUTPUTS");
    if (run->exit < 0) {
        g_print("%-19s  %9s  %4s  %9s  %9s  %9s  %9s  %9s  %s (%s)\n", started, "-", "-", "-", "-", "-", "-",
                "-", run->config, g_str_equal(state_of(listing, run), "killed") ? "killed" : "at work");
        return;
    }
    g_print("%-19s  %9.1f  %4d  %9" G_GUINT64_FORMAT "  %9" G_GUINT64_FORMAT "  %9" G_GUINT64_FORMAT
            "  %9" G_GUINT64_FORMAT "  %9" G_GUINT64_FORMAT "  %s%s%s\n",
            started, run->seconds, run->exit, run->listed, run->done, run->failed,
            run->remembered + run->postponed, run->made, run->config, run->error != NULL ? ": " : "",
            run->error != NULL ? run->error : "");
}

static void on_run(const HistoryRun *run, void *data)
{
    Listing *listing = data;

    if (listing->as_json)
        list_json(listing, run);
    else
        list_line(listing, run);
    listing->n++;
}

static ExitCode history(const char *config_path, int max, gboolean as_json)
{
    g_autoptr(Config) config = NULL;
    g_autoptr(Ledger) ledger = NULL;
    g_autoptr(GError) error = NULL;
    Listing listing = {.as_json = as_json};
    ExitCode code;

    if (max <= 0) {
        g_printerr("thumbmill history: -n is a number of runs, 1 or more\n");
        return EXIT_CODE_USAGE;
    }
    config = command_load_config(config_path);
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
    return EXIT_CODE_DONE;
}

ExitCode command_history(int argc, char **argv)
{
    g_autofree char *path = NULL;
    gboolean as_json = FALSE;
    int max = DEFAULT_RUNS;
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "The configuration", "FILE"},
        {"runs", 'n', 0, G_OPTION_ARG_INT, &max, "So many of the last runs (20)", "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "For programs: a list of objects", NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!command_parse(
            &argc, &argv, entries,
            "The last runs over these stores, the latest first: when, how long, with which exit code, "
            "and what became of the objects. ALONE: those that failed before and were not tried."))
        return EXIT_CODE_USAGE;
    return history(path, max, as_json);
}
