/* What a worker's sandbox (sandbox/sandbox.h) leaves open: its imager, libraries, certificates, what the
 * resolver reads, stores that are directories, and the ports of servers and proxies. Used by the worker.
 *
 * The rules of the kernel are about files and not about names: a directory that is mounted anew, or a file
 * that is replaced, is out of reach. worker_rules_broken() finds that, and a new worker is the way out. */
#pragma once

#include <glib.h>

#include "sandbox/sandbox.h"

typedef struct WorkerRules WorkerRules;

/* Paths are absolute; empty: none. Borrowed during the call. */
typedef struct {
    const char *imager; /* the executable */
    const char *ca_files[2];
    const char *source_directory;
    gboolean
        source_links; /* whether symbolic links in its top folder may lead out of it, whoever made them */
    const char *destination_directory;
    const guint16 *ports;
    gsize n_ports;
    guint modes; /* all permissions that outputs and their folders may have; 0: none are made */
    SandboxDemand demand;
} WorkerReach;

/* Enters the sandbox, as sandbox_enter_worker() does. NULL with its errors. */
WorkerRules *worker_rules_enter(const WorkerReach *reach, SandboxState *ret_state, GError **error);

/* NULL while everything is still what it was when the sandbox was entered; else the first path that is not.
 * Borrowed. Blocks on the file systems of the stores. */
const char *worker_rules_broken(const WorkerRules *rules);

/* NULL is allowed. */
void worker_rules_free(WorkerRules *rules);
