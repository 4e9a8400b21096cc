#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/cgroup.h"
#include "base/fd.h"

#define MAX_MEMINFO_BYTES (64u << 10)

/* "max", or in version 1 a number beyond any machine's memory: both mean no limit. */
static guint64 parse_limit(const char *text)
{
    return g_ascii_isdigit(text[0]) ? strtoull(text, NULL, 10) : G_MAXUINT64;
}

static guint64 of_machine(const char *root)
{
    static const char label[] = "MemTotal:";
    g_autofree char *path = g_strdup_printf("%s/proc/meminfo", root);
    g_autofree char *text = fd_read_file(path, MAX_MEMINFO_BYTES, NULL, NULL);
    const char *line = text != NULL ? strstr(text, label) : NULL;

    return line != NULL ? strtoull(line + strlen(label), NULL, 10) * 1024 : G_MAXUINT64;
}

guint64 memory_total(const char *root)
{
    guint64 least = of_machine(root);

    least = MIN(least, cgroup_least(root, "memory.max", parse_limit));
    return MIN(least, cgroup_least_v1(root, "memory", "memory.limit_in_bytes", parse_limit));
}
