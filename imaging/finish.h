/* What is done to one output after it has been resized: cropped, sharpened, padded, laid over its background.
 *
 * Used by the imager, from render.c. A step (imaging/step.h).
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/planning/planner.h"

/* image: the output's scaled image, in its final colours, of 8 bits. Where the pixels decide what a crop
 * keeps, it must be readable more than once; in an animation those of the first frame decide for all. */
VipsImage *finish(VipsImage *image, guint32 n_frames, const PlanOutput *output, const Recipe *recipe);
