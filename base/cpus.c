#include "base/cpus.h"

#include <sched.h>
#include <stdio.h>

#include "base/cgroup.h"

/* Parses "QUOTA PERIOD" in microseconds, or "max PERIOD", to a number of CPUs. */
static guint64 parse_quota(const char *text)
{
    guint64 quota_us, period_us;

    if (sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &quota_us, &period_us) != 2 ||
        period_us == 0)
        return G_MAXUINT64;
    return (quota_us + period_us - 1) / period_us;
}

guint cpus_available(void)
{
    cpu_set_t set;
    guint64 by_affinity = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        by_affinity = (guint64)CPU_COUNT(&set);
    return (guint)MAX(1u, MIN(by_affinity, cgroup_least("", "cpu.max", parse_quota)));
}
