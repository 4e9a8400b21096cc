#include "base/cgroup.h"

#include <string.h>

#include "base/fd.h"

/* A line for each tree, with a path. */
#define MAX_GROUPS_BYTES (64u << 10)

#define MAX_LIMIT_BYTES  64u

static guint64 limit_of(const char *tree, const char *group, const char *file, CgroupLimit limit)
{
    g_autofree char *path = g_strdup_printf("%s%s/%s", tree, group, file);
    g_autofree char *text = fd_read_file(path, MAX_LIMIT_BYTES, NULL, NULL);

    return text != NULL ? limit(text) : G_MAXUINT64;
}

/* Of the group and its ancestors. In a container the group may be named as its host sees it, and only the
 * tree's root is there. */
static guint64 least_of(const char *tree, const char *group, const char *file, CgroupLimit limit)
{
    g_autofree char *path = g_strdup(group);
    guint64 least = limit_of(tree, "", file, limit);
    char *slash;

    while ((slash = strrchr(path, '/')) != NULL) {
        least = MIN(least, limit_of(tree, path, file, limit));
        *slash = '\0';
    }
    return least;
}

/* Version 2 has none. */
static gboolean has_controller(const char *list, const char *controller)
{
    g_auto(GStrv) names = g_strsplit(list, ",", -1);

    if (controller[0] == '\0')
        return list[0] == '\0';
    return g_strv_contains((const char *const *)names, controller);
}

/* Lines are "number:controllers:path". controller: "" for version 2. Owned by the caller. */
static char *find_group(const char *root, const char *controller)
{
    g_autofree char *path = g_strdup_printf("%s/proc/self/cgroup", root);
    g_autofree char *text = fd_read_file(path, MAX_GROUPS_BYTES, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, ":", 3);

        if (g_strv_length(fields) == 3 && has_controller(fields[1], controller))
            return g_strdup(fields[2]);
    }
    return NULL;
}

guint64 cgroup_least(const char *root, const char *file, CgroupLimit limit)
{
    g_autofree char *group = find_group(root, "");
    g_autofree char *tree = g_strdup_printf("%s/sys/fs/cgroup", root);

    return group != NULL ? least_of(tree, group, file, limit) : G_MAXUINT64;
}

guint64 cgroup_least_v1(const char *root, const char *controller, const char *file, CgroupLimit limit)
{
    g_autofree char *group = find_group(root, controller);
    g_autofree char *tree = g_strdup_printf("%s/sys/fs/cgroup/%s", root, controller);

    return group != NULL ? least_of(tree, group, file, limit) : G_MAXUINT64;
}
