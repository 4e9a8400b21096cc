/* Reads the tag table of an ICC profile, for questions that libvips does not answer.
 *
 * Used by the imager, from icc.c and tagged_profile.c; a bounded parser of untrusted bytes. ICC.1:2022, 7.3.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/colour_tags.h"

/* Whether the profile is for three bands of red, green and blue (7.2.8). */
gboolean icc_tags_is_rgb(const void *profile, gsize size);

/* Swaps the names of the tables for the perceptual and the relative colorimetric intent, in place, if the
 * profile has a perceptual one. Returns whether it has. */
gboolean icc_tags_swap_intents(guint8 *profile, gsize size);

/* Whether the profile has a table for the relative colorimetric intent but none for the perceptual one. lcms
 * uses the perceptual one, A2B0, in place of a missing one, but not the other way round. */
gboolean icc_tags_is_relative_only(const void *profile, gsize size);

/* Whether the profile has a tag with that signature ("A2B0"). */
gboolean icc_tags_has(const void *profile, gsize size, const char *signature);

/* Reads the colours that the profile's tag cicp (10.3) names, if they are of high dynamic range: then the
 * profile's curves and tables are only for programs that do not support it. Otherwise returns FALSE and
 * leaves *ret_tags alone. */
gboolean icc_tags_read_hdr(const void *profile, gsize size, ColourTags *ret_tags);
