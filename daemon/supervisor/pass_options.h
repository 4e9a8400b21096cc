/* Options and callbacks of a pass. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "batch/scope.h"
#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/meter.h"
#include "daemon/protocol/progress.h"
#include "s3/http/http_proxies.h"

typedef struct Pass Pass;

typedef struct {
    const Config *config;         /* borrowed */
    const HttpProxies *proxies;   /* borrowed */
    const StoreCredentials *keys; /* borrowed */
    const char *ledger;           /* path, borrowed; may be NULL */
    Scope scope;                  /* its texts are borrowed */
    int keys_fd; /* if scope has a list: to read its keys from, each followed by NUL. Borrowed by pass_new() */
    gboolean dry_run;
    const char *const
        *remake; /* names of outputs to make again if their recipe has changed, also back to a former
                                * one; empty for all, or NULL. Borrowed */
    gboolean is_collection; /* only deletes orphans */
    const char *max_delete; /* in place of the configuration's; NULL or "": not. Borrowed */
    Verification verification;
    GVariant *held; /* objects and memory that the previous supervisor still uses (HELD_TYPE); their objects
                     * wait for pass_release(). May be NULL. Borrowed by pass_new() */
    void (*on_progress)(const Progress *progress, void *data);
    void (*on_meter)(const Meter *increments, const MeterGauges *gauges, void *data); /* may be NULL */
    void (*on_plan)(const char *source_key, const char *output_key,
                    void *data); /* keys are quoted. Dry run: an output that would be made. Collection: an
                                  * orphan that was deleted, or would be; source_key is "" */
    void (*on_finding)(const char *source_key, const char *output_key, const char *difference,
                       const char *text, void *data); /* verification: NOTE_FINDING */
    void (*on_finished)(const RunReport *report,
                        void *data); /* the pass is over and all workers have ended; called once */
    /* Whether the receiver of the other callbacks has fallen behind: then the listing pauses. */
    gboolean (*is_behind)(void *data);
    void *data;
} PassOptions;
