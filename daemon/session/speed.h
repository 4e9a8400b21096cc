/* The speed of a pass during its last half minute, and the resulting forecast of its end. Used by the main
 * process. Pure.
 *
 * The time since the start would be a poor base: it includes the listing of the destination, and perhaps an
 * hour at another speed. */
#pragma once

#include <glib.h>

#include "daemon/protocol/progress.h"

#define SPEED_WINDOW_S 30u

typedef struct {
    gint64 time_us;
    guint64 worked;   /* objects that were made, or failed */
    guint64 finished; /* those that were worked on, and those that needed no work */
} SpeedSample;

typedef struct {
    SpeedSample samples[SPEED_WINDOW_S + 1]; /* the oldest first, a second or more apart */
    guint n;
    SpeedSample latest;
} Speed;

/* Starts a new pass. */
void speed_init(Speed *speed, gint64 now_us);

/* Adds the pass's progress, at any time. */
void speed_add(Speed *speed, const Progress *progress, gint64 now_us);

typedef struct {
    double per_second;   /* objects worked on per second; 0 if none in the last half minute */
    double seconds_left; /* negative if unknown */
} Forecast;

/* Forecast for the progress that was added last. */
Forecast speed_forecast(const Speed *speed, const Progress *progress);
