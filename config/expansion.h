/* Outputs of several scales, as one output each: `scale: [1, 2]` of `thumb` makes `thumb` and `thumb@2x`,
 * whose width and height are twice as large and all else the same. Private to config/. Pure. */
#pragma once

#include "config/model.h"
#include "config/problems.h"

/* Replaces each output by its scales, in ascending order, where it stood; afterwards each has the scale 1
 * only. Adds to problems what gets too large or too many. */
void expansion_apply(Config *config, Problems *problems);
