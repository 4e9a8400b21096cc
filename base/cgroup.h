/* Limits of the control groups that this process is in (cgroups(7)).
 *
 * A limit may be set on any ancestor of a process's group: the smallest counts. Version 2 has one tree for
 * all controllers; version 1 has one for each, and both may be there at once. */
#pragma once

#include <glib.h>

/* The value of the contents of a limit's file; G_MAXUINT64 if it is none. */
typedef guint64 (*CgroupLimit)(const char *text);

/* The smallest that the file has in the groups of version 2. root stands before /proc and /sys: "" but in
 * tests. G_MAXUINT64 if there is no limit. */
guint64 cgroup_least(const char *root, const char *file, CgroupLimit limit);

/* The least that any group of version 2 has left: the limit in one file, less the use in the other. As above.
 */
guint64 cgroup_room(const char *root, const char *limit_file, const char *use_file);

/* The same as cgroup_least() of a controller of version 1, whose tree is mounted by its name. */
guint64 cgroup_least_v1(const char *root, const char *controller, const char *file, CgroupLimit limit);
