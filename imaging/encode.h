/* Writing an image in an output's format into shared memory.
 *
 * Used by the imager, from render.c. Beside the pixels only that is written which imaging/metadata.h chooses.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "base/blob.h"
#include "recipe/recipe.h"

typedef struct {
    ImageFormat format;    /* resolved: never FORMAT_SOURCE */
    guint32 n_frames;      /* 1: a still image */
    gboolean with_profile; /* writes the image's colour profile: its pixels are not sRGB */
    gboolean is_streamed;  /* the image is decoded while it is written */
    ImageFormat source;    /* that it is decoded from */
    guint64 max_bytes;     /* of any output; the recipe may have a lower limit of its own */
} EncodeOptions;

/* The image, of 8 bits, as a sealed blob. With a limit in the recipe and a lossy format the quality is the
 * highest, up to the recipe's, that keeps the limit: found by bisection, so that it is the highest where
 * higher qualities are not smaller, which is nearly always. *ret_quality is 0 for what is lossless.
 *
 * Class ERROR_LIMIT if it gets too large, or there is too little memory; ERROR_CONFIG if this encoder cannot
 * write any image, because it is missing on this machine; else ERROR_INPUT if the image is streamed (its
 * source is damaged) and ERROR_INTERNAL if it is not. */
Blob *encode(VipsImage *image, const Recipe *recipe, const EncodeOptions *options, guint32 *ret_quality,
             GError **error);
