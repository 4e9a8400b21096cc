/* Pictures for tests, made by libvips itself, and a look at what came out. Everything returned is the
 * caller's. A failure ends the process: it is the test that is wrong. */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/render.h"

/* Four quarters: red, green / blue, white. sRGB, 3 bands. */
VipsImage *sample_quarters(int width, int height);

/* Detail everywhere, the same for the same seed. sRGB, 3 bands. */
VipsImage *sample_noise(int width, int height, int seed);

/* One colour; 1 to 4 bands. */
VipsImage *sample_plain(int width, int height, const double *colour, int n_bands);

/* The same values, times 257: 16 bits. Takes the reference. */
VipsImage *sample_16_bits(VipsImage *image);

/* Takes the reference. suffix names format and options, as libvips has it: ".jpg[Q=90]". */
GBytes *sample_save(VipsImage *image, const char *suffix);

/* The rendition, decoded. */
VipsImage *sample_decode(const Rendition *rendition);

/* One pixel, each band of it rounded; 255 for a missing alpha, and grey as three bands. */
typedef struct {
    int red, green, blue, alpha;
} Pixel;

Pixel sample_pixel(const Rendition *rendition, int x, int y);

/* The mean of a square of pixels around x, y: dithering and noise of encoders go away. */
Pixel sample_area(VipsImage *image, int x, int y, int side);

/* Whether each band is within tolerance. */
gboolean pixel_is_near(Pixel pixel, int red, int green, int blue, int tolerance);

/* render() without limits that matter; NULL and *error on failure. */
RenderResult *sample_render_all(GBytes *bytes, const Recipe *recipes, guint n_recipes, GError **error);

/* The same of one recipe; NULL too if that output failed. */
Rendition *sample_render_recipe(GBytes *bytes, const Recipe *recipe, GError **error);

/* The same of quality 95, over white. */
Rendition *sample_render(GBytes *bytes, Fit fit, guint32 width, guint32 height, ImageFormat format,
                         GError **error);
