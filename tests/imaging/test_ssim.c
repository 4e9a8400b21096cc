/* The measure itself, on pictures with a known result. */
#include <criterion/criterion.h>
#include <math.h>

#include "ssim.h"

#define WIDTH  40
#define HEIGHT 30
#define COUNT  (WIDTH * HEIGHT)

static void fill(double *values, double value)
{
    for (int i = 0; i < COUNT; i++)
        values[i] = value;
}

static void fill_noise(double *values, guint32 seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);

    for (int i = 0; i < COUNT; i++)
        values[i] = g_rand_double_range(random, 0, 255);
}

Test(ssim, equal_pictures)
{
    double a[COUNT];

    fill_noise(a, 1);
    cr_expect_float_eq(ssim(a, a, WIDTH, HEIGHT), 1.0, 1e-12);
}

/* Without structure only the term of the means remains: (2ab + C1) / (a^2 + b^2 + C1). */
Test(ssim, flat_pictures)
{
    const double expected = (2 * 100.0 * 120.0 + 6.5025) / (100.0 * 100.0 + 120.0 * 120.0 + 6.5025);
    double a[COUNT], b[COUNT];

    fill(a, 100);
    fill(b, 120);
    cr_expect_float_eq(ssim(a, b, WIDTH, HEIGHT), expected, 1e-9);
}

/* Computes by the definition, window by window, as written in the paper, without shared sums. */
static double window_ssim(const double *a, const double *b, int left, int top)
{
    double weights = 0, mean_a = 0, mean_b = 0, variance_a = 0, variance_b = 0, covariance = 0;

    for (int pass = 0; pass < 2; pass++)
        for (int y = 0; y < SSIM_WINDOW; y++)
            for (int x = 0; x < SSIM_WINDOW; x++) {
                const int at = (top + y) * WIDTH + left + x;
                const double weight = exp(-((x - 5) * (x - 5) + (y - 5) * (y - 5)) / 4.5);

                if (pass == 0) {
                    weights += weight;
                    mean_a += weight * a[at];
                    mean_b += weight * b[at];
                } else {
                    variance_a += weight / weights * pow(a[at] - mean_a / weights, 2);
                    variance_b += weight / weights * pow(b[at] - mean_b / weights, 2);
                    covariance += weight / weights * (a[at] - mean_a / weights) * (b[at] - mean_b / weights);
                }
            }
    mean_a /= weights;
    mean_b /= weights;
    return (2 * mean_a * mean_b + 6.5025) * (2 * covariance + 58.5225) /
           ((mean_a * mean_a + mean_b * mean_b + 6.5025) * (variance_a + variance_b + 58.5225));
}

Test(ssim, noise_by_the_definition)
{
    double a[COUNT], b[COUNT];
    double sum = 0;

    fill_noise(a, 1);
    fill_noise(b, 2);
    for (int i = 0; i < COUNT; i++)
        b[i] = 0.7 * a[i] + 0.3 * b[i];
    for (int y = 0; y <= HEIGHT - SSIM_WINDOW; y++)
        for (int x = 0; x <= WIDTH - SSIM_WINDOW; x++)
            sum += window_ssim(a, b, x, y);
    sum /= (WIDTH - SSIM_WINDOW + 1) * (HEIGHT - SSIM_WINDOW + 1);
    cr_expect_float_eq(ssim(a, b, WIDTH, HEIGHT), sum, 1e-9);
    cr_expect(sum > 0.5 && sum < 0.99, "%f: a pair that tells something", sum);
}

Test(ssim, a_negative_is_unlike)
{
    double a[COUNT], b[COUNT];

    fill_noise(a, 1);
    for (int i = 0; i < COUNT; i++)
        b[i] = 255 - a[i];
    cr_expect_lt(ssim(a, b, WIDTH, HEIGHT), -0.5);
}
