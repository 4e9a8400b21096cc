#include "base/cgroup.h"

#include <stdlib.h>
#include <string.h>

#include "base/fd.h"

/* One line for each tree, with a path. */
#define MAX_GROUPS_BYTES (64u << 10)

#define MAX_LIMIT_BYTES  64u

/* A limit to look up. One group's answer is G_MAXUINT64 if it has no limit. */
typedef struct {
    const char *file;
    CgroupLimit limit;
    const char *use_file; /* to subtract from the limit; NULL to ignore the use */
} Question;

static char *read_of(const char *tree, const char *group, const char *file)
{
    g_autofree char *path = g_strdup_printf("%s%s/%s", tree, group, file);

    return fd_read_file(path, MAX_LIMIT_BYTES, NULL, NULL);
}

static guint64 answer_of(const char *tree, const char *group, const Question *question)
{
    g_autofree char *limit_text = read_of(tree, group, question->file);
    g_autofree char *use_text = question->use_file != NULL ? read_of(tree, group, question->use_file) : NULL;
    const guint64 limit = limit_text != NULL ? question->limit(limit_text) : G_MAXUINT64;
    const guint64 used = use_text != NULL ? strtoull(use_text, NULL, 10) : 0;

    return limit == G_MAXUINT64 ? limit : limit - MIN(used, limit);
}

/* The smallest limit of the group and its ancestors. In a container the group may be named as the host sees
 * it, while only the root of the tree is visible. */
static guint64 least_of(const char *tree, const char *group, const Question *question)
{
    g_autofree char *path = g_strdup(group);
    guint64 least = answer_of(tree, "", question);
    char *slash;

    while ((slash = strrchr(path, '/')) != NULL) {
        least = MIN(least, answer_of(tree, path, question));
        *slash = '\0';
    }
    return least;
}

/* Version 2 lists no controllers. */
static gboolean has_controller(const char *list, const char *controller)
{
    g_auto(GStrv) names = g_strsplit(list, ",", -1);

    if (controller[0] == '\0')
        return list[0] == '\0';
    return g_strv_contains((const char *const *)names, controller);
}

/* Finds the path of the group. Lines are "number:controllers:path". controller: "" for version 2. Owned by
 * the caller. */
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

static guint64 ask_version_2(const char *root, const Question *question)
{
    g_autofree char *group = find_group(root, "");
    g_autofree char *tree = g_strdup_printf("%s/sys/fs/cgroup", root);

    return group != NULL ? least_of(tree, group, question) : G_MAXUINT64;
}

guint64 cgroup_least(const char *root, const char *file, CgroupLimit limit)
{
    return ask_version_2(root, &(Question){.file = file, .limit = limit});
}

/* If there is no limit, the file says "max". */
static guint64 parse_number(const char *text)
{
    return g_ascii_isdigit(text[0]) ? strtoull(text, NULL, 10) : G_MAXUINT64;
}

guint64 cgroup_room(const char *root, const char *limit_file, const char *use_file)
{
    return ask_version_2(root, &(Question){.file = limit_file, .limit = parse_number, .use_file = use_file});
}

guint64 cgroup_least_v1(const char *root, const char *controller, const char *file, CgroupLimit limit)
{
    g_autofree char *group = find_group(root, controller);
    g_autofree char *tree = g_strdup_printf("%s/sys/fs/cgroup/%s", root, controller);

    return group != NULL ? least_of(tree, group, &(Question){.file = file, .limit = limit}) : G_MAXUINT64;
}
