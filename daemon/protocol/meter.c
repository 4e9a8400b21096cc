#include "daemon/protocol/meter.h"

#include <string.h>

#define N_COUNTERS (sizeof(Meter) / sizeof(guint64))
#define N_GAUGES   (sizeof(MeterGauges) / sizeof(guint64))

/* From the download of a small original in the same data centre to the default of workers.task_timeout. */
const guint64 meter_bucket_us[METER_BUCKETS] = {5000,     10000,    25000,   50000,   100000,
                                                250000,   500000,   1000000, 2500000, 5000000,
                                                10000000, 30000000, 60000000};

void meter_observe(MeterHistogram *histogram, guint64 duration_us)
{
    guint bucket = 0;

    while (bucket < METER_BUCKETS && duration_us > meter_bucket_us[bucket])
        bucket++;
    histogram->buckets[bucket]++;
    histogram->sum_us += duration_us;
}

void meter_observe_stages(Meter *meter, const StageTimes *times)
{
    for (guint i = 0; i < STAGE_COUNT; i++)
        if (times->us[i] > 0)
            meter_observe(&meter->stages[i], times->us[i]);
}

void meter_add(Meter *meter, const Meter *more)
{
    guint64 sum[N_COUNTERS], terms[N_COUNTERS];

    memcpy(sum, meter, sizeof sum);
    memcpy(terms, more, sizeof terms);
    for (gsize i = 0; i < N_COUNTERS; i++)
        sum[i] += terms[i];
    memcpy(meter, sum, sizeof sum);
}

Meter meter_since(const Meter *now, const Meter *before)
{
    guint64 later[N_COUNTERS], earlier[N_COUNTERS];
    Meter difference;

    memcpy(later, now, sizeof later);
    memcpy(earlier, before, sizeof earlier);
    for (gsize i = 0; i < N_COUNTERS; i++)
        later[i] -= MIN(later[i], earlier[i]);
    memcpy(&difference, later, sizeof later);
    return difference;
}

static GVariant *numbers_to_variant(const void *numbers, gsize count)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_UINT64, numbers, count, sizeof(guint64));
}

GVariant *meter_to_variant(const Meter *increments, const MeterGauges *gauges)
{
    return g_variant_new("(@at@at)", numbers_to_variant(increments, N_COUNTERS),
                         numbers_to_variant(gauges, N_GAUGES));
}

static gboolean numbers_from_variant(GVariant *variant, void *numbers, gsize count)
{
    gsize n = 0;
    const void *values = g_variant_get_fixed_array(variant, &n, sizeof(guint64));

    if (n == count)
        memcpy(numbers, values, count * sizeof(guint64));
    return n == count;
}

gboolean meter_from_variant(GVariant *variant, Meter *ret_increments, MeterGauges *ret_gauges)
{
    g_autoptr(GVariant) counters = NULL;
    g_autoptr(GVariant) states = NULL;
    MeterGauges gauges;
    Meter increments;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(NOTE_METER_TYPE)))
        return FALSE;
    g_variant_get(variant, "(@at@at)", &counters, &states);
    if (!numbers_from_variant(counters, &increments, N_COUNTERS) ||
        !numbers_from_variant(states, &gauges, N_GAUGES))
        return FALSE;
    *ret_increments = increments;
    *ret_gauges = gauges;
    return TRUE;
}
