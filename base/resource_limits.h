/* What the kernel lets this process and its children have: descriptors, processes and memory (getrlimit(2),
 * control groups). */
#pragma once

#include <glib.h>

/* G_MAXUINT64 where there is no limit. */
typedef struct {
    guint64 descriptors;  /* of one process: the soft RLIMIT_NOFILE */
    guint64 tasks;        /* processes and threads that may be started beside those that run now */
    guint64 memory_bytes; /* of one process: the smaller of RLIMIT_AS and RLIMIT_DATA */
} ResourceLimits;

/* As they are now. root stands before /proc and /sys: "" but in tests. Tasks of this user that this process
 * cannot see are not counted. */
void resource_limits_read(const char *root, ResourceLimits *ret_limits);

/* Raises this process's soft limit of descriptors to the hard one, or to RESOURCE_DESCRIPTORS_MAX if that is
 * less. Children inherit it. */
void resource_limits_raise_descriptors(void);

/* More than all workers and their tasks take together. A larger limit only makes programs slow that close all
 * descriptors one by one. */
#define RESOURCE_DESCRIPTORS_MAX 65536u
