#include "daemon/protocol/stage.h"

#include "base/record.h"

static const RecordField fields[] = {
    RECORD_FIELD(StageTimes, us[STAGE_WAIT]),   RECORD_FIELD(StageTimes, us[STAGE_GET]),
    RECORD_FIELD(StageTimes, us[STAGE_RENDER]), RECORD_FIELD(StageTimes, us[STAGE_PUT]),
    RECORD_FIELD(StageTimes, us[STAGE_CHECK]),
};
static const RecordTable table = RECORD_TABLE(fields);

G_STATIC_ASSERT(G_N_ELEMENTS(fields) == STAGE_COUNT);

const char *stage_name(Stage stage)
{
    static const char *const names[] = {[STAGE_WAIT] = "wait",
                                        [STAGE_GET] = "get",
                                        [STAGE_RENDER] = "render",
                                        [STAGE_PUT] = "put",
                                        [STAGE_CHECK] = "check"};

    return names[stage];
}

GVariant *stage_times_to_variant(const StageTimes *times)
{
    return record_to_variant(&table, times);
}

gboolean stage_times_from_variant(GVariant *variant, StageTimes *ret_times)
{
    return record_from_variant(&table, variant, ret_times);
}
