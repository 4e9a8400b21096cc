/* Measures how much of a worker's time its imager was busy, from which the window (daemon/flow/window.h) is
 * computed. Used by the worker; pure: the caller passes the time. */
#pragma once

#include <glib.h>

/* How the imager spent the time during which its worker had tasks. */
typedef struct {
    guint64 idle_us;   /* without a source */
    guint64 busy_us;   /* with one source or more */
    guint64 queued_us; /* the time that sources waited for their turn: two that wait count twice */
} ImagerTimes;

typedef struct {
    guint tasks;     /* that the worker has */
    guint sources;   /* those of these tasks whose source is with the imager, or waits for it */
    gint64 since_us; /* time of the last change */
    ImagerTimes times;
} Occupancy;

/* A task began or ended: by is 1 or -1. */
void occupancy_change_tasks(Occupancy *occupancy, gint by, gint64 now_us);

/* A source was submitted to the imager (by is 1), or the imager has finished it (by is -1). */
void occupancy_change_sources(Occupancy *occupancy, gint by, gint64 now_us);

/* Returns the times until now, and resets them. */
ImagerTimes occupancy_take(Occupancy *occupancy, gint64 now_us);
