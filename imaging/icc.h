/* What the colour profile of an image is worth.
 *
 * Used by the imager, from probe.c. A profile is judged by what it does to a few hundred colours, never by
 * its name. Verdicts of the last profiles are remembered: most photographs have one of a handful.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

typedef enum {
    ICC_NONE,   /* no profile, or one that its kind of image does not need */
    ICC_SRGB,   /* every colour comes out as it is, within a level of 255: not worth applying */
    ICC_OTHER,  /* to be applied */
    ICC_BROKEN, /* cannot be applied, is for another kind of image, or makes white as dark as black */
} IccVerdict;

/* The rendering intent to apply the image's profile with: the perceptual one, as browsers do, unless the
 * profile has a table for the relative colorimetric intent only. Its black point is not adapted. */
VipsIntent icc_intent(VipsImage *image);

/* Of the profile embedded in the image, whose pixels are not read. Leaves no error of libvips behind. */
IccVerdict icc_judge(VipsImage *image);
