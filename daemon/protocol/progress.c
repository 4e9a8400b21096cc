#include "daemon/protocol/progress.h"

#include "base/record.h"

static const RecordField fields[] = {
    RECORD_FIELD(Progress, listed),        RECORD_FIELD(Progress, done),  RECORD_FIELD(Progress, skipped),
    RECORD_FIELD(Progress, failed),        RECORD_FIELD(Progress, made),  RECORD_FIELD(Progress, in_flight),
    RECORD_FIELD(Progress, all_listed),    RECORD_FIELD(Progress, total), RECORD_FIELD(Progress, waits_for),
    RECORD_FIELD(Progress, waits_since_s),
};
static const RecordTable table = RECORD_TABLE(fields);

GVariant *progress_to_variant(const Progress *progress)
{
    return record_to_variant(&table, progress);
}

gboolean progress_from_variant(GVariant *variant, Progress *ret_progress)
{
    return record_from_variant(&table, variant, ret_progress);
}

const char *progress_waits_for(const Progress *progress)
{
    switch (progress->waits_for) {
    case WAITS_FOR_SOURCE: return "source";
    case WAITS_FOR_DESTINATION: return "destination";
    default: return NULL;
    }
}
