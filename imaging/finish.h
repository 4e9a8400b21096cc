/* Finishes one output after it has been resized: crops, sharpens, flattens over the background, pads.
 *
 * Used by the imager, from render.c. A step (imaging/step.h).
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/planning/planner.h"

/* image: the output's scaled image, in its final colours, of 8 bits. If the crop depends on the pixels, the
 * image must be readable more than once; in an animation the first frame decides for all frames. */
VipsImage *finish(VipsImage *image, guint32 n_frames, const PlanOutput *output, const Recipe *recipe);
