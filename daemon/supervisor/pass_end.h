/* The end of a pass: its exit code, and what is said of it. Used by pass.c. */
#pragma once

#include "daemon/supervisor/pass_options.h"

/* Whether the pass stopped because all objects failed alike. The objects are not to blame, so work remains
 * even if none is left to begin. */
gboolean pass_fails_alike(const Pass *pass);

/* Nothing is left to begin: closes the workers, then tells the report. */
void pass_finish(Pass *pass);
