/* Failures of earlier passes, and those of this one for later passes. Used by the supervisor, which decides
 * what is tried and learns the outcome.
 *
 * docs/adr/0010-what-the-ledger-remembers.md: which failures are final, how long the others are postponed,
 * and why. No error here stops a pass: without a state directory, or when the ledger cannot be read or
 * written (logged once), failures are not stored. Changes are collected and written once per second. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "config/model.h"

typedef struct FailureMemory FailureMemory;

/* config is borrowed. path: the ledger, or NULL. read_only: nothing is created, written or quarantined. */
FailureMemory *failure_memory_new(const Config *config, const char *path, gboolean read_only,
                                  GMainContext *context);

/* The number of objects listed by the last pass that reached the end of its source; 0 if unknown. */
guint64 failure_memory_last_listed(const FailureMemory *memory);

/* hold: failures passed to failure_memory_failed() are not stored until they are released. drop: discards
 * them, and ignores all later ones. Each may be called repeatedly. Initially failures are not held. */
void failure_memory_hold(FailureMemory *memory);
void failure_memory_release(FailureMemory *memory);
void failure_memory_drop(FailureMemory *memory);

/* Writes pending changes and held failures. NULL is allowed. */
void failure_memory_free(FailureMemory *memory);

typedef struct {
    guint final;       /* outputs that would fail again: nothing has changed since */
    guint postponed;   /* outputs with a passing failure that are not due yet */
    gboolean is_known; /* there are entries to remove when the object is made */
} Recollection;

/* Removes from wanted (of DiffOutput) the outputs that must not be tried now. version: the object's
 * store_object_version(). */
Recollection failure_memory_recall(FailureMemory *memory, const char *key, const char *version,
                                   GArray *wanted);

/* The objects that an earlier pass refused because another one has the same output key: a set of char. If such an
 * object is not refused any longer, what is stored as its outputs was made of the other one. It is forgotten when
 * an output of it has been made. Owned by memory. */
GHashTable *failure_memory_losers(const FailureMemory *memory);

/* The comparison refuses an object before it is read. TRUE if an earlier pass recorded the same refusal. */
gboolean failure_memory_refuse(FailureMemory *memory, const char *key, const char *version,
                               const GError *error);

/* One output, identified by its number in the configuration, failed or was made. failure_memory_made() is
 * only necessary for objects with is_known. A failure of class ERROR_CONFIG (something that this machine
 * lacks) is not stored. is_rendered: the image was made, and storing it failed. Of whatever class that is, it
 * may pass: somebody may remove what stands in the way. */
void failure_memory_failed(FailureMemory *memory, const char *key, const char *version, guint output,
                           gboolean is_rendered, const GError *error);
void failure_memory_made(FailureMemory *memory, const char *key, guint output);
