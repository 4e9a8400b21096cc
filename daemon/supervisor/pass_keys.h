/* A pass over a list of keys: the source is not listed, each key is looked up (daemon/compare/key_walk.h),
 * and the destination is asked for each of its outputs (daemon/compare/held.h). Used by pass.c. */
#pragma once

#include "daemon/compare/sweep.h"
#include "daemon/supervisor/pass_options.h"

/* Makes pass->walk if the order has a list, or gives up. */
void pass_keys_prepare(Pass *pass, void (*on_page)(const SweepPage *page, void *data));

/* Looks up keys, as far as allowed. */
void pass_keys_step(Pass *pass, SweepLeave leave, gboolean wants_objects);
