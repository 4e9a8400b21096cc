/* Limits of the control groups that this process is in (cgroups(7)).
 *
 * A limit may be set on any ancestor of a process's group: the smallest one counts. Version 2 has one tree
 * for all controllers; version 1 has one tree for each, and both versions may be in use at once. */
#pragma once

#include <glib.h>

/* Parses the contents of a limit's file; G_MAXUINT64 if it sets no limit. */
typedef guint64 (*CgroupLimit)(const char *text);

/* The smallest limit in that file of all groups of version 2, or G_MAXUINT64 if there is none. root is a
 * prefix of /proc and /sys; "" except in tests. */
guint64 cgroup_least(const char *root, const char *file, CgroupLimit limit);

/* The least that any group of version 2 has left: the limit in limit_file less the use in use_file, or
 * G_MAXUINT64. root as above. */
guint64 cgroup_room(const char *root, const char *limit_file, const char *use_file);

/* Like cgroup_least(), for a controller of version 1, whose tree is mounted under its name. */
guint64 cgroup_least_v1(const char *root, const char *controller, const char *file, CgroupLimit limit);
