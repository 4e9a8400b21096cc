/* When something is due that is to happen again and again: by a cron expression in local time, or every so
 * often. Used by the main process. Pure but for the time zone; times are wall-clock microseconds.
 *
 * When clocks are changed: an expression that names every hour goes by what clocks read, minute after minute:
 * twice through an hour that comes twice, and not at all through one that is leapt over. Any other happens
 * once: at the first of two equal times, and when clocks leap over its time, at that moment. */
#pragma once

#include <glib.h>

#include "schedule/cron.h"

typedef struct {
    gboolean has_cron; /* else every_us; neither: nothing is ever due */
    Cron cron;
    gint64 every_us;
} Schedule;

#define SCHEDULE_NEVER G_MAXINT64

/* The seconds since the epoch of the first time after this at which the expression is due. */
gint64 schedule_cron_next_s(const Cron *cron, gint64 after_s);

/* The first time after now_us that is due. Of `every`, last_us is one that was, or when it all began.
 * SCHEDULE_NEVER. */
gint64 schedule_next_us(const Schedule *schedule, gint64 last_us, gint64 now_us);
