/* What a pass is to do, and whom it tells. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "daemon/access/store_credentials.h"
#include "daemon/protocol/messages.h"
#include "s3/http/http_proxies.h"

typedef struct Pass Pass;

typedef struct {
    const Config *config;         /* borrowed */
    const HttpProxies *proxies;   /* borrowed */
    const StoreCredentials *keys; /* borrowed */
    const char *ledger;           /* its path, borrowed; NULL: there is none */
    gboolean dry_run;
    GVariant *held; /* of HELD_TYPE: what is not begun before pass_release(), and used by others; NULL:
                     * nothing. Borrowed by pass_new() */
    void (*on_progress)(const Progress *progress, void *data);
    void (*on_plan)(const char *source_key, const char *output_key,
                    void *data); /* dry run only; keys are quoted */
    void (*on_finished)(const RunReport *report,
                        void *data); /* it is over, and all workers ended; called once */
    /* Whether whoever hears all this is behind: nothing further is listed then, for a while. */
    gboolean (*is_behind)(void *data);
    void *data;
} PassOptions;
