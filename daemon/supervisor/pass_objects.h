/* Finds the objects of a pass whose outputs are missing or stale. Used by pass.c. */
#pragma once

#include "batch/diff.h"
#include "daemon/supervisor/pass_options.h"
#include "store/store.h"

/* Compares an object of the source's listing with the destination, and hands it to the dispatcher if it lacks
 * outputs. */
void pass_consider(Pass *pass, const StoreObject *object);

/* An object that has been compared with the destination, or refused (SweepOptions). */
void pass_take_compared(StoreObject *object, Diff *diff, gboolean is_at_end, void *data);
void pass_take_refused(StoreObject *object, const GError *error, void *data);

/* An object of a list of keys, of which nothing is known but that the source has it. May take over the
 * contents of both. */
void pass_take_found(Pass *pass, const StoreObject *object, Diff *diff);

/* An object whose outputs have been looked at (VerifierOptions). */
void pass_take_verified(const StoreObject *object, Diff *diff, GArray *differing, void *data);

/* An object that is no longer held (HeldFunc). */
void pass_consider_held(const StoreObject *object, Diff *diff, void *data);
