#include "daemon/state/claim.h"

#include "daemon/state/run_record.h"
#include "daemon/state/state_files.h"

/* The lock, with a reference count: passes over the same stores share it. */
typedef struct {
    RunLock *own; /* NULL if locking is impossible */
} SharedLock;

struct Claim {
    char *stores; /* identifies the pair of stores and its state directory */
    SharedLock *lock;
    RunRecord *record; /* NULL if there is no ledger */
};

static void shared_lock_clear(void *data)
{
    run_lock_release(((SharedLock *)data)->own);
}

static char *stores_of(const Config *config)
{
    g_autofree char *directory = state_directory(config, g_getenv(STATE_VARIABLE));

    return state_file(directory != NULL ? directory : "", config, "");
}

/* NULL if another process holds the lock, or if it is required and cannot be taken. */
static SharedLock *take_lock(const Config *config, RunLockDemand demand)
{
    RunLock *own;
    SharedLock *lock;

    if (run_lock_take(config, demand, &own) != LOCK_TAKEN)
        return NULL;
    lock = g_rc_box_new(SharedLock);
    lock->own = own;
    return lock;
}

Claim *claim_take(const Config *config, const char *config_path, RunLockDemand demand, const Claim *beside)
{
    g_autofree char *stores = stores_of(config);
    const gboolean is_shared = beside != NULL && g_str_equal(beside->stores, stores);
    SharedLock *lock = is_shared ? g_rc_box_acquire(beside->lock) : take_lock(config, demand);
    Claim *claim;

    if (lock == NULL)
        return NULL;
    claim = g_new0(Claim, 1);
    claim->stores = g_steal_pointer(&stores);
    claim->lock = lock;
    claim->record = run_record_begin(config, config_path, lock->own != NULL && !is_shared);
    return claim;
}

void claim_end(Claim *claim, const RunReport *report, const char *reason)
{
    if (claim == NULL)
        return;
    run_record_end(claim->record, report, reason);
    g_rc_box_release_full(claim->lock, shared_lock_clear);
    g_free(claim->stores);
    g_free(claim);
}
