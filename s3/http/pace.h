/* The pace of a client's requests: none is held back until the server asks for fewer (503 SlowDown). Then
 * half of what was sent is sent, a little more with each success, until twice as much as had been too much
 * went well: additive increase, multiplicative decrease. Pure: the caller says what time it is. */
#pragma once

#include <glib.h>

/* The least, in requests per second. */
#define PACE_FLOOR 1.0

/* What is added in a second in which all went well. */
#define PACE_STEP 10.0

/* Refusals closer together than this are about the same requests: the pace is halved once. */
#define PACE_COOL_US G_GINT64_CONSTANT(1000000)

typedef struct {
    double rate;     /* that is allowed, in requests per second; 0: any */
    double lift;     /* with that much there is no limit any more */
    double measured; /* as it was in the last time, smoothed */
    gint64 bucket_us;
    guint bucket_count; /* requests since bucket_us */
    gint64 free_us;     /* when the next request may start */
    gint64 cut_us;      /* when the pace was last halved */
} Pace;

/* Another request wants to start: it may after so many microseconds, and that place is its own. */
gint64 pace_wait_us(Pace *pace, gint64 now_us);

/* The server asked for fewer requests. */
void pace_slow_down(Pace *pace, gint64 now_us);

/* A request succeeded. */
void pace_speed_up(Pace *pace);
