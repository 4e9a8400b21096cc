/* Colour: whatever a file holds becomes 8-bit sRGB or grey, with or without an alpha band.
 *
 * Used by the imager, from render.c. Each function takes a reference to its input from the caller and returns
 * a new image that the caller owns, or NULL: an error of libvips that is left in its buffer, for
 * engine_take_error(). Pixels are computed lazily.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

/* 8 bits per band in a colour space that resizes well: 16-bit, floating-point and Lab images are converted to
 * sRGB or grey, CMYK and images with a profile stay what they are, extra bands are dropped. */
VipsImage *colour_normalise(VipsImage *image);

/* sRGB, or grey for a grey image without a profile. The embedded ICC profile is applied; a broken one or one
 * of another colour space is ignored. For the output of colour_normalise(). */
VipsImage *colour_to_srgb(VipsImage *image);

/* Transparency laid over white: without its alpha band. The same image if it has none. */
VipsImage *colour_flatten(VipsImage *image);
