/* Objects of which nothing is made, and why: they count as skipped. Used by the supervisor. */
#pragma once

#include "batch/report.h"

/* Counts one; reason is one of report->skip_reasons. */
void tally_skip(guint64 *reason, RunReport *report);

/* One that is in an archive. words: the server's; NULL: the listing says so. Logged. */
void tally_archived(const char *key, const char *words, RunReport *report);
