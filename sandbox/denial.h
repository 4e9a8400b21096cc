/* System calls that a seccomp filter denied unexpectedly, by name.
 *
 * Used by sandbox.c. The filter answers them with SECCOMP_RET_TRAP, and a handler of SIGSYS turns that into
 * an error of the call, so that a library that can do without the call continues. A thread that blocks all
 * signals when it makes such a call is killed with SIGSYS instead (seccomp(2)): the C library blocks them for
 * a moment while it creates a thread. */
#pragma once

#include <glib.h>

/* Whether the handler can make a call fail on this processor. */
gboolean denial_is_noted(void);

/* Installs the handler and unblocks SIGSYS in the calling thread. Must be called before the filter is loaded.
 * FALSE with errno. */
gboolean denial_start(void);

/* Implements sandbox_take_denied(). */
char *denial_take(void);

/* Implements sandbox_denied(). */
char *denial_list(void);
