#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/clock.h"
#include "schedule/schedule.h"

/* Berlin changes from +1 h to +2 h on 2024-03-31 at 01:00 UTC, and back on 2024-10-27 at 01:00 UTC. */
#define SPRING G_GINT64_CONSTANT(1711846800)
#define AUTUMN G_GINT64_CONSTANT(1729990800)
#define MINUTE G_GINT64_CONSTANT(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void berlin(void)
{
    setenv("TZ", "Europe/Berlin", TRUE);
}

TestSuite(schedule, .init = berlin);

static Schedule by_cron(const char *expression)
{
    Schedule schedule = {.has_cron = TRUE};

    cr_assert(cron_parse(expression, &schedule.cron, NULL));
    return schedule;
}

static gint64 next(const char *expression, gint64 after_s)
{
    const Schedule schedule = by_cron(expression);

    return schedule_cron_next_s(&schedule.cron, after_s);
}

Test(schedule, a_time_that_clocks_leap_over_comes_at_once)
{
    cr_assert_eq(next("30 2 * * *", SPRING - HOUR), SPRING);
    cr_assert_eq(next("30 2 * * *", SPRING), SPRING + DAY - HOUR + 30 * MINUTE);
    cr_assert_eq(next("0 3 * * *", SPRING - HOUR), SPRING);
    cr_assert_eq(next("10,20 2 * * *", SPRING - HOUR), SPRING, "both at once");
    cr_assert_eq(next("10,20 2 * * *", SPRING), SPRING + DAY - HOUR + 10 * MINUTE);
}

Test(schedule, a_time_that_comes_twice_is_heeded_once)
{
    cr_assert_eq(next("30 2 * * *", AUTUMN - HOUR), AUTUMN - 30 * MINUTE);
    cr_assert_eq(next("30 2 * * *", AUTUMN - 30 * MINUTE), AUTUMN + DAY + 30 * MINUTE);
    cr_assert_eq(next("30 2 * * *", AUTUMN + MINUTE), AUTUMN + DAY + 30 * MINUTE);
}

Test(schedule, what_goes_by_the_hour_goes_on)
{
    cr_assert_eq(next("*/10 * * * *", SPRING - 10 * MINUTE), SPRING);
    cr_assert_eq(next("30 * * * *", SPRING - 30 * MINUTE), SPRING + 30 * MINUTE);
    cr_assert_eq(next("30 * * * *", AUTUMN - 30 * MINUTE), AUTUMN + 30 * MINUTE);
    cr_assert_eq(next("0 * * * *", AUTUMN - HOUR), AUTUMN, "two o'clock again");
    cr_assert_eq(next("0 * 27 10 *", AUTUMN - HOUR), AUTUMN);
}

/* In Havana the repeated hour is the first one of its day: 01:00 becomes 00:00. */
Test(schedule, a_change_at_midnight)
{
    const gint64 change = 1730610000; /* 2024-11-03 05:00 UTC */

    setenv("TZ", "America/Havana", TRUE);
    cr_assert_eq(next("0 0 * * *", change - 2 * HOUR), change - HOUR);
    cr_assert_eq(next("0 0 * * *", change - HOUR), change + DAY);
    cr_assert_eq(next("59 * * * *", change - MINUTE), change + 59 * MINUTE);
}

Test(schedule, every_so_often_from_the_beginning)
{
    const Schedule schedule = {.every_us = 600};

    cr_assert_eq(schedule_next_us(&schedule, 1000, 1000), 1600);
    cr_assert_eq(schedule_next_us(&schedule, 1000, 1599), 1600);
    cr_assert_eq(schedule_next_us(&schedule, 1000, 1600), 2200);
    cr_assert_eq(schedule_next_us(&schedule, 1600, 3500), 4000);
}

Test(schedule, an_expression_by_microseconds)
{
    const Schedule schedule = by_cron("0 * * * *");
    const gint64 change_us = SPRING * CLOCK_US_PER_S;

    cr_assert_eq(schedule_next_us(&schedule, 0, change_us - 1), change_us);
    cr_assert_eq(schedule_next_us(&schedule, 0, change_us), change_us + HOUR * CLOCK_US_PER_S);
}

Test(schedule, nothing_is_due_without_a_schedule)
{
    const Schedule schedule = {0};

    cr_assert_eq(schedule_next_us(&schedule, 1000, 2000), SCHEDULE_NEVER);
}
