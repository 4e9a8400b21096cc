#include "concurrent/pulse.h"

#include <stdatomic.h>

#include "base/beat.h"
#include "base/clock.h"
#include "base/patience.h"

/* How often the child beats and the parent checks within a limit. */
#define BEATS 8
#define LOOKS 4

/* A child need not beat more often than this. */
#define MAX_INTERVAL_US CLOCK_US_PER_S

struct Pulse {
    gint64 limit_us;
    Timer *beat; /* of the child; NULL in the parent */
    Patience *look;
    const _Atomic guint64 *beats;
    guint64 seen;
    gint64 since_us; /* when seen last changed, by clock_awake_us() */
    TimerFunc func;
    void *data;
};

static void on_beat(void *data)
{
    Pulse *pulse = data;

    beat();
    timer_set(pulse->beat, clock_now_us() + MIN(pulse->limit_us / BEATS, MAX_INTERVAL_US));
}

Pulse *pulse_give(GMainContext *context, _Atomic guint64 *beats, gint64 limit_us)
{
    Pulse *pulse = g_new0(Pulse, 1);

    pulse->limit_us = limit_us;
    beat_set_counter(beats);
    pulse->beat = timer_new(context, on_beat, pulse);
    on_beat(pulse);
    return pulse;
}

static void on_look(void *data)
{
    Pulse *pulse = data;
    const guint64 now = atomic_load(pulse->beats);

    if (now != pulse->seen) {
        pulse->seen = now;
        pulse->since_us = clock_awake_us();
    } else if (clock_awake_us() - pulse->since_us >= pulse->limit_us) {
        pulse->func(pulse->data);
        return;
    }
    patience_set(pulse->look, pulse->limit_us / LOOKS);
}

Pulse *pulse_watch(GMainContext *context, const _Atomic guint64 *beats, gint64 limit_us, TimerFunc func,
                   void *data)
{
    Pulse *pulse = g_new0(Pulse, 1);

    pulse->limit_us = limit_us;
    pulse->beats = beats;
    pulse->look = patience_new(context, on_look, pulse);
    pulse->func = func;
    pulse->data = data;
    return pulse;
}

void pulse_start(Pulse *pulse)
{
    pulse->since_us = clock_awake_us();
    patience_set(pulse->look, pulse->limit_us / LOOKS);
}

void pulse_free(Pulse *pulse)
{
    if (pulse == NULL)
        return;
    if (pulse->beat != NULL)
        beat_set_counter(NULL);
    timer_free(pulse->beat);
    patience_free(pulse->look);
    g_free(pulse);
}
