/* The number of CPUs that this process may use. */
#pragma once

#include <glib.h>

/* The smaller of the affinity mask (sched_getaffinity) and the cgroup's quota (cpu.max, cgroup v2, rounded
 * up); at least 1. */
guint cpus_available(void);
