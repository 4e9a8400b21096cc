#include <criterion/criterion.h>
#include <sys/resource.h>

#include "base/resource_limits.h"
#include "tests/base/machine.h"

TestSuite(resource_limits, .init = machine_setup, .fini = machine_teardown);

static ResourceLimits limits_now(void)
{
    ResourceLimits limits;

    resource_limits_read(machine_root, &limits);
    return limits;
}

Test(resource_limits, what_a_process_may_have)
{
    /* beyond what AddressSanitizer maps */
    const rlim_t pebibyte = (rlim_t)1 << 50;
    const struct rlimit files = {100, 200}, memory = {pebibyte, pebibyte};

    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    cr_assert_eq(limits_now().descriptors, 100);
    resource_limits_raise_descriptors();
    cr_assert_eq(limits_now().descriptors, 200);
    resource_limits_raise_descriptors();
    cr_assert_eq(limits_now().descriptors, 200);
    cr_assert_eq(setrlimit(RLIMIT_DATA, &memory), 0);
    cr_assert_eq(limits_now().memory_bytes, pebibyte);
}

/* The group's own limit may be larger than what its ancestor has left. */
Test(resource_limits, of_the_groups_of_processes)
{
    const guint64 of_user = limits_now().tasks; /* G_MAXUINT64 for root */

    cr_assert_gt(of_user, 93);
    machine_put("proc/self/cgroup", "0::/system.slice/mill.service\n");
    machine_put("sys/fs/cgroup/system.slice/mill.service/pids.max", "max\n");
    machine_put("sys/fs/cgroup/system.slice/mill.service/pids.current", "7\n");
    cr_assert_eq(limits_now().tasks, of_user);
    machine_put("sys/fs/cgroup/system.slice/mill.service/pids.max", "100\n");
    cr_assert_eq(limits_now().tasks, 93);
    machine_put("sys/fs/cgroup/system.slice/pids.max", "1000\n");
    machine_put("sys/fs/cgroup/system.slice/pids.current", "980\n");
    cr_assert_eq(limits_now().tasks, 20);
    machine_put("sys/fs/cgroup/system.slice/pids.current", "1001\n");
    cr_assert_eq(limits_now().tasks, 0);
}

/* The limit of a user who is not root. */
Test(resource_limits, of_a_users_processes)
{
    const struct rlimit processes = {1000, 1000};

    if (geteuid() == 0)
        cr_assert_eq(setreuid(65534, 65534), 0);
    cr_assert_eq(setrlimit(RLIMIT_NPROC, &processes), 0);
    cr_assert_eq(limits_now().tasks, 1000, "no process is seen");
    resource_limits_read("", &(ResourceLimits){0});
}
