/* Rules of a seccomp filter for system calls by their names. Used by sandbox.c and worker_filter.c. */
#pragma once

#include <glib.h>
#include <seccomp.h>

/* The same action for each of these calls, whatever their arguments. A name that this libseccomp does not
 * know is skipped. 0, or minus an errno. */
int filter_add_names(scmp_filter_ctx filter, guint32 action, const char *const *names, gsize n_names);
