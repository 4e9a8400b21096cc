/* Reads the properties of the primary image of an AVIF or HEIC file: its colours, its alpha, and its codec.
 *
 * Used by the imager, from tagged_profile.c, load.c and signature.c; a bounded parser of untrusted bytes.
 * ISO/IEC 14496-12 describes the boxes meta, pitm, iprp and colr, ISO/IEC 23008-12, 9.3, the association of
 * properties with images.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/colour_tags.h"

/* Reads the colour space that the primary image's property colr names by code points ("nclx"). As in
 * Chromium, an unspecified code stands for that of sRGB, and so does the transfer function of a video camera.
 * Returns FALSE, and leaves *ret_tags alone, if the image has no such property. Does not check for an ICC
 * profile, which would take precedence. */
gboolean heif_tags_read(const void *bytes, gsize size, ColourTags *ret_tags);

/* The type of the item that holds the primary image's pixels ("hvc1", "av01", "j2k1"). For an image that is
 * derived from others (a grid of tiles, a rotated one), the type of the first coded image. FALSE if there is
 * no such item, or the list of items is truncated. (ISO/IEC 14496-12, 8.11.6; ISO/IEC 23008-12, 6.6.) */
gboolean heif_tags_codec(const void *bytes, gsize size, char ret_codec[5]);

/* The largest dimension that the primary image declares (property ispe; if there are several, the largest of
 * all); 0 if it declares none. */
guint32 heif_tags_largest_side(const void *bytes, gsize size);

/* Whether the primary image declares a single channel besides alpha (property pixi). */
gboolean heif_tags_is_grey(const void *bytes, gsize size);

/* Whether the colours of the primary image are stored multiplied with its alpha: it has a reference "prem" to
 * another item (ISO/IEC 23008-12, 6.10.1.2; in a box iref, ISO/IEC 14496-12, 8.11.12). */
gboolean heif_tags_is_premultiplied(const void *bytes, gsize size);

/* Whether the file holds tracks, as a video or an image sequence does, but no still image. */
gboolean heif_tags_only_tracks(const void *bytes, gsize size);
