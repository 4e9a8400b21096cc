/* When something is due that is to happen again and again: by a cron expression in local time, or every so
 * often. Used by the main process. Pure but for the time zone; times are wall-clock microseconds.
 *
 * When clocks are changed: an expression that names every hour goes by what clocks read, minute after minute:
 * twice through an hour that comes twice, and not at all through one that is leapt over. Any other happens
 * once: at the first of two equal times, and when clocks leap over its time, at that moment. */
#pragma once

#include <glib.h>

#include "schedule/cron.h"

/* Of a time that came while nobody could heed it: the last pass still ran, or the machine slept. */
typedef enum {
    SCHEDULE_MISSED_RUN,  /* it is made up for at once; many are made up for once */
    SCHEDULE_MISSED_SKIP, /* the next one is waited for */
} ScheduleMissed;

#define SCHEDULE_MISSED_LAST SCHEDULE_MISSED_SKIP

typedef struct {
    gboolean has_cron; /* else every_us; neither: nothing is ever due */
    Cron cron;
    gint64 every_us;
    gint64 jitter_us; /* a planned time is put off by less than this, at random */
    ScheduleMissed missed;
} Schedule;

#define SCHEDULE_NEVER G_MAXINT64

/* The seconds since the epoch of the first time after this at which the expression is due. */
gint64 schedule_cron_next_s(const Cron *cron, gint64 after_s);

/* Plans the next one. last_us is what the last plan said in *ret_planned_us, or when it all began. random is
 * from 0 up to, and not, 1. *ret_due_us is when to do it, jitter included: now_us if it was missed and is to
 * be made up for; SCHEDULE_NEVER. */
void schedule_plan(const Schedule *schedule, gint64 last_us, gint64 now_us, double random,
                   gint64 *ret_planned_us, gint64 *ret_due_us);
