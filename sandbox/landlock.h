/* Landlock: file and network restrictions of the kernel that a process imposes on itself.
 *
 * Used by sandbox.c, as the second layer after seccomp. Applies to the calling thread, to threads created
 * later, and to the programs that they start. */
#pragma once

#include <glib.h>

#include "sandbox/rules.h"

/* Landlock ABI versions, and the Linux releases that introduced them: truncating files (6.2), TCP by ports
 * (6.7), signals and abstract sockets (6.12). */
#define LANDLOCK_ABI_TRUNCATION 3
#define LANDLOCK_ABI_NETWORK    4
#define LANDLOCK_ABI_SCOPES     6

/* The kernel's Landlock ABI version (landlock(7)). 0, with the reason in errno: the kernel has no Landlock
 * (ENOSYS), was booted without it (EOPNOTSUPP), or a filter of the container or service manager forbids it
 * (usually EPERM). */
int landlock_abi(void);

/* Forbids everything that a kernel of this version can forbid, except what the rules allow (may be NULL):
 * - every access to files by name
 * - from LANDLOCK_ABI_NETWORK on: TCP
 * - from LANDLOCK_ABI_SCOPES on: abstract sockets, and signals to processes outside
 *
 * abi is the result of landlock_abi(), or less; with 0 nothing is done. Requires PR_SET_NO_NEW_PRIVS. Returns
 * 0 or an errno. */
int landlock_confine(int abi, const SandboxRules *rules);
