#include "schedule/schedule.h"

#include "base/clock.h"
#include "schedule/zone.h"

#define MINUTE_S 60
#define DAY_S    (24 * 60 * MINUTE_S)

static gint64 floor_minutes(gint64 seconds)
{
    return seconds / MINUTE_S - (seconds % MINUTE_S < 0 ? 1 : 0);
}

/* Follows what clocks read, across each change; searches one day at a time, so as to miss no change. */
static gint64 next_by_the_clock(const Cron *cron, gint64 after_s)
{
    gint64 offset_s = zone_offset_s(after_s);

    for (;;) {
        const gint64 due_s = cron_next_minute(cron, floor_minutes(after_s + offset_s)) * MINUTE_S - offset_s;
        const gint64 seen_s = MIN(due_s, after_s + DAY_S);
        const gint64 seen_offset_s = zone_offset_s(seen_s);

        if (seen_offset_s != offset_s) {
            /* one second earlier: the reading at the change itself must not be skipped */
            after_s = zone_change_s(after_s, seen_s) - 1;
            offset_s = seen_offset_s;
        } else if (due_s == seen_s) {
            return due_s;
        } else {
            after_s = seen_s;
        }
    }
}

/* Due once for each time that the expression names. */
static gint64 next_once(const Cron *cron, gint64 after_s)
{
    gint64 minute = floor_minutes(after_s + zone_offset_s(after_s));
    gint64 due_s;

    do {
        minute = cron_next_minute(cron, minute);
        due_s = zone_resolve_s(minute * MINUTE_S);
    } while (due_s <= after_s);
    return due_s;
}

gint64 schedule_cron_next_s(const Cron *cron, gint64 after_s)
{
    return cron_is_every_hour(cron) ? next_by_the_clock(cron, after_s) : next_once(cron, after_s);
}

gint64 schedule_next_us(const Schedule *schedule, gint64 last_us, gint64 now_us)
{
    if (schedule->has_cron)
        return schedule_cron_next_s(&schedule->cron, now_us / CLOCK_US_PER_S) * CLOCK_US_PER_S;
    if (schedule->every_us == 0)
        return SCHEDULE_NEVER;
    return now_us + schedule->every_us - (now_us - last_us) % schedule->every_us;
}
