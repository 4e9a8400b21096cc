/* The luma of a picture, by which two pictures are compared (ssim.h). */
#pragma once

#include <vips/vips.h>

typedef struct {
    double *values; /* from 0 to 255, in rows */
    gsize width, height;
} Luma;

/* Takes the image, of 8 bits in sRGB or grey; alpha is ignored. FALSE if its pixels cannot be had, for which
 * libvips' error buffer has the reason. */
gboolean luma_take(VipsImage *image, Luma *ret_luma);

void luma_clear(Luma *luma);

/* The structural similarity of two pictures of one size. */
double luma_ssim(const Luma *a, const Luma *b);
