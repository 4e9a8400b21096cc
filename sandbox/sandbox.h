/* Confines a process to what its role needs, irrevocably. There are two layers: a seccomp filter
 * (seccomp(2)), which covers every thread of the process, including those that libraries created before; and
 * Landlock (landlock(7)), if the kernel has it, which covers the calling thread and those created later. Both
 * also apply to programs that the process starts.
 *
 * Used by the imager: it calls sandbox_limits() first, then opens and loads everything that it still needs,
 * then calls sandbox_enter(), and only then creates its first thread and reads a byte from outside. In the
 * sandbox an imager exits with _exit(2): the leak check of AddressSanitizer at exit needs ptrace(2), which
 * kills the process.
 *
 * Used by the worker: it calls sandbox_enter_worker() before it starts its imager or reads a byte from
 * outside. */
#pragma once

#include <glib.h>

#include "sandbox/privileges.h"
#include "sandbox/rules.h"

typedef struct {
    guint64 max_file_bytes; /* the largest file that it may write, including memfds; 0: unchanged */
    guint64 max_data_bytes; /* limit of private writable memory; 0: unchanged, as sanitizers need it */
} SandboxLimits;

/* Sets resource limits (setrlimit(2)): no core dumps, few descriptors, and these limits. Writing beyond
 * max_file_bytes fails with EFBIG. Allocating beyond max_data_bytes fails: GLib then aborts the process,
 * libvips reports an error. Class ERROR_INTERNAL. */
gboolean sandbox_limits(const SandboxLimits *limits, GError **error);

/* Whether memory may be writable and executable at the same time, as liborc needs it in the sandbox. This is
 * not the case under systemd's MemoryDenyWriteExecute= or PR_SET_MDWE: libvips must then not use vectors,
 * because liborc would abort. */
gboolean sandbox_allows_jit(void);

/* The behaviour if a layer is unavailable: a container runtime may forbid it, or the kernel lack it. */
typedef enum {
    SANDBOX_REQUIRED,    /* fail */
    SANDBOX_BEST_EFFORT, /* continue with the available layers */
} SandboxDemand;

#define SANDBOX_DEMAND_LAST SANDBOX_BEST_EFFORT

/* The result for each layer. A plain value. */
typedef struct {
    int seccomp_errno;  /* 0 if in force */
    int landlock_errno; /* 0 if in force; EBUSY: not for all threads, and seccomp does not cover the others
                         * either */
    int landlock_abi;   /* the kernel's Landlock ABI version; 0 if it has none */
} SandboxState;

/* Enters the imager's sandbox, irrevocably. An imager computes, communicates over the descriptors that it
 * has, and creates threads. It cannot access files by name or the network, create processes or memory files,
 * run other programs, or send signals to other processes, and it has no capabilities.
 * - Calls that a library may legitimately try fail with EACCES (clone3: ENOSYS, so that the C library falls
 *   back to clone).
 * - Calls that no library of ours ever makes kill the process with SIGSYS: execve, ptrace, mount, bpf,
 *   io_uring ...
 * - All other system calls fail with EPERM, or with ENOSYS if libseccomp does not know their number, and are
 *   recorded (sandbox_take_denied()).
 *
 * The process is not dumpable afterwards. After a failure it may be partly confined: end it. Class
 * ERROR_CONFIG, "no LAYER (REASON)", if a required layer is unavailable; ERROR_INTERNAL for everything
 * else. */
gboolean sandbox_enter(SandboxDemand demand, SandboxState *ret_state, GError **error);

/* Enters the sandbox of a process that serves connections: that of an imager, except that it accepts
 * connections on a socket that it was given, and creates no thread. Errors as for sandbox_enter(). */
gboolean sandbox_enter_web(SandboxDemand demand, SandboxState *ret_state, GError **error);

/* Enters the worker's sandbox, in the same way. A worker can access the files and, from Landlock ABI version
 * 4 on, the TCP ports that the rules name, can run the programs that they name, and keeps these privileges.
 * From version 6 on it can send signals only to its own children. seccomp denies, and records:
 * - other processes' memory and descriptors
 * - namespaces and mounts
 * - the kernel's modules, keys, programs and tracing
 * - sockets other than those of IP and Unix (Unix sockets fail with EACCES, and are not recorded)
 * - ways around the rules: files by handles, multipath TCP, connecting by sending */
gboolean sandbox_enter_worker(const SandboxRules *rules, Privileges keep, SandboxDemand demand,
                              SandboxState *ret_state, GError **error);

/* Describes what Landlock restricts in this version, and which Linux restricts more: "version 4: files, TCP;
 * signals from Linux 6.12 on". Owned by the caller. */
char *sandbox_describe_landlock(const SandboxState *state);

/* The layers that are unavailable, and why: "Landlock (Function not implemented)"; NULL if all are in force.
 * Owned by the caller. */
char *sandbox_lacks(const SandboxState *state);

/* The system calls that seccomp has denied to this process since the last call of this function, although no
 * rule names them: a library has become newer than the rules. Their names, separated by ", ", or NULL. Owned
 * by the caller. Each is also written to standard error the first time, for the obituary of a process that
 * dies because of it. Nothing is recorded on processors whose registers sandbox/denial.c does not know. */
char *sandbox_take_denied(void);

/* All system calls that were denied in this way since sandbox_enter(), each once, in the same form. */
char *sandbox_denied(void);
