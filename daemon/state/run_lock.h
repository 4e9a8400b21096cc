/* One run at a time over a pair of stores. Used by the main process.
 *
 * The lock is a file in the state directory. Without one, or where it cannot be written, it is a file in each
 * place that there is: /run/user/UID, which is this user's alone, /run (root's), /run/lock and /tmp. In the
 * last two others may have made a file of that name first, and the first is there during a session only, so
 * that each place for itself is not enough. Two runs at once would do no harm, but everything twice: where
 * nothing can be locked, a run says so and goes on, unless a lock is required. */
#pragma once

#include <glib.h>

#include "base/lock_file.h"
#include "config/model.h"

typedef struct RunLock RunLock;

/* Whether a run may go on without a lock. */
typedef enum { RUN_LOCK_WANTED, RUN_LOCK_REQUIRED } RunLockDemand;

/* What --lock says: "wanted" (NULL means the same) or "required". FALSE after printing what is wrong. */
gboolean run_lock_parse(const char *text, RunLockDemand *ret_demand);

/* LOCK_TAKEN: *ret_lock is owned by the caller; NULL if there can be none and none is required. LOCK_HELD:
 * another run is at work. LOCK_FAILED: there can be none. The last two are logged. */
LockResult run_lock_take(const Config *config, RunLockDemand demand, RunLock **ret_lock);

/* The same in these folders, as if there were no state directory; NULL-terminated. */
LockResult run_lock_take_in(const char *const *folders, const Config *config, RunLockDemand demand,
                            RunLock **ret_lock);

/* Whether a run seems to be at work (lock_file_seems_held()). */
gboolean run_lock_seems_held(const Config *config);

/* NULL is allowed. */
void run_lock_release(RunLock *lock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunLock, run_lock_release)
