#include "daemon/state/run_record.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/state/state_files.h"
#include "ledger/history.h"

struct RunRecord {
    char *path; /* of the ledger */
    gint64 id;
    gint64 start_us;
};

/* Records that a run begins; *ret_id is its number. */
static gboolean begin(const char *path, LedgerCheck check, const char *config, gboolean is_alone,
                      gint64 *ret_id, GError **error)
{
    g_autofree char *aside = NULL;
    g_autoptr(Ledger) ledger = ledger_open(path, check, &aside, error);

    state_log_set_aside(path, aside);
    if (ledger != NULL && is_alone)
        (void)history_bury(ledger, NULL);
    return ledger != NULL && history_begin(ledger, config, clock_wall_us() / CLOCK_US_PER_S, ret_id, error);
}

RunRecord *run_record_begin(const Config *config, const char *config_path, gboolean is_alone)
{
    g_autofree char *path = state_ledger(config, g_getenv(STATE_VARIABLE));
    g_autofree char *shown = g_filename_display_name(config_path);
    g_autoptr(GError) error = NULL;
    RunRecord *record;
    gint64 id;

    if (path == NULL)
        return NULL;
    /* If the ledger turns out to be damaged now, the check quarantines it and starts a new one. */
    if (!begin(path, LEDGER_CHECK_DAILY, shown, is_alone, &id, &error) &&
        (error_class(error) != ERROR_INPUT || !begin(path, LEDGER_CHECK_NOW, shown, is_alone, &id, NULL)))
        return NULL;
    record = g_new(RunRecord, 1);
    *record = (RunRecord){g_steal_pointer(&path), id, clock_now_us()};
    return record;
}

static HistoryRun run_of(const RunReport *report)
{
    return (HistoryRun){.exit = report->exit,
                        .error = report->error,
                        .scope = report->scope,
                        .listed = report->objects.listed,
                        .done = report->objects.done,
                        .skipped = report->objects.skipped,
                        .failed = report->objects.failed,
                        .remembered = report->objects.remembered,
                        .postponed = report->objects.postponed,
                        .made = report->outputs.made,
                        .bytes_in = report->bytes.in,
                        .bytes_out = report->bytes.out};
}

static void record_run(const RunRecord *record, const HistoryRun *run)
{
    g_autoptr(Ledger) ledger = NULL;
    g_autoptr(GError) error = NULL;

    ledger = ledger_open_existing(record->path, &error);
    if (ledger == NULL || !history_end(ledger, run, &error))
        log_event(LOG_WARNING, "cannot record the run in the history", "reason", error->message, NULL);
}

void run_record_end(RunRecord *record, const RunReport *report, const char *reason)
{
    HistoryRun run = {.exit = EXIT_CODE_STOPPED, .error = reason};

    if (record == NULL)
        return;
    if (report != NULL)
        run = run_of(report);
    run.id = record->id;
    run.seconds = (double)(clock_now_us() - record->start_us) / (double)CLOCK_US_PER_S;
    record_run(record, &run);
    g_free(record->path);
    g_free(record);
}
