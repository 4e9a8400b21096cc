/* Colour: whatever a file holds becomes 8-bit sRGB or grey, Display P3, or stays in its own profile, with or
 * without an alpha band.
 *
 * Used by the imager, from render.c. All are steps (imaging/step.h).
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/icc.h"
#include "recipe/recipe.h"

/* A colour space and depth that resizes well: floating-point and Lab images become sRGB or grey of 8 bits,
 * those of 16 bits too unless a profile is still to be applied to them; CMYK stays CMYK. Extra bands are
 * dropped, and so is a profile that is of no use. */
VipsImage *colour_prepare(VipsImage *image, IccVerdict icc);

/* 8 bits in the wanted profile, for the output of colour_prepare(): sRGB (a grey image stays grey), Display
 * P3, or as it is. CMYK is never kept: hardly anything that shows images from the web shows it right. The
 * plan does not ask for high dynamic range to be kept either (imaging/tagged_profile.h). */
VipsImage *colour_convert(VipsImage *image, IccVerdict icc, Profile profile);

/* A background that is not grey needs an image that is not. */
VipsImage *colour_for_background(VipsImage *image, guint32 background);

/* Transparency laid over the background (0xRRGGBB): without its alpha band. The same image if it has none. */
VipsImage *colour_flatten(VipsImage *image, guint32 background);

/* The background in 1 to 4 bands: grey, grey and opaque, red green blue, these and opaque. Free with
 * vips_area_unref(). */
VipsArrayDouble *colour_background(guint32 background, int n_bands);
