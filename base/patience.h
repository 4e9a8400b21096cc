/* A time limit for something that is awaited. Time during which this process itself did not run does not
 * count: while it was stopped, its container frozen or its machine paused, whatever it awaits was most likely
 * paused too, or its answer has arrived and could not be read. Every limit after which something is killed or
 * given up is a Patience. */
#pragma once

#include <glib.h>

#include "base/timer.h"

typedef struct Patience Patience;

/* Returns a limit that is not set. func is called once each time that the limit is set and reached. */
Patience *patience_new(GMainContext *context, TimerFunc func, void *data);

/* Sets the limit to this time from now; replaces an earlier limit. */
void patience_set(Patience *patience, gint64 limit_us);

/* Like patience_set(), from a time of clock_awake_us() on. */
void patience_set_since(Patience *patience, gint64 since_us, gint64 limit_us);

/* Cancels the limit. */
void patience_unset(Patience *patience);

/* May be called from func. patience may be NULL. */
void patience_free(Patience *patience);
