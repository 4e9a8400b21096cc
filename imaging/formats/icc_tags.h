/* The table of tags of an ICC profile, for those questions that libvips does not answer.
 *
 * Used by the imager, from icc.c and tagged_profile.c; a bounded parser over bytes from outside.
 * ICC.1:2022, 7.3.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/colour_tags.h"

/* Whether it is for three bands of red, green and blue (7.2.8). */
gboolean icc_tags_is_rgb(const void *profile, gsize size);

/* Exchanges the names of the tables for the perceptual and for the relative colorimetric intent, in place, if
 * there is a perceptual one. Returns whether there is. */
gboolean icc_tags_swap_intents(guint8 *profile, gsize size);

/* Whether it has a table for the relative colorimetric intent and none for the perceptual one. lcms takes the
 * perceptual one, A2B0, in place of one that a profile lacks, but not the other way round. */
gboolean icc_tags_is_relative_only(const void *profile, gsize size);

/* Whether the profile has a tag of that signature ("A2B0"). */
gboolean icc_tags_has(const void *profile, gsize size, const char *signature);

/* The colours that the profile's tag cicp (10.3) names, if they are of high dynamic range: then curves and
 * tables of the profile are for programs that know no better. FALSE without such a tag, and *ret_tags is
 * untouched. */
gboolean icc_tags_read_hdr(const void *profile, gsize size, ColourTags *ret_tags);
