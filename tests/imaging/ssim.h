/* Similarity of two pictures: the structural similarity index (Wang, Bovik, Sheikh and Simoncelli, "Image
 * Quality Assessment: From Error Visibility to Structural Similarity", 2004), by which renditions are judged.
 */
#pragma once

#include <glib.h>

/* The window's side. */
#define SSIM_WINDOW 11

/* Returns the mean over all positions of the window, with the paper's constants: a Gaussian window of
 * standard deviation 1.5, K1 = 0.01, K2 = 0.03, values from 0 to 255. The maximum, for equal pictures, is
 * 1.0. Both have width x height values, in rows; each side is SSIM_WINDOW or more. */
double ssim(const double *a, const double *b, gsize width, gsize height);
