/* Imitates a container runtime or kernel that forbids system calls: a seccomp filter makes them fail, for the
 * calling process and the programs that it executes. */
#pragma once

#include <glib.h>

/* calls: names, NULL-terminated; code: the errno. FALSE if the filter cannot be installed. */
gboolean without_calls(const char *const *calls, int code);
