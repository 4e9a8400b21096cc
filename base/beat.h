/* Signs of life of this process, for a parent that kills it when they stop: a counter in shared memory. */
#pragma once

#include <glib.h>

/* Sets the counter that beat() increments from now on. NULL: beat() does nothing. */
void beat_set_counter(_Atomic guint64 *counter);

/* Increments the counter. Called by code that keeps an event loop waiting for long but makes progress, such
 * as between two parts of a file. */
void beat(void);
