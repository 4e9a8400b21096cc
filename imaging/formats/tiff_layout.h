/* Determines what the samples of a TIFF picture mean, and whether they can be shown.
 *
 * Used by the imager, from tiff_load.c; pure, without libvips. libvips passes on what it has decoded with
 * little regard to its meaning (ENGINE_TIFF_IGNORES_MEANING).
 */
#pragma once

#include <glib.h>

#include "imaging/formats/tiff_pages.h"

typedef enum {
    TIFF_AS_DECODED, /* 8 or 16 bits, or in a colour space that libvips knows */
    TIFF_WIDE,       /* unsigned, 32 bits: black is 0, white is the largest number */
    TIFF_WITH_SIGN,  /* signed: like TIFF_WIDE, with the negative half refused */
    TIFF_0_TO_1,     /* floating point: black is 0, white is 1 */
    TIFF_LIGHT,      /* like TIFF_0_TO_1, but linear light: RGB without a profile, as in Photoshop's 32-bit
                      * mode */
    TIFF_FROM_YCBCR, /* YCbCr that no codec has converted to RGB */
    TIFF_FROM_ICCLAB,
} TiffMeaning;

typedef struct {
    TiffMeaning meaning;
    guint n_colours;            /* samples of a pixel as stored: 1, 3 or 4 */
    gboolean is_palette;        /* decoded to 1 or 3 bands */
    int alpha;                  /* index of the extra sample that is alpha, or -1 */
    gboolean is_falsely_planar; /* a single band stored as planar, which libvips takes for several bands if it
                                 * has less than 8 bits */
    gboolean is_negative;       /* white is 0, and libvips does not invert it */
} TiffLayout;

/* Class ERROR_INPUT, with what is not supported: "unsupported tiff: 12-bit samples". */
gboolean tiff_layout_of(const TiffPage *page, TiffLayout *ret_layout, GError **error);

/* "signed 16-bit" or the like. Owned by the caller. */
char *tiff_samples_name(const TiffPage *page);
