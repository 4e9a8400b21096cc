#include "daemon/session/speed.h"

#include <string.h>

#include "base/clock.h"

static SpeedSample sample_of(const Progress *progress, gint64 now_us)
{
    const guint64 worked = progress->done + progress->failed;

    return (SpeedSample){now_us, worked, worked + progress->skipped};
}

void speed_init(Speed *speed, gint64 now_us)
{
    *speed = (Speed){.n = 1, .samples = {{.time_us = now_us}}, .latest = {.time_us = now_us}};
}

static void drop_oldest(Speed *speed)
{
    speed->n--;
    memmove(&speed->samples[0], &speed->samples[1], speed->n * sizeof speed->samples[0]);
}

void speed_add(Speed *speed, const Progress *progress, gint64 now_us)
{
    const SpeedSample sample = sample_of(progress, now_us);

    /* Until an object is finished, the pass is still listing the destination. Fewer objects than before
     * mean another pass. */
    if (sample.finished == 0 || sample.finished < speed->latest.finished)
        speed_init(speed, now_us);
    speed->latest = sample;
    while (speed->n > 1 && speed->samples[1].time_us <= now_us - SPEED_WINDOW_S * CLOCK_US_PER_S)
        drop_oldest(speed);
    if (now_us - speed->samples[speed->n - 1].time_us < CLOCK_US_PER_S)
        return;
    if (speed->n == G_N_ELEMENTS(speed->samples))
        drop_oldest(speed);
    speed->samples[speed->n++] = sample;
}

/* While the source is being listed, objects that need no work are finished among the others, so all
 * finished ones count. Once all is listed only work is left. */
Forecast speed_forecast(const Speed *speed, const Progress *progress)
{
    const SpeedSample *first = &speed->samples[0], *last = &speed->latest;
    const double seconds = (double)(last->time_us - first->time_us) / (double)CLOCK_US_PER_S;
    Forecast forecast = {.per_second = 0, .seconds_left = -1};
    double finished_per_second;

    if (speed->n == 0 || seconds <= 0)
        return forecast;
    forecast.per_second = (double)(last->worked - first->worked) / seconds;
    finished_per_second =
        progress->all_listed ? forecast.per_second : (double)(last->finished - first->finished) / seconds;
    if (finished_per_second > 0 && progress->total > last->finished)
        forecast.seconds_left = (double)(progress->total - last->finished) / finished_per_second;
    return forecast;
}
