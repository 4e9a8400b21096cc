/* The ledger's other table: a record of each run. Written by the main process: at the start, so that a run
 * that is killed has one too, and at the end. Errors are those of ledger/database.h. */
#pragma once

#include <glib.h>

#include "ledger/ledger.h"

/* Records that are kept: a run every ten minutes for more than two months. */
#define HISTORY_MAX_RUNS 10000u

/* The exit codes of a run that has none: it is still at work, or was killed and no run has begun since; it
 * was killed. */
#define HISTORY_NO_EXIT (-1)
#define HISTORY_KILLED  (-2)

typedef struct {
    gint64 id;
    gint64 started_s;    /* Unix seconds */
    double seconds;      /* that it took */
    int exit;            /* or HISTORY_NO_EXIT, HISTORY_KILLED: then the rest is not known */
    const char *config;  /* the path of the file, UTF-8 */
    const char *version; /* of thumbmill */
    const char *error;   /* why there was no pass at all; NULL: there was one */
    guint64 listed, done, skipped, failed, remembered, postponed; /* objects */
    guint64 made;                                                 /* outputs */
    guint64 bytes_in, bytes_out;
} HistoryRun;

/* The record of a run that begins; the oldest beyond HISTORY_MAX_RUNS go. *ret_id is for history_end(). */
gboolean history_begin(Ledger *ledger, const char *config, gint64 now_s, gint64 *ret_id, GError **error);

/* Notes that the runs that have no end were killed. To be called only by whoever has the lock of the stores
 * for itself: no other run is at work then. */
gboolean history_bury(Ledger *ledger, GError **error);

/* Of run: id, and what is known at the end; started_s, config and version are as they were. */
gboolean history_end(Ledger *ledger, const HistoryRun *run, GError **error);

/* How many objects the last run listed that came to the end of its source. FALSE if there is none. */
gboolean history_last_listed(Ledger *ledger, guint64 *ret_listed);

/* The last max runs, the latest first. Texts are valid during the call. */
typedef void (*HistoryFunc)(const HistoryRun *run, void *data);
gboolean history_each(Ledger *ledger, guint max, HistoryFunc func, void *data, GError **error);
