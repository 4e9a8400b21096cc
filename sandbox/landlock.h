/* Landlock: the kernel's file and network rules that a process gives itself.
 *
 * Used by sandbox.c, as the second layer behind seccomp. Covers the calling thread and those made later.
 */
#pragma once

#include <glib.h>

/* The kernel's Landlock version (landlock(7)). 0, with the reason in errno, if it has none (ENOSYS), it is
 * not booted with it (EOPNOTSUPP), or a filter of the container or service manager forbids it (usually
 * EPERM). */
int landlock_abi(void);

/* Forbids everything that a kernel of this version can forbid: every access to files by name, and from
 * version 4 on TCP, from version 6 on abstract sockets and signals to processes outside. abi is what
 * landlock_abi() returned; with 0 it does nothing. Needs PR_SET_NO_NEW_PRIVS. Returns 0 or an errno. */
int landlock_forbid_all(int abi);
