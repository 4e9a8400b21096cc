/* What an output says beside its pixels: chosen by allow-list, because libvips hands on whatever it read.
 *
 * Used by the imager, from encode.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "recipe/format.h"
#include "recipe/recipe.h"

/* A step (imaging/step.h): the same pixels, for an output of that format, with no other fields than
 *   - the colour profile, if wanted;
 *   - the frames' height, delays and repetitions, if there are several frames;
 *   - of the source's metadata what is wanted, without what a rendering makes untrue: its orientation (which
 * is in the pixels now), sizes, colour space, thumbnails, and whatever points to other parts of the
 * original's file or to places in its picture (docs/adr/0023-metadata-that-is-kept.md). */
VipsImage *metadata_select(VipsImage *image, ImageFormat format, guint32 n_frames, gboolean with_profile,
                           Metadata wanted);
