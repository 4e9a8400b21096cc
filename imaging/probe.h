/* What an object is, from its own bytes: the key and the content type that it came with are not asked.
 *
 * Used by the imager; reads headers and decodes no pixels.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/sequence.h"
#include "imaging/icc.h"
#include "recipe/format.h"

/* More bands than any picture has (CMYK with alpha has 5): scientific data, or a bomb that pixels do not
 * count. */
#define PROBE_MAX_BANDS 8

/* Encoders write about 10 for a progressive JPEG. A decoder passes over the whole image for each, and a scan
 * that says "nothing" takes some 40 bytes, so that a small file could keep it busy for minutes. */
#define PROBE_MAX_SCANS 100u

typedef struct {
    ImageFormat format;
    guint32 width; /* pixels, as stored: before the orientation is applied */
    guint32 height;
    guint bands;
    gboolean has_alpha;
    guint orientation; /* EXIF: 1 .. 8; 5 and more swap width and height */
    guint pages;       /* frames or pages in it, 1 or more */
    Sequence sequence; /* of which only the default image is read */
    gboolean is_cmyk;
    gboolean is_hdr; /* its colours are of high dynamic range, and its profile is tone-mapping
                        (tagged_profile.h) */
    gboolean
        is_cut_off; /* a GIF whose end is missing, which its decoder does not see; of other formats it does */
    IccVerdict icc; /* what its colour profile is worth */

    /* What decides how much memory its decoder takes (imaging/planning/footprint.h) */
    guint sample_bytes;    /* of one band of a pixel */
    gboolean is_multiscan; /* JPEG of several scans, interlaced PNG */
    gboolean is_420;       /* JPEG */
    gboolean is_lossless;  /* WebP */
    guint32 tile_width;    /* TIFF in tiles, else 0 */
    guint32 tile_height;
} ImageInfo;

/* Class ERROR_INPUT: empty, of no supported format, or with a broken header; ERROR_LIMIT: more than
 * PROBE_MAX_SCANS. */
gboolean probe(const void *bytes, gsize size, ImageInfo *ret_info, GError **error);
