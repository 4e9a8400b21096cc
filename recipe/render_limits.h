/* What a rendering may take, whatever the recipes are: from the configuration, through a task, to the imager.
 * A plain value. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 max_pixels;        /* width x height x frames to decode; checked before anything is decoded */
    guint64 max_output_bytes;  /* of each rendition */
    guint32 max_frames;        /* of an animation; the others are left out, with a warning; 0: no limit */
    guint64 max_memory_bytes;  /* at its peak, as foretold from header and plan; 0: no limit */
    gboolean accept_truncated; /* what is damaged is rendered as far as it goes, with a warning */
    guint64
        light_pixels; /* to decode; with more, which takes long, only the memory is foretold; 0: no limit */
} RenderLimits;

#define RENDER_LIMITS_VARIANT_TYPE "(ttutbt)"

/* A floating variant of RENDER_LIMITS_VARIANT_TYPE, and back: any value is legal. */
GVariant *render_limits_to_variant(const RenderLimits *limits);
RenderLimits render_limits_from_variant(GVariant *variant);
