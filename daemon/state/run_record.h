/* The record of a run in the ledger (ledger/history.h). Used by the main process, which knows the outcome
 * even when the supervisor does not. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"

typedef struct RunRecord RunRecord;

/* Records that a run begins. is_alone: this run alone holds the lock of its stores, so earlier runs without
 * an end were killed. NULL if there is no state directory, or no ledger in it; the reason is logged by the
 * supervisor, which opens the ledger next. */
RunRecord *run_record_begin(const Config *config, const char *config_path, gboolean is_alone);

/* Records the outcome and the duration of the run, and frees the record; NULL is allowed. Call it when the
 * supervisor no longer uses the ledger. report is NULL if the run was stopped early; then reason says why
 * there is no report. */
void run_record_end(RunRecord *record, const RunReport *report, const char *reason);
