/* The system calls that an imager makes, as a filter that allows nothing else.
 *
 * Used by sandbox.c. The filter is a list of allowed calls. Other calls that are known and expected have
 * rules of their own, by which they fail or kill the process. */
#pragma once

#include <glib.h>
#include <seccomp.h>

/* Adds the rules to a filter whose default is to deny. serves: for a process that accepts connections, and
 * creates no thread. Applies to the calling process only, because signals
 * to itself are allowed by its pid. Returns 0, or a negative errno from libseccomp. */
int imager_filter_fill(scmp_filter_ctx filter, gboolean serves);
