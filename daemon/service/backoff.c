#include "daemon/service/backoff.h"

#include "base/clock.h"
#include "base/log.h"

/* Limits the shift: after this many doublings the pause is the longest one. */
#define MAX_DOUBLINGS 16u

void backoff_add(Backoff *backoff, const char *reason)
{
    const gint64 pause_us =
        MIN(BACKOFF_FIRST_PAUSE_US << MIN(backoff->count, MAX_DOUBLINGS), BACKOFF_LONGEST_PAUSE_US);
    g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, pause_us / CLOCK_US_PER_S);
    g_autofree char *times = NULL;
    gboolean degraded;

    backoff->count++;
    backoff->retry_us = clock_now_us() + pause_us;
    g_free(backoff->reason);
    backoff->reason = g_strdup(reason);
    degraded = backoff_is_degraded(backoff);
    times = g_strdup_printf("%u", backoff->count);
    log_event(degraded ? LOG_ERROR : LOG_WARNING,
              degraded ? "degraded: repeated failures; retrying with back-off" : "failed; retrying", "times",
              times, "seconds", seconds, "reason", reason, NULL);
}

void backoff_clear(Backoff *backoff)
{
    backoff->count = 0;
    backoff->retry_us = 0;
    g_clear_pointer(&backoff->reason, g_free);
}

gboolean backoff_is_degraded(const Backoff *backoff)
{
    return backoff->count >= BACKOFF_DEGRADED_AFTER;
}
