/* How much of a worker's time its imager had something to do: what the window (daemon/flow/window.h) is made
 * from. Used by the worker; pure: the caller says what time it is. */
#pragma once

#include <glib.h>

/* What an imager did while its worker had tasks. */
typedef struct {
    guint64 idle_us;   /* without a source */
    guint64 busy_us;   /* with one, or more */
    guint64 queued_us; /* that sources waited for their turn: two that wait count twice */
} ImagerTimes;

typedef struct {
    guint tasks;     /* that the worker has */
    guint sources;   /* of these, with the imager or waiting for it */
    gint64 since_us; /* the last change */
    ImagerTimes times;
} Occupancy;

/* A task came or ended: by is 1 or -1. */
void occupancy_change_tasks(Occupancy *occupancy, gint by, gint64 now_us);

/* A source was handed to the imager, or the imager has done with it. */
void occupancy_change_sources(Occupancy *occupancy, gint by, gint64 now_us);

/* The times until now; they begin anew. */
ImagerTimes occupancy_take(Occupancy *occupancy, gint64 now_us);
