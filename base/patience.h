/* A limit of time for something that is waited for. Time in which this process itself stood still does not
 * count: while it was stopped, its container frozen or its machine paused, what it waits for most likely
 * stood still too, or its answer has come and could not be read. Every limit after which something is killed
 * or given up is one of these. */
#pragma once

#include <glib.h>

#include "base/timer.h"

typedef struct Patience Patience;

/* One that is not set. func is called once each time that it is set and ends. */
Patience *patience_new(GMainContext *context, TimerFunc func, void *data);

/* Ends after so much time from now on; replaces what was set. */
void patience_set(Patience *patience, gint64 limit_us);

/* The same for a limit that began at this time of clock_awake_us(). */
void patience_set_since(Patience *patience, gint64 since_us, gint64 limit_us);

/* Does not end any more, until it is set again. */
void patience_unset(Patience *patience);

/* May be called from func. NULL is allowed. */
void patience_free(Patience *patience);
