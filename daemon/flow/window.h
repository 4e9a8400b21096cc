/* How many tasks each worker has in flight: as many as keep its imager busy, whatever the latency of the
 * stores, and no more. Used by the dispatcher; pure arithmetic on what the workers report with their results.
 *
 * A round is as many results as there are tasks in flight. If imagers were idle in it the window grows, by as
 * much as that asks for; the next round shows what came of it. Where the network, the server or the CPU is
 * the limit nothing comes of it, and the window returns to what it was and stays there for a while. Where
 * sources queue up before the imagers it shrinks: they only take memory there. */
#pragma once

#include "daemon/protocol/occupancy.h"

/* Tasks per worker at first; fewer where there is no room for so many (daemon/flow/room.h). */
#define WINDOW_START 4u

typedef struct {
    guint tasks; /* per worker */
    guint most;  /* that it may grow to */
    gboolean is_fixed;
    guint settling;  /* results that are still those of the window before */
    guint n_results; /* of this round */
    ImagerTimes times;
    gboolean lacked_work; /* at some time of this round there was nothing to hand out */
    guint tried_from;     /* it has just grown from so many; 0: it has not */
    double busy_before;   /* the share of time in which imagers were busy then */
    guint rounds_to_stay;
} Window;

/* fixed: tasks per worker, for good; 0: as many as it takes. Never more than most (1 or more). */
void window_init(Window *window, guint fixed, guint most);

/* A worker's result came, with its imager's times since the one before. TRUE if the window is another now. */
gboolean window_take(Window *window, const ImagerTimes *times, guint n_workers);

/* There was room for more, and nothing that might fill it: what this round shows is not the window's doing.
 */
void window_lacks_work(Window *window);
