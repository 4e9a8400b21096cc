/* Signs of life of this process, for a parent that kills it when there are none: a counter in memory that
 * both share. */
#pragma once

#include <glib.h>

/* What beat() adds to from now on; NULL: nothing. */
void beat_set_counter(_Atomic guint64 *counter);

/* Called by whatever keeps an event loop waiting for long, and gets ahead: between two parts of a file. */
void beat(void);
