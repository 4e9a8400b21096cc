/* Back-off after consecutive failures: each failure makes the pause before the next attempt longer, so that a
 * persistent failure costs little and a recovery is noticed. Pure, except for the clock and the log. */
#pragma once

#include <glib.h>

/* The first pause, and the longest: the pause doubles with each failure. */
#define BACKOFF_FIRST_PAUSE_US   G_GINT64_CONSTANT(1000000)
#define BACKOFF_LONGEST_PAUSE_US G_GINT64_CONSTANT(300000000)

/* After this many consecutive failures the service is degraded. */
#define BACKOFF_DEGRADED_AFTER 5u

/* The state; all zero means no failures. */
typedef struct {
    guint count;     /* failures in a row */
    gint64 retry_us; /* no attempt before this time (clock_now_us()) */
    char *reason;    /* of the last failure, or NULL */
} Backoff;

/* Adds a failure. Logs it, and when the next attempt will be. */
void backoff_add(Backoff *backoff, const char *reason);

/* Resets the back-off, because an attempt succeeded or is no longer needed. */
void backoff_clear(Backoff *backoff);

gboolean backoff_is_degraded(const Backoff *backoff);
