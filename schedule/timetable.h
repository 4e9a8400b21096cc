/* When the next one is due, by a schedule, and whether it is now: with jitter, with a policy for what was
 * missed, and after the clock was set. Pure: it is told the time (wall-clock microseconds), and what is to be
 * at random (from 0 up to, and not, 1). */
#pragma once

#include <glib.h>

#include "schedule/schedule.h"

/* Of a time that came while nobody could heed it: the last pass still ran, or the machine slept. */
typedef enum {
    TIMETABLE_MISSED_RUN,  /* it is made up for as soon as possible; many are made up for once */
    TIMETABLE_MISSED_SKIP, /* the next one is waited for */
} TimetableMissed;

#define TIMETABLE_MISSED_LAST TIMETABLE_MISSED_SKIP

/* Later than this is missed: more than what a busy machine puts off. */
#define TIMETABLE_LATE_US G_GINT64_CONSTANT(60000000)

typedef struct {
    Schedule schedule;
    gint64 jitter_us; /* a planned time is put off by less than this */
    TimetableMissed missed;

    gint64 planned_us; /* private, as the next is */
    gint64 seen_us;
    gint64 due_us; /* for reading: the next one, jitter included; SCHEDULE_NEVER */
} Timetable;

/* Plans the first one. schedule, jitter_us and missed are set. */
void timetable_start(Timetable *timetable, gint64 now_us, double random);

/* TRUE: one is to begin now, and the one after it is planned. busy: none can begin; what falls due meanwhile
 * is missed. To be asked at due_us, and now and then for the clock may be set. */
gboolean timetable_look(Timetable *timetable, gint64 now_us, gboolean busy, double random);
