/* All renditions of one source image from one decode.
 *
 * Used by the imager, one call at a time: it holds the largest base in memory (width x height x up to 4
 * bytes), and libjpeg another 6 bytes per pixel of a progressive source, whatever the outputs' size. Bytes
 * in, sealed blobs out; no files.
 *
 * The source's orientation is applied, its colours become sRGB, only the first frame or page is used, and no
 * metadata is kept. Sizes are those of imaging/planner.h. Formats without alpha show white where it was
 * transparent.
 */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "recipe/recipe.h"
#include "recipe/render_limits.h"

typedef struct {
    Blob *blob; /* sealed */
    guint32 width;
    guint32 height;
    ImageFormat format;
} Rendition;

/* One Rendition per recipe, in their order; the array owns them. All or nothing. Class ERROR_INPUT: damaged,
 * truncated or of no supported format; ERROR_LIMIT: too many pixels or bytes, or more memory than there is;
 * ERROR_INTERNAL: a recipe that cannot be obeyed, more than LIMIT_OUTPUTS of them, or no shared memory. */
GPtrArray *render(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                  const RenderLimits *limits, GError **error);

void rendition_free(Rendition *rendition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendition, rendition_free)
