/* How many tasks each worker has in flight: as many as keep its imager busy, whatever the latency of the
 * stores, and no more. Used by the dispatcher; pure arithmetic on the times that workers report with results.
 *
 * A round is as many results as there are tasks in flight. If imagers were idle during a round, the window
 * grows by as much as their idle time suggests; the next round shows whether that helped. Where the network,
 * the server or the CPU is the limit, it does not help, and the window returns to its previous size and stays
 * there for a while. Where sources queue up for the imagers, the window shrinks: queued sources only take
 * memory. */
#pragma once

#include "daemon/protocol/occupancy.h"

/* Initial tasks per worker; fewer where there is no room for so many (daemon/flow/room.h). */
#define WINDOW_START 4u

typedef struct {
    guint tasks; /* per worker */
    guint most;  /* upper limit of tasks */
    gboolean is_fixed;
    guint settling;  /* results still to come from tasks of the previous window */
    guint n_results; /* in this round */
    ImagerTimes times;
    gboolean lacked_work; /* in this round there was a time with nothing to hand out */
    guint tried_from;     /* size before the growth that is on trial; 0 if no growth is */
    double busy_before;   /* share of time in which imagers were busy before that growth */
    guint rounds_to_stay;
} Window;

/* fixed: constant number of tasks per worker; 0: adapts. Never more than most (1 or more). */
void window_init(Window *window, guint fixed, guint most);

/* A worker's result arrived, with its imager's times since its previous result. TRUE if the window has
 * changed. */
gboolean window_take(Window *window, const ImagerTimes *times, guint n_workers);

/* There was room for more tasks, but nothing to hand out: the times of this round say nothing about the
 * window. */
void window_lacks_work(Window *window);
