/* System calls that a seccomp filter denies and that nobody expected: which ones, by name.
 *
 * Used by sandbox.c. The filter answers them with SECCOMP_RET_TRAP, and a handler of SIGSYS turns that into
 * an error of the call, so that a library that can do without goes on. A thread that blocks all signals when
 * it makes such a call is killed with SIGSYS instead (seccomp(2)): the C library does so for a moment while
 * it makes a thread.
 */
#pragma once

#include <glib.h>

/* Whether the handler can answer a call on this processor. */
gboolean denial_is_noted(void);

/* Installs the handler and unblocks SIGSYS in the calling thread. Call it before the filter is loaded. FALSE
 * with errno. */
gboolean denial_start(void);

/* As sandbox_take_denied(). */
char *denial_take(void);

/* As sandbox_denied(). */
char *denial_list(void);
