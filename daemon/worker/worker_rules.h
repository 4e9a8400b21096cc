/* The rules of a worker's sandbox (sandbox/sandbox.h). They allow access to its imager, libraries,
 * certificates, files that the resolver reads, stores that are directories, and the ports of servers and
 * proxies. Used by the worker.
 *
 * The kernel's rules apply to files, not to names: a remounted directory or a replaced file is out of reach.
 * worker_rules_broken() detects that, and a new worker solves it. */
#pragma once

#include <glib.h>

#include "sandbox/sandbox.h"

typedef struct WorkerRules WorkerRules;

/* Paths are absolute; an empty one is ignored. Borrowed during the call. */
typedef struct {
    const char *imager; /* path of the executable */
    const char *ca_files[2];
    const char *source_directory;
    gboolean source_links; /* symbolic links in its top folder may lead out of it, whoever made them */
    const char *destination_directory;
    const guint16 *ports;
    gsize n_ports;
    guint modes; /* all permission bits that outputs and their folders may get; 0 for a bucket */
    SandboxDemand demand;
} WorkerReach;

/* Enters the sandbox with sandbox_enter_worker(). NULL with its errors. */
WorkerRules *worker_rules_enter(const WorkerReach *reach, SandboxState *ret_state, GError **error);

/* The first path that is no longer the file it was when the sandbox was entered, or NULL. Borrowed. Blocks on
 * the file systems of the stores. */
const char *worker_rules_broken(const WorkerRules *rules);

/* NULL is allowed. */
void worker_rules_free(WorkerRules *rules);
