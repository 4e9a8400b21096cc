/* The objects of a pass: which of them lack something. Used by pass.c. */
#pragma once

#include "batch/diff.h"
#include "daemon/supervisor/pass_options.h"
#include "store/store.h"

/* An object that the source lists: compared with the destination, and handed to the dispatcher if it lacks
 * something. Takes from it what it needs. */
void pass_consider(Pass *pass, StoreObject *object);

/* An object that is held no longer (HeldFunc). */
void pass_consider_held(StoreObject *object, Diff *diff, void *data);
