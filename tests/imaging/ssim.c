#include "ssim.h"

#include <math.h>

static const double c1 = (0.01 * 255) * (0.01 * 255);
static const double c2 = (0.03 * 255) * (0.03 * 255);

/* One side of the window, which is separable; the sum is 1. */
static void window_init(double window[SSIM_WINDOW])
{
    const double deviation = 1.5;
    const int middle = SSIM_WINDOW / 2;
    double sum = 0;

    for (int i = 0; i < SSIM_WINDOW; i++) {
        const double distance = i - middle;

        window[i] = exp(-distance * distance / (2 * deviation * deviation));
        sum += window[i];
    }
    for (int i = 0; i < SSIM_WINDOW; i++)
        window[i] /= sum;
}

/* Computes n weighted sums, each of SSIM_WINDOW values that are stride apart. */
static void weigh(const double *in, double *out, gsize n, gsize stride, const double window[SSIM_WINDOW])
{
    for (gsize i = 0; i < n; i++) {
        double sum = 0;

        for (gsize k = 0; k < SSIM_WINDOW; k++)
            sum += window[k] * in[i + k * stride];
        out[i] = sum;
    }
}

/* Returns the weighted mean of a x b, or of a if b is NULL, in each window, row by row; owned by the
 * caller. */
static double *window_means(const double *a, const double *b, gsize width, gsize height)
{
    const gsize out_width = width - SSIM_WINDOW + 1;
    const gsize out_height = height - SSIM_WINDOW + 1;
    double window[SSIM_WINDOW];
    g_autofree double *row = g_new(double, width);
    g_autofree double *across = g_new(double, out_width *height);
    double *out = g_new(double, out_width *out_height);

    window_init(window);
    for (gsize y = 0; y < height; y++) {
        for (gsize x = 0; x < width; x++)
            row[x] = a[y * width + x] * (b != NULL ? b[y * width + x] : 1.0);
        weigh(row, across + y * out_width, out_width, 1, window);
    }
    weigh(across, out, out_width * out_height, out_width, window);
    return out;
}

double ssim(const double *a, const double *b, gsize width, gsize height)
{
    const gsize n = (width - SSIM_WINDOW + 1) * (height - SSIM_WINDOW + 1);
    g_autofree double *mean_a = window_means(a, NULL, width, height);
    g_autofree double *mean_b = window_means(b, NULL, width, height);
    g_autofree double *mean_aa = window_means(a, a, width, height);
    g_autofree double *mean_bb = window_means(b, b, width, height);
    g_autofree double *mean_ab = window_means(a, b, width, height);
    double sum = 0;

    for (gsize i = 0; i < n; i++) {
        const double product = mean_a[i] * mean_b[i];
        const double squares = mean_a[i] * mean_a[i] + mean_b[i] * mean_b[i];
        const double covariance = mean_ab[i] - product;
        const double variances = mean_aa[i] + mean_bb[i] - squares;

        sum += (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2));
    }
    return sum / (double)n;
}
