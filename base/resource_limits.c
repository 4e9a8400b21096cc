#include "base/resource_limits.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cgroup.h"

static guint64 soft_limit(__rlimit_resource_t resource)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return G_MAXUINT64;
    return limit.rlim_cur;
}

/* Number of threads of the process with this name in /proc; 0 if it is another user's, or not a process. */
static guint64 tasks_of(const char *proc, const char *name, uid_t user)
{
    g_autofree char *path = g_strdup_printf("%s/%s/task", proc, name);
    struct stat info;

    if (!g_ascii_isdigit(name[0]) || stat(path, &info) != 0 || info.st_uid != user)
        return 0;
    return info.st_nlink > 2 ? info.st_nlink - 2 : 1; /* one folder per thread, besides "." and ".." */
}

static guint64 count_tasks(const char *root, uid_t user)
{
    g_autofree char *proc = g_strdup_printf("%s/proc", root);
    GDir *folder = g_dir_open(proc, 0, NULL);
    const char *name;
    guint64 n = 0;

    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
        n += tasks_of(proc, name, user);
    if (folder != NULL)
        g_dir_close(folder);
    return n;
}

/* The kernel does not apply this limit to root. */
static guint64 room_of_user(const char *root)
{
    const guint64 limit = geteuid() != 0 ? soft_limit(RLIMIT_NPROC) : G_MAXUINT64;
    const guint64 used = limit != G_MAXUINT64 ? count_tasks(root, geteuid()) : 0;

    return limit == G_MAXUINT64 ? limit : limit - MIN(used, limit);
}

void resource_limits_read(const char *root, ResourceLimits *ret_limits)
{
    *ret_limits = (ResourceLimits){
        .descriptors = soft_limit(RLIMIT_NOFILE),
        .tasks = MIN(room_of_user(root), cgroup_room(root, "pids.max", "pids.current")),
        .memory_bytes = MIN(soft_limit(RLIMIT_AS), soft_limit(RLIMIT_DATA)),
    };
}

void resource_limits_raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur >= MIN(limit.rlim_max, RESOURCE_DESCRIPTORS_MAX))
        return;
    limit.rlim_cur = MIN(limit.rlim_max, RESOURCE_DESCRIPTORS_MAX);
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* on failure, the lower limit is what will be read */
}
