#include "daemon/protocol/occupancy.h"

static void count_until(Occupancy *occupancy, gint64 now_us)
{
    const guint64 passed_us = (guint64)MAX(now_us - occupancy->since_us, 0);

    occupancy->since_us = now_us;
    if (occupancy->sources > 0) {
        occupancy->times.busy_us += passed_us;
        occupancy->times.queued_us += passed_us * (occupancy->sources - 1);
    } else if (occupancy->tasks > 0) {
        occupancy->times.idle_us += passed_us;
    }
}

void occupancy_change_tasks(Occupancy *occupancy, gint by, gint64 now_us)
{
    count_until(occupancy, now_us);
    occupancy->tasks += (guint)by;
}

void occupancy_change_sources(Occupancy *occupancy, gint by, gint64 now_us)
{
    count_until(occupancy, now_us);
    occupancy->sources += (guint)by;
}

ImagerTimes occupancy_take(Occupancy *occupancy, gint64 now_us)
{
    ImagerTimes times;

    count_until(occupancy, now_us);
    times = occupancy->times;
    occupancy->times = (ImagerTimes){0};
    return times;
}
