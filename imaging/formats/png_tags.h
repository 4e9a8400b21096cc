/* What a PNG file says about its colours beside an ICC profile.
 *
 * Used by the imager, from tagged_profile.c; a bounded parser over bytes from outside. PNG, third edition
 * (W3C), 11.3.2: the chunks cICP, sRGB, gAMA and cHRM, which stand before the pixels.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/colour_tags.h"

/* The colours of the image, in the order of precedence of PNG, 4.3: cICP, ICC profile, sRGB, gAMA with cHRM.
 * FALSE if the file has a profile that decides (has_profile), or says sRGB, or nothing usable; a gAMA within
 * 5 % of that of sRGB alone says sRGB. *ret_tags is untouched then. */
gboolean png_tags_read(const void *bytes, gsize size, gboolean has_profile, ColourTags *ret_tags);
