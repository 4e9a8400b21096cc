/* fstat(2) by its own system call, for a process whose seccomp filter refuses newfstatat(2).
 *
 * The C library before 2.39 (Debian 12) makes fstat(fd) a call of newfstatat(fd, "", AT_EMPTY_PATH). A filter
 * sees the flag but not the path, and with the flag the kernel still follows a path that is not empty: a
 * filter that lets it through answers for the name, size and times of every file. own_fstat.c therefore
 * defines fstat() and fstat64() for the whole program, its libraries included. */
#pragma once

#include <glib.h>

/* Whether the libraries of this program call the definitions of own_fstat.c. A call links them too. */
gboolean own_fstat_is_used(void);
