#include "base/timer.h"

struct Timer {
    GSource source;
    TimerFunc func;
    void *data;
};

static gboolean timer_dispatch(GSource *source, GSourceFunc callback, void *data)
{
    Timer *timer = (Timer *)source;

    (void)callback;
    (void)data;
    timer_unset(timer);
    timer->func(timer->data);
    return G_SOURCE_CONTINUE;
}

Timer *timer_new(GMainContext *context, TimerFunc func, void *data)
{
    static GSourceFuncs funcs = {.dispatch = timer_dispatch};
    Timer *timer = (Timer *)g_source_new(&funcs, sizeof(Timer));

    timer->func = func;
    timer->data = data;
    g_source_attach(&timer->source, context);
    return timer;
}

void timer_set(Timer *timer, gint64 at_us)
{
    g_source_set_ready_time(&timer->source, at_us);
}

void timer_unset(Timer *timer)
{
    g_source_set_ready_time(&timer->source, -1);
}

void timer_free(Timer *timer)
{
    if (timer == NULL)
        return;
    g_source_destroy(&timer->source);
    g_source_unref(&timer->source);
}
