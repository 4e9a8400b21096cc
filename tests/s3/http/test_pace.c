#include <criterion/criterion.h>

#include "base/clock.h"
#include "s3/http/pace.h"

/* A time that is not zero. */
#define T0 (1000 * CLOCK_US_PER_S)

/* Sends at this rate per second for two seconds; returns the time afterwards. */
static gint64 send(Pace *pace, guint rate)
{
    for (guint i = 0; i < 2 * rate; i++)
        cr_assert_eq(pace_wait_us(pace, T0 + (gint64)i * CLOCK_US_PER_S / rate), 0);
    return T0 + 2 * CLOCK_US_PER_S;
}

Test(pace, nothing_is_held_back_without_cause)
{
    Pace pace = {0};

    for (guint i = 0; i < 1000; i++)
        cr_assert_eq(pace_wait_us(&pace, T0), 0);
    pace_speed_up(&pace);
    cr_assert_eq(pace_wait_us(&pace, T0), 0);
}

Test(pace, is_halved_and_requests_stand_in_line)
{
    Pace pace = {0};
    gint64 now_us = send(&pace, 100);
    double second_us, third_us;

    pace_slow_down(&pace, now_us);
    cr_assert_float_eq(pace.rate, 50, 2);
    cr_assert_eq(pace_wait_us(&pace, now_us), 0);
    second_us = (double)pace_wait_us(&pace, now_us);
    third_us = (double)pace_wait_us(&pace, now_us);
    cr_assert_float_eq(second_us, 20000, 1000);
    cr_assert_float_eq(third_us, 40000, 2000);
    cr_assert_eq(pace_wait_us(&pace, now_us + CLOCK_US_PER_S), 0);
    cr_assert_gt(pace_wait_us(&pace, now_us + CLOCK_US_PER_S), 0, "what was not used is not saved up");
}

Test(pace, a_burst_of_refusals_halves_it_once)
{
    Pace pace = {0};
    gint64 now_us = send(&pace, 100);

    for (guint i = 0; i < 30; i++)
        pace_slow_down(&pace, now_us + i);
    cr_assert_float_eq(pace.rate, 50, 2);
    pace_slow_down(&pace, now_us + PACE_COOL_US);
    cr_assert_float_eq(pace.rate, 25, 2);
}

Test(pace, has_a_floor)
{
    Pace pace = {0};

    (void)pace_wait_us(&pace, T0);
    for (guint i = 0; i < 20; i++)
        pace_slow_down(&pace, T0 + i * PACE_COOL_US);
    cr_assert_float_eq(pace.rate, PACE_FLOOR, 1e-9);
}

/* A refusal within the first half second comes before the first sample. */
Test(pace, is_known_from_the_first_requests)
{
    Pace pace = {0};

    for (guint i = 0; i < 10; i++)
        (void)pace_wait_us(&pace, T0 + i);
    pace_slow_down(&pace, T0 + 100);
    cr_assert_float_eq(pace.rate, 10, 1e-9);
}

Test(pace, grows_by_a_step_in_a_second_until_it_is_lifted)
{
    Pace pace = {0};
    gint64 now_us = send(&pace, 40);
    guint successes = 0;

    pace_slow_down(&pace, now_us);
    for (guint i = 0; i < 20; i++)
        pace_speed_up(&pace);
    cr_assert_float_eq(pace.rate, 20 + PACE_STEP, 2.5);
    while (pace.rate > 0 && successes < 10000) {
        pace_speed_up(&pace);
        successes++;
    }
    cr_assert_lt(successes, 1000u);
    cr_assert_eq(pace_wait_us(&pace, now_us), 0);
    cr_assert_eq(pace_wait_us(&pace, now_us), 0);
}
