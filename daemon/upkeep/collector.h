/* Deletes orphans of the destination: outputs whose original is gone. The pass notes what it finds while it
 * compares; when everything has been compared, the collector deletes, if nothing speaks against it. The
 * conditions, in this order (docs/adr/0062-when-an-orphan-is-deleted.md):
 *
 *  1. the key fits the template of exactly one output (batch/orphan.h);
 *  2. everything was listed, and neither are there too many orphans nor has the source shrunk too much;
 *  3. it has been an orphan for orphan_grace (ledger/orphans.h);
 *  4. a listing of its original's keys, just now, has none;
 *  5. a HEAD request shows thumbmill's provenance;
 *  6. the DELETE names the version that the HEAD request has seen.
 *
 * Used by the pass. Single-threaded. */
#pragma once

#include <glib.h>

#include "batch/orphan.h"
#include "batch/report.h"
#include "batch/scope.h"
#include "ledger/ledger.h"
#include "store/store.h"

typedef struct {
    const Config *config; /* borrowed, as all of these */
    Store *source;
    Store *destination;
    Ledger *ledger;
    RunReport *report;   /* orphans.* are counted there */
    gboolean is_dry_run; /* all but the DELETE */
    DeletionLimit limit;
    Scope scope; /* orphans that objects outside of it may have are left; its texts are borrowed */
    /* An orphan has been deleted, or would be. May be NULL. */
    void (*on_deleted)(const char *output_key, void *data);
    /* All orphans have been dealt with, from the main loop. The receiver may free the collector. */
    void (*on_done)(void *data);
    void *data;
} CollectorOptions;

typedef struct Collector Collector;

/* Errors of ledger/database.h. */
Collector *collector_new(const CollectorOptions *options, GMainContext *context, GError **error);

/* No original has this output key. */
void collector_note(Collector *collector, const char *output_key);

/* Deletes what may be deleted; on_done follows. Of the scene, orphans is known to the collector: those of all
 * shards, as the scene is that of all. */
void collector_begin(Collector *collector, OrphanScene scene);

/* Begins nothing more; on_done follows as soon as the requests in flight have been answered. */
void collector_stop(Collector *collector);

/* Requests in flight are given up. NULL is allowed. */
void collector_free(Collector *collector);
