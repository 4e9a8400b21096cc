#include "sandbox/imager_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/filter_names.h"

/* These calls take no name of a file, host or process. They are needed by libvips, its codecs, the C
 * library's threads and allocator, GLib's main loop, our channel and blobs, or the sanitizers' run-time
 * libraries. */
static const char *const allowed[] = {
    /* memory */
    "mmap",
    "munmap",
    "mprotect",
    "mremap",
    "brk",
    "membarrier",
    /* descriptors that the process has */
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "lseek",
    "close",
    "close_range",
    "fstat",
    "fallocate",
    "ftruncate",
    "recvmsg",
    "sendmsg",
    "recvfrom",
    "shutdown",
    "getsockopt",
    /* waiting */
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "eventfd2",
    "futex",
    "nanosleep",
    "clock_nanosleep",
    "restart_syscall",
    /* threads */
    "rseq",
    "set_robust_list",
    "set_tid_address",
    "sched_yield",
    "sched_getaffinity",
    "exit",
    "exit_group",
    /* signals to itself */
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    /* queries about itself and the time */
    "getpid",
    "getppid",
    "gettid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getrusage",
    "times",
    "uname",
    "sysinfo",
    "getrandom",
    "clock_gettime",
    "clock_getres",
    "gettimeofday",
    "time",
    "getcpu",
};

/* Libraries legitimately try these calls (/proc/meminfo, /etc/localtime, $TMPDIR) and work without them. */
static const char *const refused[] = {
    "open",     "openat", "openat2",    "creat",      "stat",     "lstat",      "newfstatat",
    "statx",    "access", "faccessat",  "faccessat2", "readlink", "readlinkat", "unlink",
    "unlinkat", "mkdir",  "mkdirat",    "rename",     "renameat", "renameat2",  "chdir",
    "getcwd",   "socket", "socketpair", "connect",    "bind",     "listen",     "accept",
};

/* What serving connections takes beside, on a listening socket that the process was given. */
static const char *const serving[] = {"accept4", "setsockopt", "getsockname", "getpeername"};

/* These calls are known, expected, and not allowed; libraries work without them. They have rules of their
 * own, because the handler for unexpected calls cannot be used: the C library makes some of these calls while
 * it blocks signals. */
static const char *const forbidden[] = {
    "fork",
    "vfork",
    "kill",
    "setrlimit",
    "setpriority",
    /* by liborc, before it fails to create a file */
    "umask",
    /* by SVT-AV1, to place its threads on processors */
    "sched_setscheduler",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_setaffinity",
    /* an imager is given memory files; liborc, libffi and GLib work without their own */
    "memfd_create",
};

/* A process that makes one of these calls no longer runs our program. Names that this libseccomp does not
 * know are skipped. */
static const char *const deadly[] = {
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "mount_setattr",
    "pivot_root",
    "chroot",
    "setns",
    "unshare",
    "add_key",
    "request_key",
    "keyctl",
    "personality",
    "modify_ldt",
    "name_to_handle_at",
    "open_by_handle_at",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "iopl",
    "ioperm",
    "vhangup",
};

/* Blobs need seals; GLib uses the other commands on descriptors. F_SETOWN is not allowed: it sends
 * signals. */
static const int fcntl_commands[] = {
    F_ADD_SEALS, F_GET_SEALS, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC,
};

/* For the allocators of the C library and of the sanitizers, the C library's threads, and x265. No advice is
 * allowed that merges pages with those of other processes (a side channel), removes pages of a file, or
 * damages pages. */
static const int advices[] = {
    MADV_NORMAL, MADV_RANDOM,   MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED,
    MADV_FREE,   MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP,
};

/* A call whose action depends on one argument; if no condition matches, the filter's default applies. */
typedef struct {
    guint32 action;
    int syscall;
    struct scmp_arg_cmp argument; /* number, comparison, and one or two operands */
} Condition;

#define ALL_32_BITS 0xffffffffu

/* The flags that pthread_create(3) passes in glibc, and no others. */
#define THREAD_FLAGS                                                                                         \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |       \
     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static const Condition conditions[] = {
    /* Without an address: to the peer of a socketpair. */
    {SCMP_ACT_ALLOW, SCMP_SYS(sendto), {4, SCMP_CMP_EQ, 0, 0}},
    /* Sets a thread's name. */
    {SCMP_ACT_ALLOW, SCMP_SYS(prctl), {0, SCMP_CMP_MASKED_EQ, ALL_32_BITS, PR_SET_NAME}},
    /* Reads limits: the size of a thread's stack. */
    {SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), {2, SCMP_CMP_EQ, 0, 0}},
};

/* Threads are allowed, processes are not. The flags of clone3 are in memory, where a filter cannot see them. */
static const Condition threads[] = {
    {SCMP_ACT_ALLOW, SCMP_SYS(clone), {0, SCMP_CMP_EQ, THREAD_FLAGS, 0}},
    {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), {0, SCMP_CMP_NE, THREAD_FLAGS, 0}},
};

static int add_condition(scmp_filter_ctx filter, const Condition *condition)
{
    return seccomp_rule_add_array(filter, condition->action, condition->syscall, 1, &condition->argument);
}

/* Allows a call if the argument with this number has one of these values. */
static int allow_values(scmp_filter_ctx filter, int syscall, guint argument, const int *values, gsize n)
{
    int result = 0;

    for (gsize i = 0; i < n && result == 0; i++) {
        const Condition condition = {
            SCMP_ACT_ALLOW, syscall, {argument, SCMP_CMP_MASKED_EQ, ALL_32_BITS, (guint64)values[i]}};

        result = add_condition(filter, &condition);
    }
    return result;
}

static int add_conditions(scmp_filter_ctx filter)
{
    const int own_pid = getpid(); /* for abort() and pthread_kill() */
    int result = allow_values(filter, SCMP_SYS(tgkill), 0, &own_pid, 1);

    for (gsize i = 0; i < G_N_ELEMENTS(conditions) && result == 0; i++)
        result = add_condition(filter, &conditions[i]);
    if (result == 0)
        result = allow_values(filter, SCMP_SYS(fcntl), 1, fcntl_commands, G_N_ELEMENTS(fcntl_commands));
    if (result == 0)
        result = allow_values(filter, SCMP_SYS(madvise), 2, advices, G_N_ELEMENTS(advices));
    /* Not EPERM: the C library takes that as final, and GLib aborts or hangs. */
    if (result == 0)
        result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);
    return result;
}

/* What differs between a process that serves connections and an imager. */
static int add_purpose(scmp_filter_ctx filter, gboolean serves)
{
    static const char *const forks[] = {"clone"}, *const accepts[] = {"accept4"};
    int result = 0;

    if (serves) {
        result = filter_add_names(filter, SCMP_ACT_ALLOW, serving, G_N_ELEMENTS(serving));
        return result != 0 ? result : filter_add_names(filter, SCMP_ACT_ERRNO(EPERM), forks, 1);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(threads) && result == 0; i++)
        result = add_condition(filter, &threads[i]);
    return result != 0 ? result : filter_add_names(filter, SCMP_ACT_ERRNO(EACCES), accepts, 1);
}

int imager_filter_fill(scmp_filter_ctx filter, gboolean serves)
{
    int result = filter_add_names(filter, SCMP_ACT_ALLOW, allowed, G_N_ELEMENTS(allowed));

    if (result == 0)
        result = add_purpose(filter, serves);
    if (result == 0)
        result = add_conditions(filter);
    if (result == 0)
        result = filter_add_names(filter, SCMP_ACT_ERRNO(EACCES), refused, G_N_ELEMENTS(refused));
    if (result == 0)
        result = filter_add_names(filter, SCMP_ACT_ERRNO(EPERM), forbidden, G_N_ELEMENTS(forbidden));
    if (result == 0)
        result = filter_add_names(filter, SCMP_ACT_KILL_PROCESS, deadly, G_N_ELEMENTS(deadly));
    return result;
}
