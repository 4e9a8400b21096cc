/* A pass's claim to its stores: the lock that excludes other runs, and its record in the ledger. Used by a
 * service. When one supervisor takes over from another, two passes run for a while: over the same stores they
 * share the lock. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/state/run_lock.h"

typedef struct Claim Claim;

/* Logs the reason and returns NULL if another run over these stores is active, or if a lock is required and
 * impossible. config_path is for the record. beside: the claim of another pass of this process, or NULL. */
Claim *claim_take(const Config *config, const char *config_path, RunLockDemand demand, const Claim *beside);

/* The pass has ended; report and reason as for run_record_end(). claim may be NULL. */
void claim_end(Claim *claim, const RunReport *report, const char *reason);
