/* Makes an ICC profile for a file that describes its colours by other means, or that has a profile for
 * another kind of image, so that all code after the decoder deals with ICC profiles only.
 *
 * Used by the imager, from load.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/formats/colour_tags.h"
#include "recipe/format.h"

/* Makes the profile of these colours, for images of one band (is_grey) or three. It maps high dynamic range
 * to the standard one (imaging/tone_map.h). The same tags yield the same bytes. NULL if lcms cannot make
 * it. */
GBytes *tagged_profile_new(const ColourTags *tags, gboolean is_grey);

/* Makes a grey profile that maps a grey to what this RGB profile maps three equal bands to. The same profile
 * yields the same bytes. NULL if the RGB profile cannot be applied. */
GBytes *tagged_profile_of_greys(const void *rgb_profile_bytes, gsize size);

/* Attaches the profile that these bytes call for to the image that was just loaded from them. Replaces a
 * profile that the image has if the other colour tags take precedence, or if the image is grey and the
 * profile is not. The image must not be shared yet. */
void tagged_profile_attach(VipsImage *image, ImageFormat format, const void *bytes, gsize size);

/* Whether the image was given a profile for high dynamic range. Such a profile is not for outputs: it has
 * some 200 KiB, and 8 bits are too few for PQ or HLG. */
gboolean tagged_profile_is_hdr(VipsImage *image);
