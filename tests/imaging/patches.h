/* Pictures of four flat patches of known colour, in any colour space: the colours are converted by lcms
 * itself, not through libvips, which is what is tested. */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "samples.h"

#define N_PATCHES 4

/* Top left, top right, bottom left, bottom right; sRGB. */
extern const Pixel patch_colours[N_PATCHES];

typedef enum {
    SPACE_SRGB,       /* without a profile */
    SPACE_GREY,       /* the same; the patches' greens */
    SPACE_GREY_GAMMA, /* the same greens, with a profile of gamma 1.4 */
    SPACE_ADOBE_RGB,
    SPACE_P3,
    SPACE_CMYK,
} Space;

/* The space's profile; NULL for those without. */
GBytes *patches_profile(Space space);

/* A profile for 3 bands that can be applied and makes everything black. */
GBytes *patches_black_profile(void);

/* 8 bits per band, with the profile. */
VipsImage *patches_picture(Space space, int width, int height);

/* What the patch of this picture looks like, in sRGB: patch_colours, or for CMYK what the press makes of it.
 */
Pixel patches_expected(Space space, int patch);

/* CIE DE2000. */
double pixel_delta_e(Pixel a, Pixel b);
