/* All renditions of one source image from one decode.
 *
 * Used by the imager, one call at a time. What it takes of memory is in imaging/planning/footprint.h. Bytes
 * in, sealed blobs out; no files.
 *
 * The source's orientation is applied first. Sizes and formats are those of imaging/planning/planner.h.
 */
#pragma once

#include <glib.h>

#include "base/blob.h"
#include "imaging/planning/explanation.h"
#include "recipe/recipe.h"
#include "recipe/render_limits.h"

typedef struct {
    GError *error; /* why this output could not be made, or NULL; with an error, nothing else is set */
    Blob *blob;    /* sealed */
    guint32 width;
    guint32 height; /* of a frame */
    guint32 frames;
    ImageFormat format; /* never FORMAT_SOURCE */
    guint32 quality;    /* that it was encoded with; 0: lossless */
    guint32 spent_ms;   /* to resize and encode it; and to decode, where there is no other output */
} Rendition;

typedef struct {
    GPtrArray *renditions; /* one Rendition per recipe, in their order; none if memory_bytes is too much */
    guint64 memory_bytes;  /* what it takes at its peak, as foretold before anything was decoded */
    GPtrArray *warnings;   /* char *: what was wrong with the source, and ignored; for people */
} RenderResult;

/* An output that cannot be made (too large for its format, more bytes than it may have, an encoder that this
 * machine lacks) has an error of its own, and the others are made; what is wrong with the source fails all.
 * Where it would take more memory than limits->max_memory_bytes, or has more pixels
 * than limits->light_pixels, nothing is decoded, and the
 * result has no renditions but says how much that is: whether more may be had is for others to decide. Class
 * ERROR_INPUT: damaged, truncated or of no supported format; ERROR_LIMIT: too many pixels, or more memory
 * than there is; ERROR_INTERNAL: a recipe that cannot be obeyed, more than LIMIT_OUTPUTS of them, or no
 * shared memory. Of an output: ERROR_LIMIT: too large, in pixels or in bytes; ERROR_CONFIG: its encoder is
 * missing or does not work on this machine; ERROR_INTERNAL: it failed otherwise. */
RenderResult *render(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                     const RenderLimits *limits, GError **error);

/* What render() would do: reads headers and decodes nothing. Fails as render() does before it decodes. Owned
 * by the caller (g_free). */
Explanation *render_explain(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                            const RenderLimits *limits, GError **error);

void rendition_free(Rendition *rendition);
void render_result_free(RenderResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendition, rendition_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RenderResult, render_result_free)
