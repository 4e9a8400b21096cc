/* Opens an image in memory with the one decoder that its first bytes call for.
 *
 * Used by the imager, from probe.c and render.c. Nothing is decoded before pixels are read. The bytes stay
 * the caller's and must outlive the image.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/planning/planner.h"
#include "recipe/format.h"

typedef struct {
    guint jpeg_shrink;  /* 1, 2, 4 or 8: the decoder divides each axis by this. With 8 the scans of a
                         * progressive file that the result does not need are skipped (dc_scans.h). */
    double webp_scale;  /* 0 < scale <= 1: the decoder scales each axis by this */
    guint tiff_level;   /* level of a pyramid to load (tiff_pages.h); 0 for the full size */
    guint frames;       /* of GIF and WebP, loaded one below the other; at most as many as the file has */
    gboolean needs_all; /* skip no scan of a progressive JPEG, so that its decoder checks them all */
    gboolean accept_truncated; /* leave grey, black or transparent what cannot be decoded, instead of
                                * failing */
} LoadOptions;

/* The first frame, in full size; fails on damaged data. */
/* clang-format off */
#define LOAD_OPTIONS_PLAIN (LoadOptions){.jpeg_shrink = 1, .webp_scale = 1.0, .frames = 1}
/* clang-format on */

/* Returns the image, for one pass from top to bottom, owned by the caller. Damaged or truncated data makes
 * that pass fail when it is reached. Class ERROR_INPUT. */
VipsImage *load_image(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                      GError **error);

/* Whether the sample values of a TIFF lie in a range whose black and white are known (tiff_load.h); TRUE for
 * other formats. Class ERROR_INPUT. */
gboolean load_check(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                    GError **error);
