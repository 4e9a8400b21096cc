/* Whether a child's event loop still turns: the child counts up in memory that it shares (WireMemory.beats),
 * and its parent looks. For child.c and worker.c. */
#pragma once

#include <glib.h>

#include "base/timer.h"

typedef struct Pulse Pulse;

/* The child's side: counts from context, often enough for such a limit; so does beat() (base/beat.h). */
Pulse *pulse_give(GMainContext *context, _Atomic guint64 *beats, gint64 limit_us);

/* The parent's side: func is called once when nothing was counted for limit_us, see base/patience.h. Call
 * pulse_start() when the first beat is to be expected. */
Pulse *pulse_watch(GMainContext *context, const _Atomic guint64 *beats, gint64 limit_us, TimerFunc func,
                   void *data);
void pulse_start(Pulse *pulse);

/* NULL is allowed. */
void pulse_free(Pulse *pulse);
