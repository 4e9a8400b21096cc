/* Attempts that fail one after the other: the next one waits longer each time, so that what fails for long
 * costs little and what recovers is noticed. Pure but for the clock and the log. */
#pragma once

#include <glib.h>

/* The pause doubles from the first to the longest. */
#define TROUBLE_FIRST_PAUSE_US   G_GINT64_CONSTANT(1000000)
#define TROUBLE_LONGEST_PAUSE_US G_GINT64_CONSTANT(300000000)

/* From so many in a row on it is said that something is wrong. */
#define TROUBLE_DEGRADED_AFTER 5u

/* All zero: none. */
typedef struct {
    guint count;     /* failures in a row */
    gint64 retry_us; /* no attempt before this time (clock_now_us()) */
    char *reason;    /* of the last one; NULL */
} Backoff;

/* An attempt failed. Logs that, and when the next one will be. */
void backoff_add(Backoff *trouble, const char *reason);

/* An attempt succeeded; or nobody cares any more. */
void backoff_clear(Backoff *trouble);

gboolean backoff_is_degraded(const Backoff *trouble);
