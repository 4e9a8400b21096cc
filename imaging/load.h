/* Opening an image in memory with the one decoder that its first bytes ask for.
 *
 * Used by the imager, from probe.c and render.c. Nothing is decoded before pixels are asked for; the bytes
 * stay the caller's and must outlive the image. Only the first frame or page is opened.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "recipe/format.h"

typedef struct {
    guint jpeg_shrink; /* 1, 2, 4 or 8: the decoder delivers that many times less on each axis; with 8 a
                          progressive file is decoded without what those pixels do not need (dc_scans.h) */
    double webp_scale; /* 0 < scale <= 1: the decoder delivers that part of each axis */
} LoadOptions;

/* The format that the first bytes announce. FALSE if it is none of ours. */
gboolean load_detect(const void *bytes, gsize size, ImageFormat *ret_format);

/* The image, for one pass from top to bottom, owned by the caller; damaged and truncated data makes that pass
 * fail, where it is needed. options may be NULL: full size. Class ERROR_INPUT. */
VipsImage *load_image(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                      GError **error);
