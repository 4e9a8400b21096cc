/* Objects that the supervisor before this one still has in flight, while this one's pass is under way
 * already: they wait until that one has ended. Then the destination is asked again for each output that they
 * lacked, since it was listed too early to tell; what is lacking still is to be made. Used by the pass.
 * docs/adr/0015-held-keys-and-a-second-look.md says why. */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "store/store.h"

typedef struct Held Held;

/* One that waits no longer, and its comparison with what is there now: up_to_date are the outputs that have
 * been made meanwhile. Both to take from or leave; from the main loop. */
typedef void (*HeldFunc)(StoreObject *object, Diff *diff, void *data);

/* keys: an aay, copied; NULL: none. destination is borrowed. */
Held *held_new(GVariant *keys, Store *destination, HeldFunc func, void *data);

/* Takes what they hold, if it is one of those objects; else FALSE. */
gboolean held_take(Held *held, StoreObject *object, Diff *diff);

/* The supervisor before this one has ended. */
void held_release(Held *held);

/* Objects that were taken, and have not been given to func. */
guint held_count(const Held *held);

/* Lets go of these: func hears nothing of them. */
void held_drop(Held *held);

/* NULL is allowed. */
void held_free(Held *held);
