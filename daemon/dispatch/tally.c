#include "daemon/dispatch/tally.h"

#include "base/log.h"
#include "base/quote.h"
#include "batch/fate_log.h"

void tally_skip(guint64 *reason, RunReport *report)
{
    (*reason)++;
    report->objects.skipped++;
}

void tally_archived(const char *key, const char *words, RunReport *report)
{
    g_autofree char *quoted = quote_key(key);

    tally_skip(&report->skip_reasons.archived, report);
    fate_log_add(report->fates, key, "archived", NULL);
    log_event(LOG_INFO, "skipped: archived", "key", quoted, "reason",
              words != NULL ? words : "reported by the listing", NULL);
}
