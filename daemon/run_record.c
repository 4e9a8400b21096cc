#include "daemon/run_record.h"

#include "base/clock.h"
#include "base/log.h"
#include "daemon/state.h"
#include "ledger/history.h"

struct RunRecord {
    char *path; /* of the ledger */
    gint64 id;
};

RunRecord *run_record_begin(const Config *config, const char *config_path)
{
    g_autofree char *path = state_ledger(config, g_getenv(STATE_VARIABLE));
    g_autofree char *shown = g_filename_display_name(config_path);
    g_autofree char *aside = NULL;
    g_autoptr(Ledger) ledger = path != NULL ? ledger_open(path, &aside, NULL) : NULL;
    RunRecord *record;
    gint64 id;

    state_log_set_aside(path, aside);
    if (ledger == NULL || !history_begin(ledger, shown, clock_wall_us() / CLOCK_US_PER_S, &id, NULL))
        return NULL;
    record = g_new(RunRecord, 1);
    *record = (RunRecord){g_steal_pointer(&path), id};
    return record;
}

static void record_report(const RunRecord *record, const RunReport *report)
{
    g_autoptr(Ledger) ledger = NULL;
    g_autoptr(GError) error = NULL;
    const HistoryRun run = {.id = record->id,
                            .seconds = report->seconds,
                            .exit = report->exit,
                            .error = report->error,
                            .listed = report->objects.listed,
                            .done = report->objects.done,
                            .skipped = report->objects.skipped,
                            .failed = report->objects.failed,
                            .remembered = report->objects.remembered,
                            .postponed = report->objects.postponed,
                            .made = report->outputs.made,
                            .bytes_in = report->bytes.in,
                            .bytes_out = report->bytes.out};

    ledger = ledger_open_existing(record->path, &error);
    if (ledger == NULL || !history_end(ledger, &run, &error))
        log_event(LOG_WARNING, "the run is not recorded", "reason", error->message, NULL);
}

void run_record_end(RunRecord *record, const RunReport *report)
{
    if (record == NULL)
        return;
    if (report != NULL)
        record_report(record, report);
    g_free(record->path);
    g_free(record);
}
