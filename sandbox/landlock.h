/* Landlock: the kernel's file and network rules that a process gives itself.
 *
 * Used by sandbox.c, as the second layer behind seccomp. Covers the calling thread and those made later, and
 * the programs that they start.
 */
#pragma once

#include <glib.h>

#include "sandbox/rules.h"

/* Versions of the kernel's interface, and the Linux that first had them: emptying files (6.2), TCP by
 * ports (6.7), signals and abstract sockets (6.12). */
#define LANDLOCK_ABI_TRUNCATION 3
#define LANDLOCK_ABI_NETWORK    4
#define LANDLOCK_ABI_SCOPES     6

/* The kernel's Landlock version (landlock(7)). 0, with the reason in errno, if it has none (ENOSYS), it is
 * not booted with it (EOPNOTSUPP), or a filter of the container or service manager forbids it (usually
 * EPERM). */
int landlock_abi(void);

/* Forbids everything that a kernel of this version can forbid, but for what the rules allow (NULL: nothing):
 * every access to files by name, and from LANDLOCK_ABI_NETWORK on TCP, from LANDLOCK_ABI_SCOPES on abstract
 * sockets and signals to processes outside. abi is what landlock_abi() returned, or less; with 0 it does
 * nothing. Needs PR_SET_NO_NEW_PRIVS. Returns 0 or an errno. */
int landlock_confine(int abi, const SandboxRules *rules);
