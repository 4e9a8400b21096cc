#include "recipe/render_limits.h"

GVariant *render_limits_to_variant(const RenderLimits *limits)
{
    return g_variant_new(RENDER_LIMITS_VARIANT_TYPE, limits->max_pixels, limits->max_output_bytes,
                         limits->max_frames, limits->max_memory_bytes, limits->accept_truncated,
                         limits->light_pixels);
}

RenderLimits render_limits_from_variant(GVariant *variant)
{
    RenderLimits limits;

    g_variant_get(variant, RENDER_LIMITS_VARIANT_TYPE, &limits.max_pixels, &limits.max_output_bytes,
                  &limits.max_frames, &limits.max_memory_bytes, &limits.accept_truncated,
                  &limits.light_pixels);
    return limits;
}
