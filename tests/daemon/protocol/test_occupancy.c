#include <criterion/criterion.h>

#include "daemon/protocol/occupancy.h"

static void expect(ImagerTimes times, guint64 idle_us, guint64 busy_us, guint64 queued_us)
{
    cr_expect_eq(times.idle_us, idle_us, "idle %" G_GUINT64_FORMAT, times.idle_us);
    cr_expect_eq(times.busy_us, busy_us, "busy %" G_GUINT64_FORMAT, times.busy_us);
    cr_expect_eq(times.queued_us, queued_us, "queued %" G_GUINT64_FORMAT, times.queued_us);
}

Test(occupancy, a_worker_without_tasks_has_no_idle_imager)
{
    Occupancy occupancy = {0};

    occupancy_change_tasks(&occupancy, 1, 1000);
    occupancy_change_tasks(&occupancy, -1, 1010);
    expect(occupancy_take(&occupancy, 5000), 10, 0, 0);
}

Test(occupancy, idle_until_a_source_is_there_and_after_it_is_rendered)
{
    Occupancy occupancy = {0};

    occupancy_change_tasks(&occupancy, 1, 100);
    occupancy_change_sources(&occupancy, 1, 150);
    occupancy_change_sources(&occupancy, -1, 170);
    occupancy_change_tasks(&occupancy, -1, 200);
    expect(occupancy_take(&occupancy, 200), 50 + 30, 20, 0);
    expect(occupancy_take(&occupancy, 300), 0, 0, 0);
}

Test(occupancy, each_source_that_waits_counts)
{
    Occupancy occupancy = {0};

    for (gint i = 0; i < 3; i++)
        occupancy_change_tasks(&occupancy, 1, 0);
    for (gint i = 0; i < 3; i++)
        occupancy_change_sources(&occupancy, 1, 0);
    expect(occupancy_take(&occupancy, 10), 0, 10, 20);
    occupancy_change_sources(&occupancy, -1, 14);
    occupancy_change_sources(&occupancy, -1, 17);
    expect(occupancy_take(&occupancy, 20), 0, 10, 4 * 2 + 3 * 1);
}

Test(occupancy, a_clock_that_stands_still_counts_nothing)
{
    Occupancy occupancy = {0};

    occupancy_change_tasks(&occupancy, 1, 50);
    expect(occupancy_take(&occupancy, 40), 0, 0, 0);
}
