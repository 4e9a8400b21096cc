/* An ICC profile for a file that tells its colours otherwise, so that everything behind the decoder knows one
 * way only.
 *
 * Used by the imager, from load.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/colour_tags.h"
#include "recipe/format.h"

/* The profile of these colours, for images of one band (is_grey) or three. High dynamic range comes out of it
 * tone-mapped (imaging/tone_map.h). The same bytes for the same tags. NULL if lcms cannot make it. */
GBytes *tagged_profile_new(const ColourTags *tags, gboolean is_grey);

/* Gives an image that was just loaded from these bytes the profile that they call for, in place of one that
 * it has if they take precedence. The image must not be shared yet. */
void tagged_profile_attach(VipsImage *image, ImageFormat format, const void *bytes, gsize size);
