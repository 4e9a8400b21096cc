/* The ledger of a pair of stores: the failures of outputs, with their reasons and the version of the object,
 * the recipe and the engine. A file in the state directory; docs/adr/0010-what-the-ledger-remembers.md says
 * what it holds and why.
 *
 * The supervisor reads it for each object with outputs to make, and records failures; the main process reads
 * it to print it. Several processes may have it open. Errors are those of ledger/database.h.
 * Single-threaded. */
#pragma once

#include <glib.h>

/* The most rows kept: beyond that, the failures that are longest ago are forgotten, and tried again. */
#define LEDGER_MAX_FAILURES 1000000u

/* An object that no run has seen for this long no longer exists. */
#define LEDGER_FORGET_S (G_GINT64_CONSTANT(30) * 24 * 3600)

typedef struct Ledger Ledger;

typedef enum {
    LEDGER_CHECK_DAILY, /* unless the file was checked within the last 24 hours */
    LEDGER_CHECK_NOW,   /* something in the file is damaged */
} LedgerCheck;

/* Opens or creates the ledger, and checks all of it. A damaged one is quarantined under the name
 * *ret_set_aside (owned by the caller, or NULL if nothing was quarantined), and a new one is created. */
Ledger *ledger_open(const char *path, LedgerCheck check, char **ret_set_aside, GError **error);

/* Opens an existing ledger to read it, or to make it forget. Nothing is checked or quarantined. */
Ledger *ledger_open_existing(const char *path, GError **error);

/* ledger may be NULL. */
void ledger_close(Ledger *ledger);

/* An output of an object that could not be made. The texts are borrowed, except in a copy. */
typedef struct {
    const char *key;    /* bytes, relative to the source */
    const char *output; /* its name; "": the whole object was refused before it was read */
    const char *etag;   /* identifies the version of the object */
    const char *recipe; /* a hash of everything that decides the output */
    const char *engine; /* the program that failed: "thumbmill 1.2.3, libvips 4.5.6" */
    gboolean is_final;
    const char *class; /* error_class_name() */
    const char *reason;
    guint tries;            /* runs in which it failed, with the same etag, recipe and engine */
    gint64 first_s, last_s; /* the first and the last of these runs, Unix seconds */
    gint64 seen_s;          /* when a run last saw the object; exact to a day */
} LedgerFailure;

/* A copy that owns its texts, and the function that frees it. */
LedgerFailure *ledger_failure_copy(const LedgerFailure *failure);
void ledger_failure_free(LedgerFailure *failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LedgerFailure, ledger_failure_free)

/* How long a temporary failure rests before it is tried again, in seconds: not at all while it has failed in
 * fewer than `runs` runs, then an hour, doubled each time, up to a day. */
#define LEDGER_MAX_REST_S (G_GINT64_CONSTANT(24) * 3600)
gint64 ledger_rest_s(guint tries, guint runs);

/* Returns the known failures of this object: an array of LedgerFailure by output, often empty; NULL on
 * failure. Takes microseconds, and nothing while the ledger is empty. */
GPtrArray *ledger_recall(Ledger *ledger, const char *key, GError **error);

typedef enum {
    LEDGER_FAILED,  /* counts tries and first_s itself; the other fields are those of the failure */
    LEDGER_REFUSED, /* as LEDGER_FAILED, and forgets the failures of the object's outputs */
    LEDGER_MADE,    /* uses key and output: forgets their failure */
    LEDGER_SEEN,    /* uses key: the object was seen at seen_s */
} LedgerEvent;

typedef struct {
    LedgerEvent event;
    LedgerFailure *failure; /* a copy */
} LedgerChange;

/* Fields that the event does not use may be NULL. */
LedgerChange *ledger_change_new(LedgerEvent event, const LedgerFailure *failure);
void ledger_change_free(LedgerChange *change);

/* Writes all changes (an array of LedgerChange), or none, in one transaction. */
gboolean ledger_write(Ledger *ledger, const GPtrArray *changes, GError **error);

/* Forgets rows that are too old at now_s, and those above max, which is LEDGER_MAX_FAILURES except in tests.
 * Reads the whole table. */
gboolean ledger_prune(Ledger *ledger, gint64 now_s, guint max, GError **error);

/* Calls ledger_prune() if that was not done within a day, or after a tenth of LEDGER_MAX_FAILURES have been
 * written. */
gboolean ledger_prune_if_due(Ledger *ledger, gint64 now_s, GError **error);

typedef struct {
    const char *class; /* error_class_name(), or NULL for all */
    guint limit;       /* rows, or 0 for all */
} LedgerFilter;

/* Calls func for each failure that passes the filter, ordered by key and output. Its argument is valid during
 * the call. */
typedef void (*LedgerFunc)(const LedgerFailure *failure, void *data);
gboolean ledger_each(Ledger *ledger, const LedgerFilter *filter, LedgerFunc func, void *data, GError **error);

/* Failures with the same class and reason. */
typedef struct {
    const char *class;
    const char *reason;
    guint64 n_failures; /* outputs, or objects that were refused */
    guint64 n_objects;
} LedgerGroup;

/* Calls func for all classes and reasons, or only those of class if it is not NULL, the most frequent first.
 * Its argument is valid during the call. */
typedef void (*LedgerGroupFunc)(const LedgerGroup *group, void *data);
gboolean ledger_each_group(Ledger *ledger, const char *class, LedgerGroupFunc func, void *data,
                           GError **error);

/* Forgets an object, or all objects if key is NULL. *ret_count is the number of rows. */
gboolean ledger_forget(Ledger *ledger, const char *key, guint64 *ret_count, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ledger, ledger_close)
