/* Predicts the peak memory of a rendering from the source's header and the plan.
 *
 * Used by the imager, before it decodes; pure, without libvips. The numbers were measured with the decoders
 * and encoders of libvips in Debian 12 and 13. tests/imaging/planning/test_footprint.c checks that the
 * prediction is no less than what is measured, and no more than 2.5 times that and 12 MiB. It counts what a
 * rendering adds to an idle imager: the source's bytes, the decoder's arrays, the lines that a pipeline
 * holds, the bases, the encoder's arrays, and the outputs.
 *
 *   decoder, bytes per pixel
 *     JPEG           of several scans 2 for each coefficient: 3 with 4:2:0, 6 with 4:4:4, 8 of CMYK; else 0
 *     PNG            interlaced: the whole image, bands x depth; else 0
 *     WebP           8 for each that it delivers, and for each in the file 4 if lossless, 2 for alpha;
 *                    animated 24 of one canvas, and all frames as they are decoded
 *     GIF            6 of one canvas, and the file once more (gif_canvas.h)
 *     TIFF           two rows of tiles
 *     HEIC, AVIF     12, with 10 bits and more 22, and 4 for alpha
 *   encoder, bytes per pixel of a frame
 *     JPEG           progressive: 2 for each coefficient; else 0
 *     PNG            with a palette 24, interlaced 8; else 0
 *     WebP           14, with alpha 32; lossless 24 and up to 36 MB
 *     AVIF           36, lossless 48; and 24 MB
 *     GIF            28; and 8 MB
 *     TIFF           8
 */
#pragma once

#include <glib.h>

#include "imaging/planning/planner.h"

typedef struct {
    ImageFormat format;
    guint64 size_bytes;
    PlanSize stored;    /* a frame as stored in the file */
    PlanSize loaded;    /* a frame as the decoder delivers it: smaller where it reduces */
    guint32 frames;     /* number of frames to decode */
    guint bands;        /* including alpha */
    guint sample_bytes; /* bytes per sample */
    gboolean has_alpha;
    gboolean is_multiscan; /* a JPEG of several scans or an interlaced PNG */
    gboolean is_420;       /* JPEG whose colour planes have a quarter of the samples */
    gboolean is_lossless;  /* lossless WebP */
    PlanSize tile;         /* size of a TIFF's tiles; 0 x 0 for strips and for other formats */
    gboolean is_turned;    /* its orientation requires a rotation */
    gboolean is_streamed;  /* the only output is made from the decoder's lines: no base is kept */
} FootprintSource;

/* Returns bytes. recipes are those of the plan. */
guint64 footprint_predict(const FootprintSource *source, const Plan *plan, const Recipe *recipes);
