/* The pace of a client's requests. None is delayed until the server asks for fewer (503 SlowDown). The rate
 * is then halved, and raised a little with each success; the limit is lifted when twice the rate that was too
 * high has succeeded: additive increase, multiplicative decrease. Pure: the caller passes the time. */
#pragma once

#include <glib.h>

/* The lowest rate, in requests per second. */
#define PACE_FLOOR 1.0

/* How much the rate grows in a second without refusals, in requests per second. */
#define PACE_STEP 10.0

/* Refusals closer together than this concern the same burst: the rate is halved once. */
#define PACE_COOL_US G_GINT64_CONSTANT(1000000)

typedef struct {
    double rate;     /* allowed, in requests per second; 0 if there is no limit */
    double lift;     /* the rate at which the limit is lifted */
    double measured; /* the recent rate, smoothed */
    gint64 bucket_us;
    guint bucket_count; /* requests since bucket_us */
    gint64 free_us;     /* when the next request may start */
    gint64 cut_us;      /* when the rate was last halved */
} Pace;

/* Reserves the next turn for a request: returns the microseconds after which it may start. */
gint64 pace_wait_us(Pace *pace, gint64 now_us);

/* Records that the server asked for fewer requests. */
void pace_slow_down(Pace *pace, gint64 now_us);

/* Records a successful request. */
void pace_speed_up(Pace *pace);
