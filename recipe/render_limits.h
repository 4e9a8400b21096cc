/* The limits of a rendering, whatever the recipes are: passed from the configuration through a task to the
 * imager. A plain value. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 max_pixels;        /* width x height x frames to decode; checked before decoding */
    guint64 max_output_bytes;  /* of each rendition */
    guint32 max_frames;        /* of an animation; the others are left out, with a warning; 0 for no limit */
    guint64 max_memory_bytes;  /* peak, as predicted from header and plan; 0 for no limit */
    gboolean accept_truncated; /* render damaged sources as far as they can be decoded, with a warning */
    guint64
        light_pixels; /* to decode; above it decoding takes long, and only the memory is predicted; 0 for no
                       * limit */
} RenderLimits;

#define RENDER_LIMITS_VARIANT_TYPE "(ttutbt)"

/* Returns a floating variant of RENDER_LIMITS_VARIANT_TYPE, and converts it back: any value is valid. */
GVariant *render_limits_to_variant(const RenderLimits *limits);
RenderLimits render_limits_from_variant(GVariant *variant);
