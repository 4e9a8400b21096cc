/* Detects whether a child's event loop still runs: the child increments a counter in shared memory
 * (WireMemory.beats), and its parent checks it. For child.c and worker.c. */
#pragma once

#include <glib.h>

#include "base/timer.h"

typedef struct Pulse Pulse;

/* The child's side: counts from context, often enough for this limit; so does beat() (base/beat.h). */
Pulse *pulse_give(GMainContext *context, _Atomic guint64 *beats, gint64 limit_us);

/* The parent's side: func is called once when the counter did not change for limit_us, see base/patience.h.
 * Call pulse_start() when the first beat is to be expected. */
Pulse *pulse_watch(GMainContext *context, const _Atomic guint64 *beats, gint64 limit_us, TimerFunc func,
                   void *data);
void pulse_start(Pulse *pulse);

/* pulse may be NULL. */
void pulse_free(Pulse *pulse);
