#include <criterion/criterion.h>
#include <string.h>

#include "daemon/protocol/meter.h"

#define N_COUNTERS (sizeof(Meter) / sizeof(guint64))

/* All counters with different values. */
static Meter meter_from(guint64 first)
{
    guint64 numbers[N_COUNTERS];
    Meter meter;

    for (gsize i = 0; i < N_COUNTERS; i++)
        numbers[i] = first + i;
    memcpy(&meter, numbers, sizeof meter);
    return meter;
}

Test(meter, every_counter_is_added_subtracted_and_sent)
{
    const Meter one = meter_from(100), two = meter_from(7000);
    const MeterGauges gauges = {1, 2, 3, 4, 5};
    Meter sum = one, difference, copy;
    MeterGauges states;
    g_autoptr(GVariant) variant = NULL;

    meter_add(&sum, &two);
    difference = meter_since(&sum, &two);
    cr_assert_eq(memcmp(&difference, &one, sizeof one), 0);
    difference = meter_since(&one, &two);
    for (gsize i = 0; i < sizeof difference; i++)
        cr_assert_eq(((const char *)&difference)[i], 0, "a counter that fell");
    variant = g_variant_ref_sink(meter_to_variant(&sum, &gauges));
    cr_assert(meter_from_variant(variant, &copy, &states));
    cr_assert_eq(memcmp(&copy, &sum, sizeof sum), 0);
    cr_assert_eq(memcmp(&states, &gauges, sizeof gauges), 0);
}

Test(meter, a_note_of_another_length_or_type_is_refused)
{
    static const guint64 numbers[3];
    GVariant *few = g_variant_new_fixed_array(G_VARIANT_TYPE_UINT64, numbers, 3, sizeof(guint64));
    g_autoptr(GVariant) short_one = g_variant_ref_sink(g_variant_new("(@at@at)", few, few));
    g_autoptr(GVariant) other = g_variant_ref_sink(g_variant_new("(s)", "all is well"));
    Meter meter = {.objects.done = 5};
    MeterGauges gauges = {.workers = 6};

    cr_assert_not(meter_from_variant(short_one, &meter, &gauges));
    cr_assert_not(meter_from_variant(other, &meter, &gauges));
    cr_assert_eq(meter.objects.done, 5);
    cr_assert_eq(gauges.workers, 6);
}

Test(meter, only_stages_that_were_begun_are_observed)
{
    Meter meter = {0};

    meter_observe_stages(&meter, &(StageTimes){.us = {[STAGE_GET] = 5000, [STAGE_PUT] = 5001}});
    cr_assert_eq(meter.stages[STAGE_GET].buckets[0], 1, "a limit belongs to its bucket");
    cr_assert_eq(meter.stages[STAGE_PUT].buckets[1], 1);
    cr_assert_eq(meter.stages[STAGE_PUT].sum_us, 5001);
    for (guint i = 0; i <= METER_BUCKETS; i++)
        cr_assert_eq(meter.stages[STAGE_CHECK].buckets[i], 0);
}
