/* Pictures for tests, made by libvips itself, and access to the pixels of results. The caller owns everything
 * returned. A failure ends the process, since the test itself is wrong then. */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/render.h"

/* Four quarters: red, green / blue, white. sRGB, 3 bands. */
VipsImage *sample_quarters(int width, int height);

/* Detail everywhere; the same seed yields the same picture. sRGB, 3 bands. */
VipsImage *sample_noise(int width, int height, int seed);

/* One colour; 1 to 4 bands. */
VipsImage *sample_plain(int width, int height, const double *colour, int n_bands);

/* The values times 257, in 16 bits. Takes ownership of image. */
VipsImage *sample_16_bits(VipsImage *image);

/* Takes ownership of image. suffix is the format with options, as for libvips: ".jpg[Q=90]". */
GBytes *sample_save(VipsImage *image, const char *suffix);

/* Decodes the rendition. */
VipsImage *sample_decode(const Rendition *rendition);

/* A pixel with rounded bands; alpha is 255 if missing, and grey fills three bands. */
typedef struct {
    int red, green, blue, alpha;
} Pixel;

Pixel sample_pixel(const Rendition *rendition, int x, int y);

/* The mean of a square of pixels around x, y, which removes dithering and noise of encoders. */
Pixel sample_area(VipsImage *image, int x, int y, int side);

/* Whether each band is within tolerance. */
gboolean pixel_is_near(Pixel pixel, int red, int green, int blue, int tolerance);

/* render() with very high limits; NULL and *error on failure. */
RenderResult *sample_render_all(GBytes *bytes, const Recipe *recipes, guint n_recipes, GError **error);

/* sample_render_all() with one recipe; NULL too if that output failed. */
Rendition *sample_render_recipe(GBytes *bytes, const Recipe *recipe, GError **error);

/* sample_render_recipe() with quality 95, over white. */
Rendition *sample_render(GBytes *bytes, Fit fit, guint32 width, guint32 height, ImageFormat format,
                         GError **error);
