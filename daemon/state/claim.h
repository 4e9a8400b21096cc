/* A pass's claim to its stores: the lock that keeps other runs away from them, and its record in the ledger.
 * Used by a service. When one supervisor takes over from another, two of its passes are under way for a
 * while: over the same stores they share the lock. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/state/run_lock.h"

typedef struct Claim Claim;

/* NULL if another run over these stores is at work, or there is no lock and one is required, after logging
 * which. config_path is for the record. beside: the claim of another pass of this process; NULL: there is
 * none. */
Claim *claim_take(const Config *config, const char *config_path, RunLockDemand demand, const Claim *beside);

/* The pass has ended; report and reason as for run_record_end(). A claim of NULL is allowed. */
void claim_end(Claim *claim, const RunReport *report, const char *reason);
