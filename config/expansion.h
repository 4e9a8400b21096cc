/* Turns outputs of several scales into one output each: `scale: [1, 2]` of `thumb` makes `thumb` and
 * `thumb@2x`, whose width and height are twice as large and which is otherwise equal. Private to config/.
 * Pure. */
#pragma once

#include "config/model.h"
#include "config/problems.h"

/* Replaces each output in place by its scales, in ascending order; afterwards each output has the scale 1
 * only. Adds to problems outputs that become too large or too many. */
void expansion_apply(Config *config, Problems *problems);
