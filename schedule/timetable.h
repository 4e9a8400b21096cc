/* Decides when the next event of a schedule is due, and whether it is due now: with jitter, with a policy for
 * missed events, and after the clock was set. Pure: the caller passes the time (wall-clock microseconds) and
 * a random number in [0, 1). */
#pragma once

#include <glib.h>

#include "schedule/schedule.h"

/* Policy for an event that was due while it could not begin: the last pass was still running, or the machine
 * was suspended. */
typedef enum {
    TIMETABLE_MISSED_RUN,  /* begin as soon as possible, and only once for several missed events */
    TIMETABLE_MISSED_SKIP, /* wait for the next event */
} TimetableMissed;

#define TIMETABLE_MISSED_LAST TIMETABLE_MISSED_SKIP

/* An event that is later than this counts as missed; a busy machine delays it less. */
#define TIMETABLE_LATE_US G_GINT64_CONSTANT(60000000)

typedef struct {
    Schedule schedule;
    gint64 jitter_us; /* a planned time is delayed by a random time below this */
    TimetableMissed missed;

    gint64 planned_us; /* planned_us and seen_us are private */
    gint64 seen_us;
    gint64 due_us; /* read-only: the next event, including jitter; or SCHEDULE_NEVER */
} Timetable;

/* Plans the first event. schedule, jitter_us and missed must be set. */
void timetable_start(Timetable *timetable, gint64 now_us, double random);

/* Returns TRUE if an event is to begin now; the following one is then planned. busy: no event can begin, and
 * those that become due are missed. Call it at due_us, and regularly in between because the clock may be
 * set. */
gboolean timetable_poll(Timetable *timetable, gint64 now_us, gboolean busy, double random);
