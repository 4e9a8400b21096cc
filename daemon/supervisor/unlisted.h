/* Keeps account of the parts that the listings of a pass leave out (store_listing_take_skips()): each is
 * logged once and counted. Parts of the destination are remembered, because an output in one may exist.
 * Used by the supervisor. */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "store/store.h"

/* Parts of a listing that are named in the log: a tree that is all unreadable would fill it. */
#define UNLISTED_MAX_NAMED 20u

typedef struct Unlisted Unlisted;

Unlisted *unlisted_new(void);

/* NULL is allowed. */
void unlisted_free(Unlisted *unlisted);

/* Parts of a page of the source: logged; those that are unreadable are added to *count. */
void unlisted_add_source(Unlisted *unlisted, const Store *store, const GPtrArray *skips, guint64 *count);

/* The same of the destination. */
void unlisted_add_destination(Unlisted *unlisted, const Store *store, const GPtrArray *skips, guint64 *count);

/* Takes the outputs out of diff->wanted whose place at the destination could not be listed. Returns how many.
 */
guint unlisted_drop(const Unlisted *unlisted, Diff *diff);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unlisted, unlisted_free)
