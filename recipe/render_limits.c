#include "recipe/render_limits.h"

#include "base/record.h"

static const RecordField fields[] = {
    RECORD_FIELD(RenderLimits, max_pixels),       RECORD_FIELD(RenderLimits, max_output_bytes),
    RECORD_FIELD(RenderLimits, max_frames),       RECORD_FIELD(RenderLimits, max_memory_bytes),
    RECORD_FIELD(RenderLimits, accept_truncated), RECORD_FIELD(RenderLimits, light_pixels),
};
static const RecordTable table = RECORD_TABLE(fields);

GVariant *render_limits_to_variant(const RenderLimits *limits)
{
    return record_to_variant(&table, limits);
}

RenderLimits render_limits_from_variant(GVariant *variant)
{
    RenderLimits limits = {0};

    (void)record_from_variant(&table, variant, &limits);
    return limits;
}
