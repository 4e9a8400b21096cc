#include "s3/http/pace.h"

#include "base/clock.h"

/* The length of a sample of the measured rate, and the weight of the newest sample. */
#define BUCKET_US (CLOCK_US_PER_S / 2)
#define SMOOTHING 0.8

static double rate_of(guint count, gint64 span_us)
{
    return (double)count * (double)CLOCK_US_PER_S / (double)span_us;
}

static void measure(Pace *pace, gint64 now_us)
{
    gint64 span_us = now_us - pace->bucket_us;

    if (pace->bucket_us == 0) {
        pace->bucket_us = now_us;
    } else if (span_us >= BUCKET_US) {
        double rate = rate_of(pace->bucket_count, span_us);

        pace->measured = pace->measured > 0 ? SMOOTHING * rate + (1 - SMOOTHING) * pace->measured : rate;
        pace->bucket_us = now_us;
        pace->bucket_count = 0;
    }
    pace->bucket_count++;
}

gint64 pace_wait_us(Pace *pace, gint64 now_us)
{
    gint64 start_us = MAX(now_us, pace->free_us);

    measure(pace, start_us);
    if (pace->rate <= 0)
        return 0;
    pace->free_us = start_us + (gint64)((double)CLOCK_US_PER_S / pace->rate);
    return start_us - now_us;
}

void pace_slow_down(Pace *pace, gint64 now_us)
{
    /* There is no measurement in the first half second. */
    double sent = pace->measured > 0 ? pace->measured : rate_of(pace->bucket_count, BUCKET_US);

    if (pace->cut_us != 0 && now_us - pace->cut_us < PACE_COOL_US)
        return;
    if (pace->rate > 0)
        sent = MIN(sent, pace->rate);
    pace->rate = MAX(sent / 2, PACE_FLOOR);
    pace->lift = MAX(sent * 2, 2 * PACE_FLOOR);
    pace->cut_us = now_us;
}

void pace_speed_up(Pace *pace)
{
    if (pace->rate <= 0)
        return;
    pace->rate += PACE_STEP / pace->rate;
    if (pace->rate < pace->lift)
        return;
    pace->rate = 0;
    pace->free_us = 0;
}
