/* Opens the picture of a TIFF file as grey, RGB, CMYK or Lab, with or without alpha, whatever its samples
 * are.
 *
 * Used by the imager, from load.c, probe.c and render.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/formats/tiff_layout.h"

/* Returns the picture, or one of its levels (tiff_pages.h), for one pass from top to bottom: 8 or 16 bits, or
 * linear light (scRGB) or Lab in floating point; with one band per colour, and one more for alpha if it has
 * any. Both the image and the bytes are owned by the caller; the bytes must outlive the image. Class
 * ERROR_INPUT: "damaged" or "unsupported". */
VipsImage *tiff_load(const void *bytes, gsize size, guint level, VipsFailOn fail_on, GError **error);

/* Whether the samples lie in a range whose black and white are known. Takes a pass over the pixels if the
 * samples have 32 bits, are signed or are floating-point numbers, and no time otherwise. Class
 * ERROR_INPUT. */
gboolean tiff_check(const void *bytes, gsize size, guint level, VipsFailOn fail_on, GError **error);
