#include "daemon/flow/run_pace.h"

/* More requests than a result can cover. The numbers come from another process, so they are limited. */
#define MAX_REQUESTS 1000u

void run_pace_begin(RunPace *pace, guint requests, gint64 now_us)
{
    gint64 wait_us = 0;

    for (guint i = 0; i < requests; i++)
        wait_us = pace_wait_us(&pace->pace, now_us);
    pace->due_us = now_us + wait_us;
}

void run_pace_take(RunPace *pace, guint64 requests, guint64 refused, gint64 now_us)
{
    if (refused > 0) {
        pace_slow_down(&pace->pace, now_us);
        pace->pace.rate = MAX(pace->pace.rate, RUN_PACE_FLOOR);
        pace->pace.lift = MAX(pace->pace.lift, 2 * RUN_PACE_FLOOR);
        return;
    }
    for (guint64 i = 0; i < MIN(requests, MAX_REQUESTS); i++)
        pace_speed_up(&pace->pace);
}
