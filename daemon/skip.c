#include "daemon/skip.h"

#include "base/log.h"
#include "base/quote.h"

void skip_count(guint64 *reason, RunReport *report)
{
    (*reason)++;
    report->objects.skipped++;
}

void skip_archived(const char *key, const char *words, RunReport *report)
{
    g_autofree char *quoted = quote_key(key);

    skip_count(&report->skip_reasons.archived, report);
    log_event(LOG_INFO, "skipped: it is in an archive", "key", quoted, "reason",
              words != NULL ? words : "listed so", NULL);
}
