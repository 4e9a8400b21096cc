/* Selects the metadata of an output, by allow-list, because libvips passes on whatever it has read.
 *
 * Used by the imager, from encode.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "recipe/format.h"
#include "recipe/recipe.h"

/* A step (imaging/step.h): returns the same pixels for an output of that format, with no other fields than
 *   - the colour profile, if wanted;
 *   - the frames' height, delays and number of repetitions, if there are several frames;
 *   - the wanted part of the source's metadata, without the fields that would be untrue for the output: its
 *     orientation (already applied to the pixels), sizes, colour space, thumbnails, and references to other
 *     parts of the original file or to places in its picture (docs/adr/0023-metadata-that-is-kept.md). */
VipsImage *metadata_select(VipsImage *image, ImageFormat format, guint32 n_frames, gboolean with_profile,
                           Metadata wanted);
