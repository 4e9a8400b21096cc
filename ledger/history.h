/* The ledger's table of runs. Written by the main process: at the start, so that a killed run is recorded
 * too, and at the end. Errors are those of ledger/database.h. */
#pragma once

#include <glib.h>

#include "ledger/ledger.h"

/* The most records kept: enough for a run every ten minutes for more than two months. */
#define HISTORY_MAX_RUNS 10000u

/* Exit codes of a run without one. HISTORY_NO_EXIT: it is still running, or was killed and no run has begun
 * since. HISTORY_KILLED: it was killed. */
#define HISTORY_NO_EXIT (-1)
#define HISTORY_KILLED  (-2)

typedef struct {
    gint64 id;
    gint64 started_s;    /* Unix seconds */
    double seconds;      /* its duration */
    int exit;            /* or HISTORY_NO_EXIT or HISTORY_KILLED: then the following fields are unknown */
    const char *config;  /* the path of the file, UTF-8 */
    const char *version; /* of thumbmill */
    const char *error;   /* why there was no pass at all; NULL if there was one */
    const char *scope;   /* what the run was limited to, for people; NULL if to nothing */
    guint64 listed, done, skipped, failed, remembered, postponed; /* objects */
    guint64 made;                                                 /* outputs */
    guint64 bytes_in, bytes_out;
} HistoryRun;

/* Adds the record of a run that begins, and deletes the oldest ones beyond HISTORY_MAX_RUNS. *ret_id is for
 * history_end(). */
gboolean history_begin(Ledger *ledger, const char *config, gint64 now_s, gint64 *ret_id, GError **error);

/* Marks all runs without an end as killed. Only for a caller that has locked the stores exclusively: no other
 * run is active then. */
gboolean history_bury(Ledger *ledger, GError **error);

/* Completes the record with run's id; started_s, config and version are not changed. */
gboolean history_end(Ledger *ledger, const HistoryRun *run, GError **error);

/* The number of objects in the last run that listed its whole source. FALSE if there is none. */
gboolean history_last_listed(Ledger *ledger, guint64 *ret_listed);

/* Calls func for the last max runs, the latest first. Texts are valid during the call. */
typedef void (*HistoryFunc)(const HistoryRun *run, void *data);
gboolean history_each(Ledger *ledger, guint max, HistoryFunc func, void *data, GError **error);
