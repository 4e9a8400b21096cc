/* The ledger's table of orphans: objects at the destination that no original claims. A run that has compared
 * everything notes those that it saw; the time when an orphan was first seen outlives the run, and so does
 * the table, which is read in small parts: its memory does not grow with the number of orphans. Written by
 * the supervisor. Errors are those of ledger/database.h. Single-threaded. */
#pragma once

#include "ledger/ledger.h"

/* The most orphans that a run notes: those beyond wait for a later run. */
#define ORPHANS_MAX 1000000u

typedef struct Orphans Orphans;

typedef struct {
    char *key;      /* bytes, relative to the destination */
    gint64 first_s; /* when a run first saw it as an orphan, Unix seconds */
} Orphan;

void orphan_free(Orphan *orphan);

/* Begins a run: no orphan has been seen yet. ledger is borrowed. */
Orphans *orphans_begin(Ledger *ledger, GError **error);

/* Notes an orphan that was seen at now_s. Nothing is noted beyond max, which is ORPHANS_MAX except in tests;
 * the count goes on. */
gboolean orphans_note(Orphans *orphans, const char *key, gint64 now_s, guint max, GError **error);

/* The number that this run has seen, also of those that it could not note. */
guint64 orphans_count(const Orphans *orphans);

/* Everything has been compared: forgets the orphans of earlier runs that this run did not see. */
gboolean orphans_settle(Orphans *orphans, GError **error);

/* Only a part has been compared: writes what was noted, and forgets nothing. */
gboolean orphans_write(Orphans *orphans, GError **error);

/* Returns at most `limit` orphans of this run, after orphans_settle() or orphans_write(), whose keys are
 * greater than `after` (bytes; "": all), in ascending order: an array of Orphan, owned by the caller. NULL on
 * failure. */
GPtrArray *orphans_page(Orphans *orphans, const char *after, guint limit, GError **error);

/* The object is gone. */
gboolean orphans_forget(Orphans *orphans, const char *key, GError **error);

/* Writes what was noted, and frees orphans. NULL is allowed. */
void orphans_end(Orphans *orphans);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Orphan, orphan_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Orphans, orphans_end)
