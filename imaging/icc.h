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

/* Prepares an image for vips_icc_transform() with its own profile and VIPS_INTENT_RELATIVE, with which lcms
 * never adapts the black point; with the perceptual intent it would, for an output profile of version 4
 * (ENGINE_PROFILES_OF_VERSION_4). As in browsers the table that is applied is that for the perceptual intent,
 * unless the profile has one for the relative colorimetric intent only. Takes the image, or NULL. */
VipsImage *icc_prepare(VipsImage *image);

/* Of the profile embedded in the image, whose pixels are not read. Leaves no error of libvips behind. */
IccVerdict icc_judge(VipsImage *image);
