/* How much memory a rendering takes at its peak, foretold from the source's header and the plan.
 *
 * Used by the imager, before it decodes; pure, without libvips. The numbers are those of the decoders and
 * encoders that libvips has in Debian 12 and 13, found by measuring (tests/imaging/planning/test_footprint.c
 * holds them to it): no less than what was measured, and no more than 2.5 times that and 12 MiB. Counted is
 * what a rendering adds to an idle imager: the source's bytes, the decoder's arrays, the lines that a
 * pipeline holds, the bases, the encoder's arrays, and the outputs.
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
    PlanSize stored;    /* a frame as it is in the file */
    PlanSize loaded;    /* a frame as the decoder delivers it: smaller where it reduces */
    guint32 frames;     /* to be decoded */
    guint bands;        /* alpha included */
    guint sample_bytes; /* of one band of a pixel */
    gboolean has_alpha;
    gboolean is_multiscan; /* JPEG of several scans, interlaced PNG */
    gboolean is_420;       /* JPEG: colours have a quarter of the samples */
    gboolean is_lossless;  /* WebP */
    PlanSize tile;         /* TIFF in tiles; 0 x 0: in strips or no TIFF */
    gboolean is_turned;    /* by its orientation */
    gboolean is_streamed;  /* the only output is made from the decoder's lines: no base is held */
} FootprintSource;

/* In bytes. The recipes are those of the plan. */
guint64 footprint_predict(const FootprintSource *source, const Plan *plan, const Recipe *recipes);
