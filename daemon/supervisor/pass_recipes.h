/* The step of a pass that comes before its first comparison: the recipes in force are read, and those of the
 * configuration come into force (daemon/upkeep/in_force.h). Used by pass.c. */
#pragma once

#include "daemon/supervisor/pass_options.h"
#include "daemon/upkeep/in_force.h"

/* Whether this pass keeps recipes at all. */
gboolean pass_recipes_are_kept(const Pass *pass);

/* Begins the step. func is called with the pass. FALSE after pass_give_up(). */
gboolean pass_recipes_begin(Pass *pass, InForceFunc func);

/* Takes and logs what came of it; error is one that will not pass. FALSE after pass_give_up(), if outputs
 * were ordered to be made again and that cannot be done. */
gboolean pass_recipes_take(Pass *pass, const InForceResult *result, const GError *error);
