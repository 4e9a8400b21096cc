#include "daemon/service/backoff.h"

#include "base/clock.h"
#include "base/log.h"

/* Limits the shift: after this many doublings the pause is the longest one. */
#define MAX_DOUBLINGS 16u

void backoff_add(Backoff *trouble, const char *reason)
{
    const gint64 pause_us =
        MIN(TROUBLE_FIRST_PAUSE_US << MIN(trouble->count, MAX_DOUBLINGS), TROUBLE_LONGEST_PAUSE_US);
    g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, pause_us / CLOCK_US_PER_S);
    g_autofree char *times = NULL;
    gboolean degraded;

    trouble->count++;
    trouble->retry_us = clock_now_us() + pause_us;
    g_free(trouble->reason);
    trouble->reason = g_strdup(reason);
    degraded = backoff_is_degraded(trouble);
    times = g_strdup_printf("%u", trouble->count);
    log_event(degraded ? LOG_ERROR : LOG_WARNING,
              degraded ? "degraded: this keeps failing; trying again, ever more slowly"
                       : "failed; trying again",
              "times", times, "seconds", seconds, "reason", reason, NULL);
}

void backoff_clear(Backoff *trouble)
{
    trouble->count = 0;
    trouble->retry_us = 0;
    g_clear_pointer(&trouble->reason, g_free);
}

gboolean backoff_is_degraded(const Backoff *trouble)
{
    return trouble->count >= TROUBLE_DEGRADED_AFTER;
}
