/* What a pass knows of the failures of earlier ones, and tells later ones. Used by the supervisor: it decides
 * what is tried, and learns what became of it.
 *
 * docs/adr/0010-what-the-ledger-remembers.md: which failures are final, how long the others rest, and why.
 * Nothing here keeps a pass from going on: without a state directory, or when the ledger cannot be read or
 * written (said once), nothing is remembered. What changes is collected and written once per second. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "config/model.h"

typedef struct FailureMemory FailureMemory;

/* config is borrowed. path: of the ledger; NULL: there is none. read_only: nothing is made, written
 * or set aside. */
FailureMemory *failure_memory_new(const Config *config, const char *path, gboolean read_only,
                                  GMainContext *context);

/* How many objects the last pass listed that came to the end of its source; 0 if nothing tells. */
guint64 failure_memory_last_listed(const FailureMemory *memory);

/* What failure_memory_failed() is told waits until it is released; drop: forgets it, and all of it that
 * follows. Each may be called again. At first nothing waits. */
void failure_memory_hold(FailureMemory *memory);
void failure_memory_release(FailureMemory *memory);
void failure_memory_drop(FailureMemory *memory);

/* Writes what is left to write, and what waits. NULL is allowed. */
void failure_memory_free(FailureMemory *memory);

typedef struct {
    guint final;       /* outputs that will fail again: nothing has changed since */
    guint postponed;   /* that failed in a passing way, and rest */
    gboolean is_known; /* there is something to forget when the object is made */
} Recollection;

/* Takes the outputs out of wanted (of DiffOutput) that are not to be tried now. version: of the object
 * (store_object_version()). */
Recollection failure_memory_recall(FailureMemory *memory, const char *key, const char *version,
                                   GArray *wanted);

/* An object that the comparison refuses, before it is read. TRUE if an earlier pass has seen the same. */
gboolean failure_memory_refuse(FailureMemory *memory, const char *key, const char *version,
                               const GError *error);

/* One output, by its number in the configuration, failed or was made (only of objects that are known need the
 * latter be told). A failure of class ERROR_CONFIG, something that this machine lacks, is not remembered. */
void failure_memory_failed(FailureMemory *memory, const char *key, const char *version, guint output,
                           const GError *error);
void failure_memory_made(FailureMemory *memory, const char *key, guint output);
