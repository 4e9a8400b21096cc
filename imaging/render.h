/* Renders all outputs of one source image from one decode.
 *
 * Used by the imager, one call at a time. Takes bytes and returns sealed blobs; touches no files.
 * imaging/planning/footprint.h describes its memory.
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
    GError *error; /* why this output could not be made, or NULL; if set, no other field is */
    Blob *blob;    /* sealed */
    guint32 width;
    guint32 height; /* of a frame */
    guint32 frames;
    ImageFormat format; /* never FORMAT_SOURCE */
    guint32 quality;    /* that it was encoded with; 0 if lossless */
    guint32 spent_ms;   /* time to resize and encode it; includes decoding if it is the only output */
} Rendition;

typedef struct {
    GPtrArray *renditions; /* one Rendition per recipe, in their order; empty if the image exceeds a limit of
                            * memory or pixels */
    guint64 memory_bytes;  /* peak memory, as predicted before anything was decoded */
    GPtrArray *warnings;   /* char *: problems of the source that were ignored; for people */
} RenderResult;

/* An output that cannot be made (too large for its format, more bytes than it may have, an encoder that this
 * machine lacks) gets an error of its own, and the others are made. An error of the source fails all outputs.
 *
 * If the rendering would take more memory than limits->max_memory_bytes, or the source has more pixels than
 * limits->light_pixels, nothing is decoded: the result has no renditions, and its memory_bytes says how much
 * memory is needed. The caller decides whether to allow more.
 *
 * Class ERROR_INPUT if the source is damaged, truncated or of no supported format; ERROR_LIMIT if it has too
 * many pixels, or memory is short; ERROR_INTERNAL for an invalid recipe, more than LIMIT_OUTPUTS recipes, or
 * no shared memory. Errors of an output: ERROR_LIMIT if it is too large, in pixels or in bytes; ERROR_CONFIG
 * if its encoder is missing or does not work on this machine; ERROR_INTERNAL for any other failure. */
RenderResult *render(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                     const RenderLimits *limits, GError **error);

/* Describes what render() would do: reads headers and decodes nothing. Fails as render() does before it
 * decodes. Owned by the caller (g_free). */
Explanation *render_explain(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                            const RenderLimits *limits, GError **error);

void rendition_free(Rendition *rendition);
void render_result_free(RenderResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendition, rendition_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RenderResult, render_result_free)
