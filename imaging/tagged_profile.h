/* An ICC profile for a file that tells its colours otherwise, or has one for another kind of image, so that
 * everything behind the decoder knows one way only.
 *
 * Used by the imager, from load.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/formats/colour_tags.h"
#include "recipe/format.h"

/* The profile of these colours, for images of one band (is_grey) or three. High dynamic range comes out of it
 * tone-mapped (imaging/tone_map.h). The same bytes for the same tags. NULL if lcms cannot make it. */
GBytes *tagged_profile_new(const ColourTags *tags, gboolean is_grey);

/* A grey profile that makes of a grey what this RGB profile makes of three equal bands. NULL if that cannot
 * be applied. The same bytes for the same profile. */
GBytes *tagged_profile_of_greys(const void *rgb_profile_bytes, gsize size);

/* Gives an image that was just loaded from these bytes the profile that they call for, in place of one that
 * it has if they take precedence, or if the image is grey and its profile is not. The image must not be
 * shared yet. */
void tagged_profile_attach(VipsImage *image, ImageFormat format, const void *bytes, gsize size);

/* Whether the profile that the image was given is for high dynamic range. Such a profile is not for outputs:
 * it has some 200 KiB, and 8 bits of PQ or HLG are too few. */
gboolean tagged_profile_is_hdr(VipsImage *image);
