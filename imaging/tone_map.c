#include "imaging/tone_map.h"

#include <glib.h>
#include <math.h>

#define REFERENCE_NITS 203.0
#define PEAK_NITS      1000.0
#define PEAK           (PEAK_NITS / REFERENCE_NITS)

/* The output level of the reference white. */
#define WHITE 0.5

/* SMPTE ST 2084. */
double tone_map_pq_light(double signal)
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128;
    const double c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32, c3 = 2392.0 / 4096 * 32;
    const double p = pow(signal, 1.0 / m2);

    return 10000.0 * pow(fmax(p - c1, 0.0) / (c2 - c3 * p), 1.0 / m1) / REFERENCE_NITS;
}

/* ITU-R BT.2100-3, table 5. */
double tone_map_hlg_light(double signal)
{
    const double a = 0.17883277, b = 1.0 - 4.0 * a, c = 0.5 - a * log(4.0 * a);

    return signal <= 0.5 ? signal * signal / 3.0 : (exp((signal - c) / a) + b) / 12.0;
}

void tone_map_hlg_display(double rgb[3])
{
    const double luminance = 0.2627 * rgb[0] + 0.6780 * rgb[1] + 0.0593 * rgb[2];
    const double factor = luminance > 0.0 ? PEAK * pow(luminance, 0.2) : 0.0;

    for (int i = 0; i < 3; i++)
        rgb[i] *= factor;
}

/* A straight line up to the reference white; from there to the peak a quadratic Bezier curve whose middle
 * control point lies on the extension of that line. */
double tone_map(double light)
{
    const double kappa = 0.65;
    const double x_middle = (1.0 - kappa) + kappa / WHITE, y_middle = (1.0 - kappa) * WHITE + kappa;
    const double ax = 1.0 - 2.0 * x_middle + PEAK, bx = 2.0 * x_middle - 2.0;
    const double ay = WHITE - 2.0 * y_middle + 1.0, by = 2.0 * y_middle - 2.0 * WHITE;
    double t;

    if (light <= 1.0)
        return light * WHITE;
    if (light >= PEAK)
        return 1.0;
    t = (sqrt(bx * bx + 4.0 * ax * (light - 1.0)) - bx) / (2.0 * ax);
    return WHITE + by * t + ay * t * t;
}

void tone_map_rgb(double rgb[3])
{
    const double largest = MAX(rgb[0], MAX(rgb[1], rgb[2]));
    const double factor = largest > 0.0 ? tone_map(largest) / largest : 0.0;

    for (int i = 0; i < 3; i++)
        rgb[i] *= factor;
}
