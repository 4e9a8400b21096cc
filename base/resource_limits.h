/* Limits that the kernel sets this process and its children: descriptors, processes and memory (getrlimit(2),
 * control groups). */
#pragma once

#include <glib.h>

/* G_MAXUINT64 means no limit. */
typedef struct {
    guint64 descriptors;  /* of one process: the soft RLIMIT_NOFILE */
    guint64 tasks;        /* processes and threads that may be started in addition to those that run now */
    guint64 memory_bytes; /* of one process: the smaller of RLIMIT_AS and RLIMIT_DATA */
} ResourceLimits;

/* Reads the current limits. root is a prefix of /proc and /sys; "" except in tests. Tasks of this user that
 * this process cannot see are not counted. */
void resource_limits_read(const char *root, ResourceLimits *ret_limits);

/* Raises this process's soft limit of descriptors to the hard one, or to RESOURCE_DESCRIPTORS_MAX if that is
 * less. Children inherit it. */
void resource_limits_raise_descriptors(void);

/* More descriptors than all workers and their tasks need together. A larger limit would only slow down
 * programs that close all descriptors one by one. */
#define RESOURCE_DESCRIPTORS_MAX 65536u
