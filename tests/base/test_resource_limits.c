#include <criterion/criterion.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <sys/resource.h>

#include "base/resource_limits.h"

/* A folder that stands for the root of a machine. */
static char *root;

static void setup(void)
{
    root = g_dir_make_tmp("thumbmill-limits-XXXXXX", NULL);
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

TestSuite(resource_limits, .init = setup, .fini = teardown);

static void put(const char *path, const char *text)
{
    g_autofree char *whole = g_build_filename(root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(whole);

    cr_assert_eq(g_mkdir_with_parents(folder, 0700), 0);
    cr_assert(g_file_set_contents(whole, text, -1, NULL));
}

static ResourceLimits limits_now(void)
{
    ResourceLimits limits;

    resource_limits_read(root, &limits);
    return limits;
}

Test(resource_limits, what_a_process_may_have)
{
    const struct rlimit files = {100, 200}, memory = {1u << 30, 1u << 30};

    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    cr_assert_eq(limits_now().descriptors, 100);
    resource_limits_raise_descriptors();
    cr_assert_eq(limits_now().descriptors, 200);
    resource_limits_raise_descriptors();
    cr_assert_eq(limits_now().descriptors, 200);
    cr_assert_eq(setrlimit(RLIMIT_DATA, &memory), 0);
    cr_assert_eq(limits_now().memory_bytes, 1u << 30);
}

/* The group's own limit may be larger than what its ancestor has left. */
Test(resource_limits, of_the_groups_of_processes)
{
    cr_assert_eq(limits_now().tasks, G_MAXUINT64);
    put("proc/self/cgroup", "0::/system.slice/mill.service\n");
    put("sys/fs/cgroup/system.slice/mill.service/pids.max", "max\n");
    put("sys/fs/cgroup/system.slice/mill.service/pids.current", "7\n");
    cr_assert_eq(limits_now().tasks, G_MAXUINT64);
    put("sys/fs/cgroup/system.slice/mill.service/pids.max", "100\n");
    cr_assert_eq(limits_now().tasks, 93);
    put("sys/fs/cgroup/system.slice/pids.max", "1000\n");
    put("sys/fs/cgroup/system.slice/pids.current", "980\n");
    cr_assert_eq(limits_now().tasks, 20);
    put("sys/fs/cgroup/system.slice/pids.current", "1001\n");
    cr_assert_eq(limits_now().tasks, 0);
}

/* Of a user who is not root. */
Test(resource_limits, of_a_users_processes)
{
    const struct rlimit processes = {1000, 1000};

    if (geteuid() == 0)
        cr_assert_eq(setreuid(65534, 65534), 0);
    cr_assert_eq(setrlimit(RLIMIT_NPROC, &processes), 0);
    cr_assert_eq(limits_now().tasks, 1000, "no process is seen");
    resource_limits_read("", &(ResourceLimits){0});
}
