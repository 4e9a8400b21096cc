/* Records the parts that the listings of a pass leave out (store_listing_take_skips()): each is logged once
 * and counted. Parts of the destination are stored, because an output in one of them may exist. Used by the
 * supervisor. */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "store/store.h"

/* Maximum number of parts of a listing that are named in the log: a tree that is entirely unreadable would
 * flood it. */
#define UNLISTED_MAX_NAMED 20u

typedef struct Unlisted Unlisted;

Unlisted *unlisted_new(void);

/* NULL is allowed. */
void unlisted_free(Unlisted *unlisted);

/* Logs the skipped parts of a page of the source, and adds the number of unreadable ones to *count. */
void unlisted_add_source(Unlisted *unlisted, const Store *store, const GPtrArray *skips, guint64 *count);

/* Does the same for the destination, and stores its unreadable parts. */
void unlisted_add_destination(Unlisted *unlisted, const Store *store, const GPtrArray *skips, guint64 *count);

/* Removes from diff->wanted the outputs whose place at the destination could not be listed. Returns their
 * number. */
guint unlisted_drop(const Unlisted *unlisted, Diff *diff);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unlisted, unlisted_free)
