#include <criterion/criterion.h>
#include <sched.h>

#include "base/cpus.h"

Test(cpus, affinity_counts)
{
    guint all = cpus_available();
    cpu_set_t one;

    cr_assert_geq(all, 1u);
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_assert_eq(cpus_available(), 1u);
}
