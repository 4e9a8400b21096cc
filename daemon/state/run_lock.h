/* Allows one run at a time over a pair of stores. Used by the main process.
 *
 * The lock is a file in the state directory. Without a state directory, or if it cannot be written, the lock
 * is a file in each of these places that exists: /run/user/UID, which belongs to this user alone, /run (for
 * root), /run/lock and /tmp. In the last two, others may have created a file of that name first, and the
 * first one exists only during a session, so that no single place is sufficient. Two concurrent runs do no
 * harm, but do everything twice: if no lock is possible, a run logs that and goes on, unless a lock is
 * required. */
#pragma once

#include <glib.h>

#include "base/lock_file.h"
#include "config/model.h"

typedef struct RunLock RunLock;

/* Whether a run may go on without a lock. */
typedef enum { RUN_LOCK_WANTED, RUN_LOCK_REQUIRED } RunLockDemand;

/* Parses --lock: "wanted" (also if text is NULL) or "required". FALSE after printing the error. */
gboolean run_lock_parse(const char *text, RunLockDemand *ret_demand);

/* LOCK_TAKEN: *ret_lock is owned by the caller; NULL if locking is impossible and not required. LOCK_HELD:
 * another run is active. LOCK_FAILED: locking is impossible. The last two are logged. */
LockResult run_lock_take(const Config *config, RunLockDemand demand, RunLock **ret_lock);

/* Like run_lock_take(), but in these folders (NULL-terminated), without the state directory. */
LockResult run_lock_take_in(const char *const *folders, const Config *config, RunLockDemand demand,
                            RunLock **ret_lock);

/* Whether a run seems to be active (lock_file_seems_held()). */
gboolean run_lock_seems_held(const Config *config);

/* NULL is allowed. */
void run_lock_release(RunLock *lock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunLock, run_lock_release)
