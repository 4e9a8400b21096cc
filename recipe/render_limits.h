/* What a rendering may take, whatever the recipes are: from the configuration, through a task, to the imager.
 * A plain value. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 max_pixels;        /* width x height of the source; checked before anything is decoded */
    guint64 max_output_bytes;  /* of each rendition */
    guint32 max_frames;        /* of an animation: the rest is left out; 0 is 1 */
    gboolean accept_truncated; /* of a source that ends early, show what there is; else it fails */
} RenderLimits;

#define RENDER_LIMITS_VARIANT_TYPE "(ttub)"

/* A floating variant of RENDER_LIMITS_VARIANT_TYPE, and back: any value is legal. */
GVariant *render_limits_to_variant(const RenderLimits *limits);
RenderLimits render_limits_from_variant(GVariant *variant);
