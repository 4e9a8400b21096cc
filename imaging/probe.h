/* Identifies an object from its own bytes; its key and content type are ignored.
 *
 * Used by the imager; reads headers and decodes no pixels.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/sequence.h"
#include "imaging/icc.h"
#include "recipe/format.h"

/* No picture has more bands (CMYK with alpha has 5): more means scientific data, or a decompression bomb that
 * stays below the limit on pixels. */
#define PROBE_MAX_BANDS 8

/* Encoders write about 10 scans to a progressive JPEG. A decoder passes over the whole image for each scan,
 * and an empty scan takes some 40 bytes, so that a small file could keep it busy for minutes. */
#define PROBE_MAX_SCANS 100u

typedef struct {
    ImageFormat format;
    guint32 width; /* pixels, as stored: before the orientation is applied */
    guint32 height;
    guint bands;
    gboolean has_alpha;
    guint orientation; /* EXIF: 1 .. 8; 5 and more swap width and height */
    guint pages;       /* number of frames or pages in the file, 1 or more */
    Sequence sequence; /* if it is a sequence, only its default image is read */
    gboolean is_cmyk;
    gboolean is_hdr; /* colours of high dynamic range, with a profile that maps their tones
                      * (tagged_profile.h) */
    /* A GIF whose end is missing, which its decoder does not notice. FALSE for other formats, whose decoders
     * do. */
    gboolean is_cut_off;
    IccVerdict icc; /* whether its colour profile must be applied */

    /* Determine how much memory the decoder needs (imaging/planning/footprint.h) */
    guint sample_bytes;    /* bytes per sample */
    gboolean is_multiscan; /* a JPEG of several scans or an interlaced PNG */
    gboolean is_420;       /* JPEG */
    gboolean is_lossless;  /* WebP */
    guint32 tile_width;    /* 0 unless it is a TIFF in tiles */
    guint32 tile_height;
} ImageInfo;

/* Class ERROR_INPUT if the file is empty, of no supported format, or has a broken header; ERROR_LIMIT if it
 * has more than PROBE_MAX_SCANS scans. */
gboolean probe(const void *bytes, gsize size, ImageInfo *ret_info, GError **error);
