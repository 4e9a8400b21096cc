#include "base/patience.h"

#include "base/clock.h"

struct Patience {
    Timer *timer;
    gint64 end_us; /* in clock_awake_us() */
    TimerFunc func;
    void *data;
};

/* The clock must be read at least once per tick to detect a pause. */
static void wait_on(Patience *patience)
{
    const gint64 left_us = patience->end_us - clock_awake_us();

    timer_set(patience->timer, clock_now_us() + CLAMP(left_us, 0, CLOCK_TICK_US));
}

static void on_time(void *data)
{
    Patience *patience = data;

    if (clock_awake_us() >= patience->end_us)
        patience->func(patience->data); /* may free it */
    else
        wait_on(patience);
}

Patience *patience_new(GMainContext *context, TimerFunc func, void *data)
{
    Patience *patience = g_new0(Patience, 1);

    patience->timer = timer_new(context, on_time, patience);
    patience->func = func;
    patience->data = data;
    return patience;
}

void patience_set_since(Patience *patience, gint64 since_us, gint64 limit_us)
{
    patience->end_us = since_us + limit_us;
    wait_on(patience);
}

void patience_set(Patience *patience, gint64 limit_us)
{
    patience_set_since(patience, clock_awake_us(), limit_us);
}

void patience_unset(Patience *patience)
{
    timer_unset(patience->timer);
}

void patience_free(Patience *patience)
{
    if (patience == NULL)
        return;
    timer_free(patience->timer);
    g_free(patience);
}
