/* The ledger of a pair of stores: what failed, why, and for which version of the object, its recipe and the
 * engine. A file in the state directory; docs/adr/0010-what-the-ledger-remembers.md says what is in it and
 * why.
 *
 * The supervisor reads it for each object that has work to do, and writes what failed; the main process reads
 * it for people. Several processes may have it open. Errors are those of ledger/database.h. Single-threaded.
 */
#pragma once

#include <glib.h>

/* Rows that are kept: of more, those are forgotten, and tried again, that failed longest ago. */
#define LEDGER_MAX_FAILURES 1000000u

/* What no run has met for so long is no longer there. */
#define LEDGER_FORGET_S (G_GINT64_CONSTANT(30) * 24 * 3600)

typedef struct Ledger Ledger;

typedef enum {
    LEDGER_CHECK_DAILY, /* if that was not done within the last 24 hours */
    LEDGER_CHECK_NOW,   /* something in it is damaged */
} LedgerCheck;

/* Opens it, or makes it, and checks all of it. One that is damaged is set aside under the name *ret_set_aside
 * (NULL: it was not; owned by the caller) and begun anew. */
Ledger *ledger_open(const char *path, LedgerCheck check, char **ret_set_aside, GError **error);

/* Opens what is there, to look at it, or to make it forget. Nothing is checked or set aside. */
Ledger *ledger_open_existing(const char *path, GError **error);

/* NULL is allowed. */
void ledger_close(Ledger *ledger);

/* One output of an object that could not be made. The texts are whoever's who made it, except in a copy. */
typedef struct {
    const char *key;    /* bytes, relative to the source */
    const char *output; /* its name; "": the object as a whole was refused, before it was read */
    const char *etag;   /* what tells one version of the object from another */
    const char *recipe; /* a hash of what decides the output */
    const char *engine; /* what made it fail: "thumbmill 1.2.3, libvips 4.5.6" */
    gboolean is_final;
    const char *class; /* error_class_name() */
    const char *reason;
    guint tries;            /* runs in which it failed, with the same etag, recipe and engine */
    gint64 first_s, last_s; /* the first and the last of these, Unix seconds */
    gint64 seen_s;          /* when a run last met it; exact to a day */
} LedgerFailure;

/* A copy that owns its texts, and what frees one. */
LedgerFailure *ledger_failure_copy(const LedgerFailure *failure);
void ledger_failure_free(LedgerFailure *failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LedgerFailure, ledger_failure_free)

/* How long a passing failure rests before it is tried again, in seconds: not at all while it has failed in
 * fewer than `runs` runs, then an hour, twice as long each time, a day at most. */
#define LEDGER_MAX_REST_S (G_GINT64_CONSTANT(24) * 3600)
gint64 ledger_rest_s(guint tries, guint runs);

/* What is remembered of this object: an array of LedgerFailure by output, often empty; NULL on failure. Costs
 * microseconds, and nothing while the ledger is empty. */
GPtrArray *ledger_recall(Ledger *ledger, const char *key, GError **error);

typedef enum {
    LEDGER_FAILED,  /* once more: tries and first_s are counted here; the rest is taken from the failure */
    LEDGER_REFUSED, /* the same, and what was remembered of its outputs is forgotten */
    LEDGER_MADE,    /* key and output: forgotten */
    LEDGER_SEEN,    /* key: met at seen_s */
} LedgerEvent;

typedef struct {
    LedgerEvent event;
    LedgerFailure *failure; /* a copy */
} LedgerChange;

/* What the event does not need may be NULL. */
LedgerChange *ledger_change_new(LedgerEvent event, const LedgerFailure *failure);
void ledger_change_free(LedgerChange *change);

/* Writes them all (an array of LedgerChange), or none, in one transaction. */
gboolean ledger_write(Ledger *ledger, const GPtrArray *changes, GError **error);

/* Forgets what is too old at now_s, or too much (more than max, which is LEDGER_MAX_FAILURES). Reads
 * everything. */
gboolean ledger_prune(Ledger *ledger, gint64 now_s, guint max, GError **error);

/* The same, but once a day only, or after a tenth of LEDGER_MAX_FAILURES have been written. */
gboolean ledger_prune_if_due(Ledger *ledger, gint64 now_s, GError **error);

typedef struct {
    const char *class; /* error_class_name(); NULL: all */
    guint limit;       /* rows; 0: all */
} LedgerFilter;

/* Calls func for each failure that passes the filter, by key and output. Its argument is valid during the
 * call. */
typedef void (*LedgerFunc)(const LedgerFailure *failure, void *data);
gboolean ledger_each(Ledger *ledger, const LedgerFilter *filter, LedgerFunc func, void *data, GError **error);

/* Failures alike. */
typedef struct {
    const char *class;
    const char *reason;
    guint64 n_failures; /* outputs, or objects that were refused */
    guint64 n_objects;
} LedgerGroup;

/* All classes and reasons, the most frequent first; of class only, unless that is NULL. Valid during the
 * call. */
typedef void (*LedgerGroupFunc)(const LedgerGroup *group, void *data);
gboolean ledger_each_group(Ledger *ledger, const char *class, LedgerGroupFunc func, void *data,
                           GError **error);

/* Makes it forget an object, or all (key NULL). *ret_count is the number of rows. */
gboolean ledger_forget(Ledger *ledger, const char *key, guint64 *ret_count, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ledger, ledger_close)
