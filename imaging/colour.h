/* Converts the colours of any file to 8-bit sRGB or grey or to Display P3, or keeps them in their own
 * profile, with or without an alpha band.
 *
 * Used by the imager, from render.c. All functions are steps (imaging/step.h).
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/icc.h"
#include "recipe/recipe.h"

/* Converts to a colour space and depth that resizes well: floating-point and Lab images become 8-bit sRGB or
 * grey, and so do 16-bit images unless a profile is still to be applied to them; CMYK stays CMYK. Extra bands
 * are dropped, and so is a profile that cannot be used. */
VipsImage *colour_prepare(VipsImage *image, IccVerdict icc);

/* Converts the output of colour_prepare() to 8 bits in the wanted profile: sRGB (a grey image stays grey),
 * Display P3, or unchanged. CMYK is always converted, since hardly any software that shows images from the
 * web displays CMYK correctly. The plan does not ask for high dynamic range to be kept either
 * (imaging/tagged_profile.h). */
VipsImage *colour_convert(VipsImage *image, IccVerdict icc, Profile profile);

/* Converts a grey image to colour if the background is not grey. */
VipsImage *colour_for_background(VipsImage *image, guint32 background);

/* Lays the image over the background (0xRRGGBB) and removes its alpha band. Returns the same image if it has
 * no alpha band. */
VipsImage *colour_flatten(VipsImage *image, guint32 background);

/* The background as 1 to 4 bands: grey; grey and opaque; red, green, blue; red, green, blue and opaque. Free
 * with vips_area_unref(). */
VipsArrayDouble *colour_background(guint32 background, int n_bands);
