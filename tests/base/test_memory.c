#include <criterion/criterion.h>

#include "base/memory.h"
#include "tests/base/machine.h"

#define GIB (G_GUINT64_CONSTANT(1) << 30)

TestSuite(memory, .init = machine_setup, .fini = machine_teardown);

Test(memory, of_a_machine_without_groups)
{
    cr_expect_eq(memory_total(machine_root), G_MAXUINT64, "nothing can be read");
    machine_put("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          123456 kB\n");
    cr_expect_eq(memory_total(machine_root), 8 * GIB);
}

Test(memory, the_smallest_limit_of_all_ancestors_counts)
{
    machine_put("proc/meminfo", "MemTotal:        8388608 kB\n");
    machine_put("proc/self/cgroup", "0::/system.slice/mill.service\n");
    machine_put("sys/fs/cgroup/system.slice/mill.service/memory.max", "max\n");
    cr_expect_eq(memory_total(machine_root), 8 * GIB);
    machine_put("sys/fs/cgroup/system.slice/mill.service/memory.max", "4294967296\n");
    cr_expect_eq(memory_total(machine_root), 4 * GIB);
    machine_put("sys/fs/cgroup/system.slice/memory.max", "2147483648\n");
    cr_expect_eq(memory_total(machine_root), 2 * GIB);
}

Test(memory, a_container_sees_its_group_as_the_root)
{
    machine_put("proc/meminfo", "MemTotal:        8388608 kB\n");
    machine_put("proc/self/cgroup", "0::/as/its/host/sees/it\n");
    machine_put("sys/fs/cgroup/memory.max", "1073741824\n");
    cr_expect_eq(memory_total(machine_root), GIB);
}

Test(memory, groups_of_version_1)
{
    machine_put("proc/meminfo", "MemTotal:        8388608 kB\n");
    machine_put("proc/self/cgroup", "12:cpu,cpuacct:/other\n7:memory:/docker/abc\n1:name=systemd:/x\n0::/\n");
    machine_put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    cr_expect_eq(memory_total(machine_root), 8 * GIB);
    machine_put("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "3221225472\n");
    cr_expect_eq(memory_total(machine_root), 3 * GIB);
}

Test(memory, this_machine_has_some)
{
    guint64 bytes = memory_total("");

    cr_expect_gt(bytes, 64u << 20);
    cr_expect_lt(bytes, G_MAXUINT64);
}
