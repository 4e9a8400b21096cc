/* The luma of a picture, for the comparison of two pictures (ssim.h). */
#pragma once

#include <vips/vips.h>

typedef struct {
    double *values; /* from 0 to 255, in rows */
    gsize width, height;
} Luma;

/* Takes ownership of image, which has 8 bits in sRGB or grey; alpha is ignored. FALSE if its pixels cannot be
 * computed; libvips' error buffer then has the reason. */
gboolean luma_take(VipsImage *image, Luma *ret_luma);

void luma_clear(Luma *luma);

/* The structural similarity of two pictures of the same size. */
double luma_ssim(const Luma *a, const Luma *b);
