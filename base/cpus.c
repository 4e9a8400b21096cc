#include "base/cpus.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"

/* The quota of one cgroup directory in CPUs, G_MAXUINT if it has none. */
static guint quota_of(const char *group)
{
    g_autofree char *path = g_strdup_printf("/sys/fs/cgroup%s/cpu.max", group);
    g_autofree char *text = fd_read_file(path, 64, NULL, NULL);
    guint64 quota_us, period_us;

    if (text == NULL ||
        sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &quota_us, &period_us) != 2 ||
        period_us == 0)
        return G_MAXUINT;
    return (guint)((quota_us + period_us - 1) / period_us);
}

/* A quota may be set on any ancestor of this process's cgroup: the smallest counts. */
static guint cgroup_quota(void)
{
    g_autofree char *text = fd_read_file("/proc/self/cgroup", 4096, NULL, NULL);
    guint least = G_MAXUINT;
    char *group, *slash;

    if (text == NULL || (group = strstr(text, "0::/")) == NULL)
        return least;
    group += strlen("0::");
    group[strcspn(group, "\n")] = '\0';
    while ((slash = strrchr(group, '/')) != NULL) {
        least = MIN(least, quota_of(group));
        *slash = '\0';
    }
    return MIN(least, quota_of(""));
}

guint cpus_available(void)
{
    cpu_set_t set;
    guint by_affinity = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        by_affinity = (guint)CPU_COUNT(&set);
    return MAX(1u, MIN(by_affinity, cgroup_quota()));
}
