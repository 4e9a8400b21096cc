/* Locking a process into what its role needs, for good.
 *
 * Used by the imager: sandbox_limits() first, then whatever it must still open, start or load, then
 * sandbox_enter(), and only then a byte from outside. Two layers: a seccomp filter (seccomp(2)), which covers
 * every thread of the process, also those that libraries made before, and Landlock (landlock(7)) where the
 * kernel has it, which covers the calling thread and those made later.
 *
 * A process in the sandbox ends with _exit(2): the leak check of AddressSanitizer at exit needs ptrace(2),
 * which kills.
 */
#pragma once

#include <glib.h>

typedef enum {
    /* Computes, talks over the descriptors that it has, and makes threads and memfds. No file by name, no
     * network, no new process, no other program, no signal to another process. What a library may try in
     * good faith fails with EACCES or EPERM (clone3: ENOSYS, so that the C library falls back to clone); what
     * no library of ours ever does kills the process with SIGSYS: execve, ptrace, mount, bpf, io_uring ... */
    SANDBOX_IMAGER,
} SandboxProfile;

typedef struct {
    guint64 max_file_bytes; /* the largest file that it may write, memfds too; 0: as it is */
    guint64 max_data_bytes; /* of private writable memory; 0: as it is, as sanitizers need it */
} SandboxLimits;

/* Resource limits (setrlimit(2)): no core dumps, few descriptors, and these. Writing past max_file_bytes
 * fails with EFBIG. Memory past max_data_bytes cannot be had: GLib then ends the process, libvips fails.
 * Class ERROR_INTERNAL. */
gboolean sandbox_limits(const SandboxLimits *limits, GError **error);

/* Whether memory may be writable and executable at once, as liborc needs it in the sandbox. Not so under
 * systemd's MemoryDenyWriteExecute= or PR_SET_MDWE: then libvips must not use vectors, because liborc would
 * abort. */
gboolean sandbox_allows_jit(void);

/* Enters the sandbox; there is no way back. The process is not dumpable afterwards. On failure it may be half
 * closed: end it. A kernel without Landlock is no failure. Class ERROR_INTERNAL. */
gboolean sandbox_enter(SandboxProfile profile, GError **error);
