/* fstat(2) by its own system call, for a process whose seccomp filter refuses newfstatat(2).
 *
 * The C library before 2.39 (Debian 12) implements fstat(fd) as newfstatat(fd, "", AT_EMPTY_PATH). A filter
 * sees the flag but not the path, and the kernel follows a path that is not empty in spite of the flag: a
 * filter that allows the call would reveal the name, size and times of every file. own_fstat.c therefore
 * defines fstat() and fstat64() for the whole program, including its libraries. */
#pragma once

#include <glib.h>

/* Whether the libraries of this program call the definitions in own_fstat.c. Calling this function also links
 * them. */
gboolean own_fstat_is_used(void);
