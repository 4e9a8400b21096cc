/* Pictures of four flat patches of known colour, in any colour space. The colours are converted by lcms
 * itself, not through libvips, since that is under test. */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "samples.h"

#define N_PATCHES 4

/* Top left, top right, bottom left, bottom right; sRGB. */
extern const Pixel patch_colours[N_PATCHES];

typedef enum {
    SPACE_SRGB,       /* without a profile */
    SPACE_GREY,       /* without a profile; the patches' greens */
    SPACE_GREY_GAMMA, /* the patches' greens, with a profile of gamma 1.4 */
    SPACE_ADOBE_RGB,
    SPACE_P3,
    SPACE_CMYK,
} Space;

/* The space's profile, or NULL if it has none. */
GBytes *patches_profile(Space space);

/* A profile for 3 bands that is applicable and makes all colours black. */
GBytes *patches_black_profile(void);

/* 8 bits per band, with the profile. */
VipsImage *patches_picture(Space space, int width, int height);

/* The colour of a patch of this picture in sRGB: patch_colours, or for CMYK the colour that the press
 * prints. */
Pixel patches_expected(Space space, int patch);

/* CIE DE2000. */
double pixel_delta_e(Pixel a, Pixel b);
