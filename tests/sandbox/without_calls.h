/* A runtime or kernel that forbids system calls: a filter that answers them with an error, for the calling
 * process and those that it becomes. */
#pragma once

#include <glib.h>

/* calls: names, NULL-terminated; code: the errno. FALSE if it cannot be had. */
gboolean without_calls(const char *const *calls, int code);
