/* Encodes an image in an output's format into shared memory.
 *
 * Used by the imager, from render.c. Writes the pixels, and only the metadata that imaging/metadata.h
 * selects.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "base/blob.h"
#include "recipe/recipe.h"

typedef struct {
    ImageFormat format;    /* resolved: never FORMAT_SOURCE */
    guint32 n_frames;      /* 1 for a still image */
    gboolean with_profile; /* write the image's colour profile, since its pixels are not sRGB */
    gboolean is_streamed;  /* the image is decoded while it is written */
    ImageFormat source;    /* the format that the image is decoded from */
    guint64 max_bytes;     /* limit for every output; the recipe may have a lower one */
} EncodeOptions;

/* Encodes an 8-bit image and returns it as a sealed blob. If the recipe has a size limit and the format is
 * lossy, the quality is the highest one, up to the recipe's, whose result keeps the limit. It is found by
 * bisection, which is exact as long as a higher quality is never smaller; this nearly always holds.
 * *ret_quality is 0 for lossless outputs.
 *
 * Class ERROR_LIMIT if the result is too large or memory is short; ERROR_CONFIG if this encoder cannot write
 * any image because it is missing on this machine; otherwise ERROR_INPUT if the image is streamed (its source
 * is damaged), else ERROR_INTERNAL. */
Blob *encode(VipsImage *image, const Recipe *recipe, const EncodeOptions *options, guint32 *ret_quality,
             GError **error);
