/* What an AVIF or HEIC file says about its primary image: its colours, its alpha, and how it is coded.
 *
 * Used by the imager, from tagged_profile.c, load.c and signature.c; a bounded parser over bytes from
 * outside. ISO/IEC 14496-12 has the boxes meta, pitm, iprp and colr, ISO/IEC 23008-12, 9.3, how properties
 * belong to images.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/colour_tags.h"

/* The colour space that the primary image's property colr names by code points ("nclx"). As in Chromium, a
 * code that says nothing stands for that of sRGB, and so does the transfer function of a video camera. FALSE
 * if the image has no such property; *ret_tags is untouched then. Whether it has an ICC profile too, which
 * decides, is not asked. */
gboolean heif_tags_read(const void *bytes, gsize size, ColourTags *ret_tags);

/* The type of the item that holds the primary image's pixels ("hvc1", "av01", "j2k1"): of an image that is
 * derived from others (a grid of tiles, a turned one), that of the first coded one. FALSE if there is no such
 * item, or its list is cut off. (ISO/IEC 14496-12, 8.11.6; ISO/IEC 23008-12, 6.6.) */
gboolean heif_tags_codec(const void *bytes, gsize size, char ret_codec[5]);

/* The larger one of the dimensions that the primary image says it has (property ispe; of several, the largest
 * number); 0 if it says nothing. */
guint32 heif_tags_largest_side(const void *bytes, gsize size);

/* Whether the primary image says that it has one channel beside alpha (property pixi). */
gboolean heif_tags_is_grey(const void *bytes, gsize size);

/* Whether the colours of the primary image are stored multiplied with its alpha: a reference "prem" leads
 * from it to another item (ISO/IEC 23008-12, 6.10.1.2; in a box iref, ISO/IEC 14496-12, 8.11.12). */
gboolean heif_tags_is_premultiplied(const void *bytes, gsize size);

/* Whether the file holds tracks, as a video and an image sequence do, and no still image at all. */
gboolean heif_tags_only_tracks(const void *bytes, gsize size);
