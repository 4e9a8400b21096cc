/* Opening an image in memory with the one decoder that its first bytes ask for.
 *
 * Used by the imager, from probe.c and render.c. Nothing is decoded before pixels are asked for; the bytes
 * stay the caller's and must outlive the image.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/planning/planner.h"
#include "recipe/format.h"

typedef struct {
    guint jpeg_shrink;  /* 1, 2, 4 or 8: the decoder delivers that many times less on each axis;
                         * with 8 a progressive file is decoded without what those pixels do not need
                         * (dc_scans.h) */
    double webp_scale;  /* 0 < scale <= 1: the decoder delivers that part of each axis */
    guint tiff_level;   /* 0, or a level of a pyramid (tiff_pages.h) */
    guint frames;       /* of GIF and WebP, one below the other; no more than there are */
    gboolean needs_all; /* nothing of a progressive JPEG is left out: its decoder is to see each scan */
    gboolean accept_truncated; /* what cannot be decoded is left grey, black or transparent */
} LoadOptions;

/* The first frame, in full size, or an error. */
/* clang-format off */
#define LOAD_OPTIONS_PLAIN (LoadOptions){.jpeg_shrink = 1, .webp_scale = 1.0, .frames = 1}
/* clang-format on */

/* The image, for one pass from top to bottom, owned by the caller; damaged and truncated data makes that pass
 * fail, where it is needed. Class ERROR_INPUT. */
VipsImage *load_image(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                      GError **error);

/* Whether the samples of a TIFF are where black and white are (tiff_load.h); TRUE for other formats. Class
 * ERROR_INPUT. */
gboolean load_check(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                    GError **error);
