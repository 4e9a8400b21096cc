/* Judges whether the colour profile of an image can and should be applied.
 *
 * Used by the imager, from probe.c. A profile is judged by what it does to a few hundred colours, never by
 * its name. The last verdicts are cached, since most photographs have one of a handful of profiles.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

typedef enum {
    ICC_NONE,   /* no profile, or one in an image that needs none */
    ICC_SRGB,   /* changes no colour by more than one level of 255: not worth applying */
    ICC_OTHER,  /* must be applied */
    ICC_BROKEN, /* cannot be applied, is for another kind of image, or makes white about as dark as black */
} IccVerdict;

/* Prepares an image for vips_icc_transform() with its own profile and VIPS_INTENT_RELATIVE. With that intent
 * lcms never applies black point compensation; with the perceptual intent it does, for an output profile of
 * version 4 (ENGINE_PROFILES_OF_VERSION_4). As in browsers, the table that is applied is the one for the
 * perceptual intent, unless the profile has only one for the relative colorimetric intent. Takes ownership of
 * image, which may be NULL. */
VipsImage *icc_prepare(VipsImage *image);

/* Judges the profile embedded in the image. Reads no pixels, and leaves nothing in libvips' error buffer. */
IccVerdict icc_judge(VipsImage *image);
