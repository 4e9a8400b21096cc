#include "schedule/timetable.h"

static void plan(Timetable *timetable, gint64 now_us, double random)
{
    timetable->planned_us = schedule_next_us(&timetable->schedule, timetable->planned_us, now_us);
    timetable->due_us = timetable->planned_us;
    if (timetable->planned_us != SCHEDULE_NEVER)
        timetable->due_us += (gint64)(random * (double)timetable->jitter_us);
}

void timetable_start(Timetable *timetable, gint64 now_us, double random)
{
    timetable->planned_us = timetable->seen_us = now_us;
    plan(timetable, now_us, random);
}

gboolean timetable_poll(Timetable *timetable, gint64 now_us, gboolean busy, double random)
{
    const gboolean was_set_back = now_us < timetable->seen_us;
    const gboolean skips = timetable->missed == TIMETABLE_MISSED_SKIP;
    gboolean begins;

    timetable->seen_us = now_us;
    if (was_set_back && timetable->due_us > now_us) {
        timetable_start(timetable, now_us,
                        random); /* otherwise nothing would happen until the clock reaches due_us again */
        return FALSE;
    }
    if (timetable->due_us > now_us || (busy && !skips))
        return FALSE;
    begins = !busy && !(skips && now_us - timetable->due_us > TIMETABLE_LATE_US);
    plan(timetable, now_us, random);
    return begins;
}
