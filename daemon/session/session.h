/* A supervisor that works for a command: it is started, sent the configuration, listened to, and joined. Used
 * by the main process. Single-threaded. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "batch/scope.h"
#include "config/model.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/meter.h"
#include "daemon/session/key_feed.h"
#include "daemon/session/progress_bar.h"
#include "imaging/planning/explanation.h"

typedef struct {
    const Config *config;
    Scope scope;               /* its texts are borrowed; without list */
    KeyFeed *keys;             /* the only keys that the run is about; borrowed, not started. NULL for all */
    gboolean dry_run;          /* make nothing; signals keep their default action, as there is nothing to
                             * finish */
    const char *const *remake; /* names of outputs to make again if their recipe has changed; empty for
                                * all; NULL to follow the configuration */
    gboolean is_collection;    /* make nothing, and delete orphans; on_plan is called for each, with "" as
                                * source key */
    const char *max_delete;    /* in place of the configuration's; NULL to follow it */
    gint64 max_duration_ms;    /* after this time the run begins nothing more; 0 for no limit */
    void (*on_meter)(const Meter *increments, const MeterGauges *gauges,
                     void *data); /* what the run counts, for metrics; may be NULL */
    ProgressForm progress;        /* shown on standard error */
    /* Called in a dry run for an output that would be made; keys are quoted. May be NULL. */
    void (*on_plan)(const char *source_key, const char *output_key, void *data);
    Verification verification;
    /* Called in a verification for an output that differs; keys are quoted. May be NULL. */
    void (*on_finding)(const char *source_key, const char *output_key, const char *difference,
                       const char *text, void *data);
    void *data;
    gboolean *ret_is_over; /* set if the run was told to stop, by a signal or by its duration; may be NULL */
} SessionOptions;

/* Must be called at the start of a program that will call session_run(), except for a dry run. Signals that
 * arrive earlier than session_run() are held for it, and the run does not end if the reader of its log
 * does. */
void session_hold_signals(void);

/* Runs one pass. SIGTERM and SIGINT stop it gracefully, a second signal at once. Returns the report,
 * including the exit code. If there was no pass, the report gives the reason, which has been logged. */
RunReport *session_run(const SessionOptions *options);

/* Explains what a run would make of one object. key is relative to source.url, as bytes. Fails with the error
 * class of the object or the store. */
gboolean session_explain(const Config *config, const char *key, Explanation *ret_explanation, GError **error);

/* Has the supervisor test credentials and stores: an array of Finding (daemon/protocol/findings.h), owned by
 * the caller. NULL if the tests cannot begin, with ERROR_PERMANENT or ERROR_TRANSIENT if there are no
 * credentials. */
GPtrArray *session_examine(const Config *config, GError **error);
