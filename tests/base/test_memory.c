#include <criterion/criterion.h>
#include <ftw.h>
#include <glib/gstdio.h>

#include "base/memory.h"

#define GIB (G_GUINT64_CONSTANT(1) << 30)

/* A folder that stands for the root of a machine. */
static char *root;

static void setup(void)
{
    root = g_dir_make_tmp("thumbmill-memory-XXXXXX", NULL);
    if (root == NULL)
        abort();
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static void teardown(void)
{
    (void)nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    g_free(root);
}

TestSuite(memory, .init = setup, .fini = teardown);

static void put(const char *path, const char *text)
{
    g_autofree char *whole = g_build_filename(root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(whole);

    cr_assert_eq(g_mkdir_with_parents(folder, 0700), 0);
    cr_assert(g_file_set_contents(whole, text, -1, NULL));
}

Test(memory, of_a_machine_without_groups)
{
    cr_expect_eq(memory_total(root), G_MAXUINT64, "nothing can be read");
    put("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          123456 kB\n");
    cr_expect_eq(memory_total(root), 8 * GIB);
}

Test(memory, the_smallest_limit_of_all_ancestors_counts)
{
    put("proc/meminfo", "MemTotal:        8388608 kB\n");
    put("proc/self/cgroup", "0::/system.slice/mill.service\n");
    put("sys/fs/cgroup/system.slice/mill.service/memory.max", "max\n");
    cr_expect_eq(memory_total(root), 8 * GIB);
    put("sys/fs/cgroup/system.slice/mill.service/memory.max", "4294967296\n");
    cr_expect_eq(memory_total(root), 4 * GIB);
    put("sys/fs/cgroup/system.slice/memory.max", "2147483648\n");
    cr_expect_eq(memory_total(root), 2 * GIB);
}

Test(memory, a_container_sees_its_group_as_the_root)
{
    put("proc/meminfo", "MemTotal:        8388608 kB\n");
    put("proc/self/cgroup", "0::/as/its/host/sees/it\n");
    put("sys/fs/cgroup/memory.max", "1073741824\n");
    cr_expect_eq(memory_total(root), GIB);
}

Test(memory, groups_of_version_1)
{
    put("proc/meminfo", "MemTotal:        8388608 kB\n");
    put("proc/self/cgroup", "12:cpu,cpuacct:/other\n7:memory:/docker/abc\n1:name=systemd:/x\n0::/\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    cr_expect_eq(memory_total(root), 8 * GIB);
    put("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "3221225472\n");
    cr_expect_eq(memory_total(root), 3 * GIB);
}

Test(memory, this_machine_has_some)
{
    guint64 bytes = memory_total("");

    cr_expect_gt(bytes, 64u << 20);
    cr_expect_lt(bytes, G_MAXUINT64);
}
