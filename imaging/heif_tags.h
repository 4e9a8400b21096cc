/* What an AVIF or HEIC file says about the colours of its primary image.
 *
 * Used by the imager, from tagged_profile.c; a bounded parser over bytes from outside. ISO/IEC 14496-12 has
 * the boxes meta, pitm, iprp and colr, ISO/IEC 23008-12, 9.3, how properties belong to images.
 */
#pragma once

#include <glib.h>

#include "imaging/colour_tags.h"

/* The colour space that the primary image's property colr names by code points ("nclx"). As in Chromium, a
 * code that says nothing stands for that of sRGB, and so does the transfer function of a video camera. FALSE
 * if the image has no such property; *ret_tags is untouched then. Whether it has an ICC profile too, which
 * decides, is not asked. */
gboolean heif_tags_read(const void *bytes, gsize size, ColourTags *ret_tags);
