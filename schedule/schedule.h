/* Computes when something repeated is due: by a cron expression in local time, or at a fixed interval. Used
 * by the main process. Pure except for the time zone; times are wall-clock microseconds.
 *
 * When clocks are changed (daylight saving time):
 * - An expression that names every hour follows what clocks read, minute after minute: it is due twice in an
 *   hour that occurs twice, and never in an hour that is skipped.
 * - Any other expression is due once: at the first of two equal times, and if its time is skipped, at the
 *   moment of the change. */
#pragma once

#include <glib.h>

#include "schedule/cron.h"

typedef struct {
    gboolean has_cron; /* else every_us is used; if that is 0 too, nothing is ever due */
    Cron cron;
    gint64 every_us;
} Schedule;

#define SCHEDULE_NEVER G_MAXINT64

/* The first time after after_s at which the expression is due, in seconds since the epoch. */
gint64 schedule_cron_next_s(const Cron *cron, gint64 after_s);

/* The first time after now_us that is due, or SCHEDULE_NEVER. For an interval, last_us is a time that was
 * due, or the start. */
gint64 schedule_next_us(const Schedule *schedule, gint64 last_us, gint64 now_us);
