/* Counts skipped objects by reason. Used by the supervisor. */
#pragma once

#include "batch/report.h"

/* Counts one skipped object; reason points to one of report->skip_reasons. */
void tally_skip(guint64 *reason, RunReport *report);

/* Counts and logs one archived object. words: the server's message; NULL if the listing says that it is
 * archived. */
void tally_archived(const char *key, const char *words, RunReport *report);
