/* Writing an image as JPEG, PNG or WebP into shared memory.
 *
 * Used by the imager, from render.c. Nothing but pixels is written: no EXIF, no XMP, no profile, no
 * thumbnail.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "base/blob.h"
#include "recipe/recipe.h"

/* The image, 8-bit sRGB or grey, in the recipe's format and quality, as a sealed blob of at most max_bytes.
 * Class ERROR_LIMIT if it gets larger, ERROR_INPUT if computing its pixels fails (they may still be on their
 * way from a damaged source), ERROR_INTERNAL if the format cannot be encoded. */
Blob *encode(VipsImage *image, const Recipe *recipe, guint64 max_bytes, GError **error);
