#include <criterion/criterion.h>

#include "base/clock.h"
#include "daemon/protocol/progress.h"
#include "daemon/session/speed.h"

#define START_US (1000 * CLOCK_US_PER_S)

static Speed speed;

static void start(void)
{
    speed_init(&speed, START_US);
}

TestSuite(speed, .init = start);

static Forecast at(double seconds, const Progress *progress)
{
    speed_add(&speed, progress, START_US + (gint64)(seconds * (double)CLOCK_US_PER_S));
    return speed_forecast(&speed, progress);
}

/* Adds per_call objects four times a second. */
static Forecast go_on(double from_s, double until_s, guint64 per_call, Progress *progress)
{
    Forecast forecast = {0};

    for (double s = from_s; s < until_s; s += 0.25) {
        progress->done += per_call;
        forecast = at(s, progress);
    }
    return forecast;
}

Test(speed, nothing_is_known_at_first)
{
    const Progress nothing = {.total = 100};
    Forecast forecast = speed_forecast(&speed, &nothing);

    cr_assert_eq(forecast.per_second, 0);
    cr_assert_lt(forecast.seconds_left, 0);
    forecast = at(10, &nothing);
    cr_assert_eq(forecast.per_second, 0);
    cr_assert_lt(forecast.seconds_left, 0);
}

/* A minute of listing the destination says nothing about the speed of rendering. */
Test(speed, the_time_before_the_first_object_does_not_count)
{
    Progress progress = {0};
    Forecast forecast;

    for (int s = 0; s < 60; s++)
        (void)at(s, &progress);
    forecast = go_on(60, 64, 1, &progress);
    cr_assert_float_eq(forecast.per_second, 4, 1.3, "%f", forecast.per_second);
}

/* After an hour at 4 per second, then 400: only the last half minute counts. */
Test(speed, it_is_that_of_the_last_half_minute)
{
    Progress progress = {.all_listed = TRUE, .total = 1000000};
    Forecast forecast = go_on(0, 3600, 1, &progress);

    cr_assert_float_eq(forecast.per_second, 4, 0.2, "%f", forecast.per_second);
    cr_assert_float_eq(forecast.seconds_left, (1000000 - 14400) / 4.0, 20000);
    forecast = go_on(3600, 3632, 100, &progress);
    cr_assert_float_eq(forecast.per_second, 400, 15, "%f", forecast.per_second);
    cr_assert_float_eq(forecast.seconds_left, (1000000 - 14400 - 12800) / 400.0, 150);
    forecast = go_on(3632, 3670, 0, &progress);
    cr_assert_eq(forecast.per_second, 0);
    cr_assert_lt(forecast.seconds_left, 0, "it stands still");
}

/* Objects that need no work are found by the listing, and do not count as work. */
Test(speed, the_end_depends_on_whether_all_is_listed)
{
    Progress progress = {.total = 10000};
    Forecast forecast = {0};

    for (int s = 1; s <= 20; s++) {
        progress.done += 1;
        progress.skipped += 99;
        forecast = at(s, &progress);
    }
    cr_assert_float_eq(forecast.per_second, 1, 0.1);
    cr_assert_float_eq(forecast.seconds_left, 80, 8);
    progress.all_listed = TRUE;
    forecast = speed_forecast(&speed, &progress);
    cr_assert_float_eq(forecast.seconds_left, 8000, 800);
    progress.total = 2000;
    forecast = speed_forecast(&speed, &progress);
    cr_assert_lt(forecast.seconds_left, 0, "nothing is left");
}

Test(speed, another_pass_begins_anew)
{
    Progress progress = {0};
    Forecast forecast = go_on(0, 100, 10, &progress);

    cr_assert_gt(forecast.per_second, 30);
    progress = (Progress){.done = 1};
    forecast = at(101, &progress);
    cr_assert_eq(forecast.per_second, 0);
    forecast = go_on(102, 110, 1, &progress);
    cr_assert_float_eq(forecast.per_second, 4, 0.7, "%f", forecast.per_second);
}

Test(speed, a_machine_that_was_asleep_is_no_slow_one)
{
    Progress progress = {0};
    Forecast forecast = go_on(0, 40, 1, &progress);

    forecast = go_on(4000, 4040, 1, &progress);
    cr_assert_float_eq(forecast.per_second, 4, 0.2, "%f", forecast.per_second);
}
