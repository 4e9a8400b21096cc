/* One run at a time over a pair of stores. Used by the main process.
 *
 * The lock is a file in the state directory; without one, or where it cannot be written, a file of this user
 * in /tmp. Two at once would do no harm, but everything twice: where nothing can be locked, a run says so and
 * goes on. */
#pragma once

#include <glib.h>

#include "base/lock_file.h"
#include "config/model.h"

/* FALSE if another run is at work, after logging which. *ret_lock is NULL if there can be none. */
gboolean run_lock_take(const Config *config, LockFile **ret_lock);

/* Whether a run seems to be at work (lock_file_seems_held()). */
gboolean run_lock_seems_held(const Config *config);
