/* A supervisor at work for a command: started, handed the configuration, listened to, and joined. Used by the
 * main process. Single-threaded. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "config/model.h"
#include "imaging/planning/explanation.h"

typedef struct {
    const Config *config;
    gboolean dry_run;       /* make nothing. Signals are left as they are: it has nothing to finish */
    gint64 max_duration_ms; /* then it begins nothing more; 0: no limit */
    gboolean with_bar;      /* show a progress bar on standard error */
    /* Dry run: an output that would be made; keys are quoted. May be NULL. */
    void (*on_plan)(const char *source_key, const char *output_key, void *data);
    void *data;
} SessionOptions;

/* To be called at the start of a program that will call session_run(), not for a dry run: signals that come
 * before that are kept for it, and a log whose reader ends does not end the run. */
void session_hold_signals(void);

/* One pass. SIGTERM and SIGINT stop it, a second one at once. Its report, with the exit code in it: also when
 * there was no pass at all, with the reason, which has been logged. */
RunReport *session_run(const SessionOptions *options);

/* What a run would make of one object. key is relative to source.url, as bytes. Fails with the class that the
 * object or the store fails with. */
gboolean session_explain(const Config *config, const char *key, Explanation *ret_explanation, GError **error);

/* What the supervisor finds when it tries credentials and stores: an array of Finding
 * (daemon/protocol/findings.h), owned by the caller. NULL: there is nothing to try them with, ERROR_PERMANENT
 * or ERROR_TRANSIENT for want of credentials. */
GPtrArray *session_examine(const Config *config, GError **error);
