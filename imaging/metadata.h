/* What an output says beside its pixels: chosen by allow-list, because libvips hands on whatever it read.
 *
 * Used by the imager, from encode.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "recipe/recipe.h"

/* A step (imaging/step.h): the same pixels, with no other fields than
 *   - the colour profile, if wanted;
 *   - the frames' height, delays and repetitions, if there are several frames;
 *   - of the source's metadata what is wanted, but never its orientation (which is in the pixels now)
 *     or its thumbnail (which shows what a crop removed). */
VipsImage *metadata_select(VipsImage *image, guint32 n_frames, gboolean with_profile, Metadata wanted);
