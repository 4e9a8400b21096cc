/* Holds back objects that the previous supervisor still has in flight while this supervisor's pass already
 * runs: they wait until the previous supervisor has ended. Then the destination is listed again for each of
 * their missing outputs, since the first listing was too early to tell, and those still missing are made. The
 * same look is taken at objects of which no listing tells. Used by the pass.
 * docs/adr/0015-held-keys-and-a-second-look.md gives the reasons. */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "store/store.h"

typedef struct Held Held;

/* An object whose wait is over, and its comparison with the current destination: up_to_date counts the
 * outputs that have been made in the meantime. The callback may take over the contents of diff. Called from
 * the main loop. */
typedef void (*HeldFunc)(const StoreObject *object, Diff *diff, void *data);

/* keys: an aay, copied; may be NULL. destination is borrowed, as is *clocks, which is read when an object's
 * wait is over and may be NULL until then. */
Held *held_new(GVariant *keys, Store *destination, RecipeClocks *const *clocks, HeldFunc func, void *data);

/* If the object is one of those keys, copies it and takes over the contents of diff; else returns FALSE. */
gboolean held_take(Held *held, const StoreObject *object, Diff *diff);

/* Copies the object, takes over the contents of diff, and looks whether the destination has the wanted
 * outputs, at once: a listing did not tell. Those that are up to date (batch/freshness.h) are removed. */
void held_look(Held *held, const StoreObject *object, Diff *diff);

/* The previous supervisor has ended. */
void held_release(Held *held);

/* Whether the previous supervisor has ended, or had nothing in flight. */
gboolean held_is_released(const Held *held);

/* Objects that were taken and not yet passed to func. */
guint held_count(const Held *held);

/* Drops these objects; func is not called for them. */
void held_drop(Held *held);

/* NULL is allowed. */
void held_free(Held *held);
