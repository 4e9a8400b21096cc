/* The record of a run in the ledger (ledger/history.h). Used by the main process, which knows how it ended
 * also when the supervisor does not. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"

typedef struct RunRecord RunRecord;

/* Notes that a run begins. is_alone: it has the lock of its stores for itself, so that earlier runs without
 * an end were killed. NULL: there is no state directory, or no ledger in it; why not is left to the
 * supervisor to say, which opens it next. */
RunRecord *run_record_begin(const Config *config, const char *config_path, gboolean is_alone);

/* Notes how it ended, and how long it took, and frees the record; NULL is allowed. The supervisor has done
 * with the ledger. report may be NULL: then it was stopped early, and reason says why there is no report. */
void run_record_end(RunRecord *record, const RunReport *report, const char *reason);
