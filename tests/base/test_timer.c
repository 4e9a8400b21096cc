#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/timer.h"

typedef struct {
    Timer *timer;
    guint count;
    gint64 at_us;
} Ticks;

static void tick(void *data)
{
    Ticks *ticks = data;

    ticks->at_us = clock_now_us();
    if (++ticks->count < 3)
        timer_set(ticks->timer, clock_now_us() + CLOCK_US_PER_MS);
}

Test(timer, fires_once_for_each_time_it_is_set)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Ticks ticks = {0};
    gint64 due = clock_now_us() + 10 * CLOCK_US_PER_MS;

    ticks.timer = timer_new(context, tick, &ticks);
    timer_set(ticks.timer, due);
    while (ticks.count < 1)
        g_main_context_iteration(context, TRUE);
    cr_assert_geq(ticks.at_us, due);
    while (ticks.count < 3)
        g_main_context_iteration(context, TRUE);
    g_usleep(5000);
    g_main_context_iteration(context, FALSE);
    cr_assert_eq(ticks.count, 3u);
    timer_free(ticks.timer);
}

Test(timer, unset_and_later_times_hold_it_back)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Ticks ticks = {.count = 10};

    ticks.timer = timer_new(context, tick, &ticks);
    timer_set(ticks.timer, clock_now_us());
    timer_unset(ticks.timer);
    g_main_context_iteration(context, FALSE);
    cr_assert_eq(ticks.count, 10u);
    timer_set(ticks.timer, clock_now_us());
    timer_set(ticks.timer, clock_now_us() + CLOCK_US_PER_S);
    g_main_context_iteration(context, FALSE);
    cr_assert_eq(ticks.count, 10u);
    timer_free(ticks.timer);
}
