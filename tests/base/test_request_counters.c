#include <criterion/criterion.h>
#include <string.h>

#include "base/request_counters.h"

#define N_COUNTERS (sizeof(RequestCounters) / sizeof(guint64))

/* All counters with different values. */
static RequestCounters counters_from(guint64 first)
{
    guint64 numbers[N_COUNTERS];
    RequestCounters counters;

    for (gsize i = 0; i < N_COUNTERS; i++)
        numbers[i] = first + i;
    memcpy(&counters, numbers, sizeof counters);
    return counters;
}

Test(request_counters, every_one_is_added_and_subtracted)
{
    const RequestCounters one = counters_from(100), two = counters_from(7000);
    RequestCounters sum = one, difference;
    guint64 numbers[N_COUNTERS];

    request_counters_add(&sum, &two);
    memcpy(numbers, &sum, sizeof sum);
    for (gsize i = 0; i < N_COUNTERS; i++)
        cr_expect_eq(numbers[i], 7100 + 2 * i, "counter %zu", i);
    difference = request_counters_since(&sum, &two);
    cr_expect_eq(memcmp(&difference, &one, sizeof one), 0);
}
