/* How fast a pass goes, by its last half minute, and what follows for its end. Used by the main process.
 * Pure.
 *
 * Not by all the time since the start: that has the listing of the destination in it, and an hour at another
 * speed. */
#pragma once

#include <glib.h>

#include "daemon/protocol/messages.h"

#define SPEED_WINDOW_S 30u

typedef struct {
    gint64 time_us;
    guint64 worked;   /* objects that were made, or failed */
    guint64 finished; /* these, and those with which there was nothing to do */
} SpeedSample;

typedef struct {
    SpeedSample samples[SPEED_WINDOW_S + 1]; /* the oldest first, a second or more apart */
    guint n;
    SpeedSample latest;
} Speed;

/* A pass begins. */
void speed_init(Speed *speed, gint64 now_us);

/* Its progress, whenever that comes. */
void speed_add(Speed *speed, const Progress *progress, gint64 now_us);

typedef struct {
    double per_second;   /* objects worked on; 0: none in the last half minute */
    double seconds_left; /* negative: that cannot be told */
} Forecast;

/* Forecast for the progress that was added last. */
Forecast speed_forecast(const Speed *speed, const Progress *progress);
