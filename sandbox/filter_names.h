/* Rules of a seccomp filter for system calls by name. Used by sandbox.c and worker_filter.c. */
#pragma once

#include <glib.h>
#include <seccomp.h>

/* Adds the same action for each of these calls, whatever their arguments. Names that this libseccomp does not
 * know are skipped. Returns 0, or a negative errno. */
int filter_add_names(scmp_filter_ctx filter, guint32 action, const char *const *names, gsize n_names);
