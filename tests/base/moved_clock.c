#include "tests/base/moved_clock.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/timer.h"

/* The rounds after which a context has something to do for ever. */
#define MANY_ROUNDS 100000u

static gint64 now_us = G_GINT64_CONSTANT(1000000000000);

#define EPOCH_US G_GINT64_CONSTANT(1700000000000000)

gint64 __wrap_g_get_monotonic_time(void);
gint64 __wrap_g_get_real_time(void);

gint64 __wrap_g_get_monotonic_time(void)
{
    return now_us;
}

gint64 __wrap_g_get_real_time(void)
{
    return EPOCH_US + now_us;
}

/* Who sleeps until a time of this clock would sleep for ever: nobody moves it meanwhile. */
int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until);

int __wrap_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until)
{
    (void)condition;
    (void)mutex;
    (void)clock;
    (void)until;
    return ETIMEDOUT;
}

struct Timer {
    GSource source;
    gint64 at_us; /* or -1 */
    TimerFunc func;
    void *data;
};

static gboolean is_due(GSource *source)
{
    const Timer *timer = (const Timer *)source;

    return timer->at_us >= 0 && timer->at_us <= now_us;
}

static gboolean prepare(GSource *source, gint *ret_timeout_ms)
{
    *ret_timeout_ms = -1;
    return is_due(source);
}

static gboolean dispatch(GSource *source, GSourceFunc callback, void *data)
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
    static GSourceFuncs funcs = {.prepare = prepare, .check = is_due, .dispatch = dispatch};
    Timer *timer = (Timer *)g_source_new(&funcs, sizeof(Timer));

    timer->at_us = -1;
    timer->func = func;
    timer->data = data;
    g_source_attach(&timer->source, context);
    return timer;
}

void timer_set(Timer *timer, gint64 at_us)
{
    timer->at_us = at_us;
}

void timer_unset(Timer *timer)
{
    timer->at_us = -1;
}

void timer_free(Timer *timer)
{
    if (timer == NULL)
        return;
    g_source_destroy(&timer->source);
    g_source_unref(&timer->source);
}

void moved_clock_settle(GMainContext *context)
{
    for (guint round = 0; g_main_context_iteration(context, FALSE); round++)
        g_assert(round < MANY_ROUNDS);
}

void moved_clock_advance(GMainContext *context, gint64 us)
{
    moved_clock_settle(context);
    while (us > 0) {
        const gint64 step_us = MIN(us, CLOCK_TICK_US);

        now_us += step_us;
        us -= step_us;
        moved_clock_settle(context);
    }
}

void moved_clock_jump(GMainContext *context, gint64 us)
{
    now_us += us;
    moved_clock_settle(context);
}
