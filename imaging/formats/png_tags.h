/* Reads the colours that a PNG file describes by other means than an ICC profile.
 *
 * Used by the imager, from tagged_profile.c; a bounded parser of untrusted bytes. PNG, third edition (W3C),
 * 11.3.2: the chunks cICP, sRGB, gAMA and cHRM, which precede the pixels.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/colour_tags.h"

/* Reads the colours of the image, in the order of precedence of PNG, 4.3: cICP, ICC profile, sRGB, gAMA with
 * cHRM. Returns FALSE, and leaves *ret_tags alone, if the file has a profile that takes precedence
 * (has_profile), is sRGB, or says nothing usable. A gAMA alone that is within 5 % of sRGB's means sRGB. */
gboolean png_tags_read(const void *bytes, gsize size, gboolean has_profile, ColourTags *ret_tags);
