/* Opening the picture of a TIFF file, as grey, RGB, CMYK or Lab with or without alpha, whatever its samples
 * are.
 *
 * Used by the imager, from load.c, probe.c and render.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/formats/tiff_layout.h"

/* The picture, or one of its levels (tiff_pages.h), for one pass from top to bottom: 8 or 16 bits, or linear
 * light (scRGB) or Lab in floating point; as many bands as its colours have, and one if it has alpha. Owned
 * by the caller, as the bytes are, which must outlive it. Class ERROR_INPUT: "damaged" or "unsupported". */
VipsImage *tiff_load(const void *bytes, gsize size, guint level, VipsFailOn fail_on, GError **error);

/* Whether its samples are where black and white are known to be, which takes a pass over the pixels of what
 * is of 32 bits, has signs or is floating point, and nothing for others. Class ERROR_INPUT. */
gboolean tiff_check(const void *bytes, gsize size, guint level, VipsFailOn fail_on, GError **error);
