#include <criterion/criterion.h>

#include "base/clock.h"
#include "daemon/flow/run_pace.h"

/* Hands out objects of two requests each from now_us to until_us; returns how many. */
static guint hand_out(RunPace *pace, gint64 now_us, gint64 until_us, gint64 each_us)
{
    guint n = 0;

    for (;; n++) {
        now_us = MAX(now_us + each_us, pace->due_us);
        if (now_us >= until_us)
            return n;
        run_pace_begin(pace, 2, now_us);
    }
}

Test(run_pace, nothing_is_held_back_while_nothing_is_refused)
{
    RunPace pace = {0};

    for (guint i = 0; i < 1000; i++) {
        run_pace_begin(&pace, 5, 1000);
        run_pace_take(&pace, 5, 0, 1000);
        cr_assert_leq(pace.due_us, 1000);
    }
}

Test(run_pace, a_refusal_of_one_worker_halves_what_all_get)
{
    RunPace pace = {0};
    guint before, after;

    before = hand_out(&pace, CLOCK_US_PER_S, 5 * CLOCK_US_PER_S, 10 * CLOCK_US_PER_MS);
    run_pace_take(&pace, 2, 1, 5 * CLOCK_US_PER_S);
    after = hand_out(&pace, 5 * CLOCK_US_PER_S, 9 * CLOCK_US_PER_S, 10 * CLOCK_US_PER_MS);
    cr_expect_geq(after, before * 2 / 5, "%u after %u", after, before);
    cr_expect_leq(after, before * 3 / 5, "%u after %u", after, before);
}

Test(run_pace, refusals_of_several_workers_at_once_halve_it_once)
{
    RunPace pace = {0};
    double rate;

    (void)hand_out(&pace, CLOCK_US_PER_S, 5 * CLOCK_US_PER_S, 10 * CLOCK_US_PER_MS);
    run_pace_take(&pace, 2, 3, 5 * CLOCK_US_PER_S);
    rate = pace.pace.rate;
    run_pace_take(&pace, 2, 1, 5 * CLOCK_US_PER_S + 100);
    cr_expect_eq(pace.pace.rate, rate);
    run_pace_take(&pace, 2, 1, 5 * CLOCK_US_PER_S + PACE_COOL_US + 1);
    cr_expect_lt(pace.pace.rate, rate * 0.51);
}

Test(run_pace, success_brings_it_back)
{
    RunPace pace = {0};

    (void)hand_out(&pace, CLOCK_US_PER_S, 5 * CLOCK_US_PER_S, 10 * CLOCK_US_PER_MS);
    run_pace_take(&pace, 0, 1, 5 * CLOCK_US_PER_S);
    cr_assert_gt(pace.pace.rate, 0);
    for (guint i = 0; i < 100000 && pace.pace.rate > 0; i++)
        run_pace_take(&pace, 2, 0, 6 * CLOCK_US_PER_S);
    cr_expect_eq(pace.pace.rate, 0, "no limit any more");
}

Test(run_pace, a_worker_that_reports_nonsense_costs_no_time)
{
    RunPace pace = {0};

    run_pace_take(&pace, 0, G_MAXUINT64, CLOCK_US_PER_S);
    run_pace_take(&pace, G_MAXUINT64, 0, CLOCK_US_PER_S);
    cr_expect_geq(pace.pace.rate, 0);
}
