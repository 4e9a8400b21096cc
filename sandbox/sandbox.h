/* Locking a process into what its role needs, for good. Two layers: a seccomp filter (seccomp(2)), which
 * covers every thread of the process, also those that libraries made before, and Landlock (landlock(7)) where
 * the kernel has it, which covers the calling thread and those made later. Both hold for the programs that
 * the process starts.
 *
 * Used by the imager: sandbox_limits() first, then whatever it must still open or load, then sandbox_enter(),
 * and only then its first thread and a byte from outside. An imager in the sandbox ends with _exit(2): the
 * leak check of AddressSanitizer at exit needs ptrace(2), which kills.
 *
 * Used by the worker: sandbox_enter_worker(), before it starts its imager or meets a byte from outside.
 */
#pragma once

#include <glib.h>

#include "sandbox/privileges.h"
#include "sandbox/rules.h"

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

/* What a process does where a layer cannot be had: a runtime may forbid it, or the kernel lack it. */
typedef enum {
    SANDBOX_REQUIRED,    /* it does not go on */
    SANDBOX_BEST_EFFORT, /* it goes on behind the layers that can be had */
} SandboxDemand;

#define SANDBOX_DEMAND_LAST SANDBOX_BEST_EFFORT

/* What became of the layers. A plain value. */
typedef struct {
    int seccomp_errno;  /* 0: in force */
    int landlock_errno; /* 0: in force; EBUSY: not for all threads, and seccomp does not cover those either */
    int landlock_abi;   /* the kernel's version of it; 0: none */
} SandboxState;

/* Enters the imager's sandbox; there is no way back. An imager computes, talks over the descriptors that it
 * has, and makes threads and memfds. No file by name, no network, no new process, no other program, no signal
 * to another process, no capability. What a library may try in good faith fails with EACCES (clone3: ENOSYS,
 * so that the C library falls back to clone); what no library of ours ever does kills the process with
 * SIGSYS: execve, ptrace, mount, bpf, io_uring ... Every other system call fails with EPERM, or ENOSYS if
 * libseccomp does not know its number, and is noted (sandbox_take_denied()).
 *
 * The process is not dumpable afterwards. On failure it may be half closed: end it. Class ERROR_CONFIG, "no
 * LAYER (REASON)", if one that is required cannot be had; ERROR_INTERNAL for everything else. */
gboolean sandbox_enter(SandboxDemand demand, SandboxState *ret_state, GError **error);

/* The same for a worker. It reaches the files and, from Landlock's version 4 on, the TCP ports that the rules
 * name, runs the programs that they name, and keeps these privileges. From version 6 on it sends signals to
 * its own children only. Denied by seccomp, and noted: other processes' memory and descriptors, namespaces
 * and mounts, the kernel's modules, keys, programs and tracing, sockets but those of IP and Unix, and what
 * would get round the rules: files by handles, multipath TCP, connecting by sending. */
gboolean sandbox_enter_worker(const SandboxRules *rules, Privileges keep, SandboxDemand demand,
                              SandboxState *ret_state, GError **error);

/* What Landlock restricts with the version that it has, and which Linux restricts more: "version 4: files,
 * TCP; signals from Linux 6.12 on". Owned by the caller. */
char *sandbox_describe_landlock(const SandboxState *state);

/* The layers that cannot be had, and why: "Landlock (Function not implemented)"; NULL if all are in force.
 * Owned by the caller. */
char *sandbox_lacks(const SandboxState *state);

/* The system calls that seccomp has denied to this process since the last call, although no rule names them:
 * a library has become newer than the rules. Their names, with ", " between; NULL if there were none. Owned
 * by the caller. Each is also written to standard error the first time, for the obituary of a process that
 * dies of it. Where the processor's registers are not known here (sandbox/denial.c) nothing is noted. */
char *sandbox_take_denied(void);

/* All that it has denied so since sandbox_enter(), each once, in the same form. */
char *sandbox_denied(void);
