#include "sandbox/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "sandbox/denial.h"
#include "sandbox/filter_names.h"
#include "sandbox/landlock.h"
#include "sandbox/own_fstat.h"
#include "sandbox/worker_filter.h"

/* The channel, a descriptor per rendition (LIMIT_OUTPUTS), the object, and what libraries keep open. */
#define MAX_DESCRIPTORS 256

/* Takes no name of a file, host or process; needed by libvips, its codecs, the C library's threads and
 * allocator, GLib's main loop, our channel and blobs, or the sanitizers' run-time libraries. */
static const char *const allowed[] = {
    /* memory */
    "mmap",
    "munmap",
    "mprotect",
    "mremap",
    "madvise",
    "brk",
    "membarrier",
    /* descriptors that it has */
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
    "memfd_create",
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
    /* questions about itself and the time */
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

/* Libraries try these in good faith (/proc/meminfo, /etc/localtime, $TMPDIR) and can do without. */
static const char *const refused[] = {
    "open",    "openat",    "openat2",    "creat",     "stat",       "lstat",  "newfstatat", "statx",
    "access",  "faccessat", "faccessat2", "readlink",  "readlinkat", "unlink", "unlinkat",   "mkdir",
    "mkdirat", "rename",    "renameat",   "renameat2", "chdir",      "getcwd", "socket",     "socketpair",
    "connect", "bind",      "listen",     "accept",    "accept4",
};

/* Known, expected, and not allowed; libraries go on without. Not left to the handler of everything else,
 * because the C library makes some of these calls while it blocks signals. */
static const char *const forbidden[] = {
    "fork",
    "vfork",
    "kill",
    "setrlimit",
    "setpriority",
    /* liborc, before it fails to make a file */
    "umask",
    /* SVT-AV1 would place its threads */
    "sched_setscheduler",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_setaffinity",
};

/* Whoever calls one of these is no longer our program. A name that this libseccomp does not know is skipped.
 */
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

/* Seals are what makes a blob a blob; the rest is what GLib does to descriptors. No F_SETOWN: it sends
 * signals. */
static const int fcntl_commands[] = {
    F_ADD_SEALS, F_GET_SEALS, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC,
};

/* A call whose action depends on one argument; where none matches, the default holds. */
typedef struct {
    guint32 action;
    int syscall;
    struct scmp_arg_cmp argument; /* number, comparison, and its one or two operands */
} Condition;

#define ALL_32_BITS 0xffffffffu

static const Condition conditions[] = {
    /* A thread, never a process. The flags of clone3 are in memory, where no filter can see them. */
    {SCMP_ACT_ALLOW, SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}},
    {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0}},
    /* To the other end of a socketpair: without an address. */
    {SCMP_ACT_ALLOW, SCMP_SYS(sendto), {4, SCMP_CMP_EQ, 0, 0}},
    /* Names of threads. */
    {SCMP_ACT_ALLOW, SCMP_SYS(prctl), {0, SCMP_CMP_MASKED_EQ, ALL_32_BITS, PR_SET_NAME}},
    /* Reading limits: the size of a thread's stack. */
    {SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), {2, SCMP_CMP_EQ, 0, 0}},
};

static int add_condition(scmp_filter_ctx filter, const Condition *condition)
{
    return seccomp_rule_add_array(filter, condition->action, condition->syscall, 1, &condition->argument);
}

static int add_conditions(scmp_filter_ctx filter)
{
    /* abort() and pthread_kill(). */
    const Condition own_signals = {
        SCMP_ACT_ALLOW, SCMP_SYS(tgkill), {0, SCMP_CMP_MASKED_EQ, ALL_32_BITS, (guint64)getpid()}};
    int result = add_condition(filter, &own_signals);

    for (gsize i = 0; i < G_N_ELEMENTS(conditions) && result == 0; i++)
        result = add_condition(filter, &conditions[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(fcntl_commands) && result == 0; i++) {
        const Condition command = {SCMP_ACT_ALLOW,
                                   SCMP_SYS(fcntl),
                                   {1, SCMP_CMP_MASKED_EQ, ALL_32_BITS, (guint64)fcntl_commands[i]}};

        result = add_condition(filter, &command);
    }
    /* Not EPERM: the C library takes that for an answer, and GLib aborts or hangs. */
    if (result == 0)
        result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);
    return result;
}

static int imager_filter_fill(scmp_filter_ctx filter, guint32 deny)
{
    int result = filter_add_names(filter, SCMP_ACT_ALLOW, allowed, G_N_ELEMENTS(allowed));

    (void)deny; /* the filter's own default */
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

/* rules: of a worker; NULL: for an imager. deny: of what is not expected. 0, or minus an errno. */
static int filter_fill(scmp_filter_ctx filter, const SandboxRules *rules, guint32 deny)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result != 0)
        return result;
    return rules != NULL ? worker_filter_fill(filter, deny, rules) : imager_filter_fill(filter, deny);
}

/* 0 or an errno. */
static int filter_load(const SandboxRules *rules)
{
    const guint32 deny = denial_is_noted() ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(EPERM);
    scmp_filter_ctx filter = seccomp_init(rules != NULL ? SCMP_ACT_ALLOW : deny);
    int result = -ENOMEM;

    if (filter != NULL)
        result = denial_start() ? filter_fill(filter, rules, deny) : -errno;
    if (result == 0) {
        errno = 0;
        result = seccomp_load(filter);
        /* whose own result is one of a few, whatever the kernel said */
        if (result != 0 && errno != 0)
            result = -errno;
    }
    if (filter != NULL)
        seccomp_release(filter);
    return -result;
}

static gboolean limit_set(__rlimit_resource_t resource, guint64 value, const char *name, GError **error)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) == 0) {
        /* A limit that is already lower stays. */
        limit.rlim_max = MIN(limit.rlim_max, (rlim_t)value);
        limit.rlim_cur = MIN(limit.rlim_cur, limit.rlim_max);
        if (setrlimit(resource, &limit) == 0)
            return TRUE;
    }
    error_set_errno(error, ERROR_INTERNAL, errno, "limiting %s", name);
    return FALSE;
}

gboolean sandbox_limits(const SandboxLimits *limits, GError **error)
{
    if (!limit_set(RLIMIT_CORE, 0, "core dumps", error) ||
        !limit_set(RLIMIT_NOFILE, MAX_DESCRIPTORS, "descriptors", error))
        return FALSE;
    if (limits->max_file_bytes > 0) {
        /* Without its handler the signal would kill; ignored, write() fails with EFBIG. */
        signal(SIGXFSZ, SIG_IGN);
        if (!limit_set(RLIMIT_FSIZE, limits->max_file_bytes, "file size", error))
            return FALSE;
    }
    return limits->max_data_bytes == 0 || limit_set(RLIMIT_DATA, limits->max_data_bytes, "memory", error);
}

gboolean sandbox_allows_jit(void)
{
    gsize size = (gsize)sysconf(_SC_PAGESIZE);
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED)
        return FALSE;
    munmap(map, size);
    return TRUE;
}

static void enter_landlock(const SandboxRules *rules, SandboxState *state)
{
    state->landlock_abi = landlock_abi();
    state->landlock_errno = state->landlock_abi == 0 ? errno : landlock_confine(state->landlock_abi, rules);
}

/* Whether the calling thread is the only one of this process. FALSE if /proc does not tell. */
static gboolean is_only_thread(void)
{
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *entry;
    guint n = 0;

    if (tasks == NULL)
        return FALSE;
    while ((entry = readdir(tasks)) != NULL)
        n += entry->d_name[0] != '.' ? 1 : 0;
    closedir(tasks);
    return n == 1;
}

/* Whether a failure of seccomp(2) means that it cannot be had: the kernel was built without it, or a filter
 * forbids it. Others are our own mistakes. */
static gboolean is_lack(int code)
{
    return code == ENOSYS || code == EPERM || code == EACCES || code == EINVAL || code == EOPNOTSUPP;
}

/* rules: of a worker; NULL: for an imager. */
static gboolean enter(const SandboxRules *rules, Privileges keep, SandboxDemand demand,
                      SandboxState *ret_state, GError **error)
{
    SandboxState state = {0};
    const gboolean is_alone = is_only_thread();
    g_autofree char *lacks = NULL;

    if (rules == NULL && !own_fstat_is_used()) {
        error_set(error, ERROR_INTERNAL, "libraries of this program do not call its own fstat()");
        return FALSE;
    }
    if (!privileges_forbid_new()) {
        error_set_errno(error, ERROR_INTERNAL, errno, "prctl");
        return FALSE;
    }
    privileges_hide();
    if (!privileges_drop(keep, error))
        return FALSE;
    enter_landlock(rules, &state);
    state.seccomp_errno = filter_load(rules);
    if (state.seccomp_errno != 0 && !is_lack(state.seccomp_errno)) {
        error_set_errno(error, ERROR_INTERNAL, state.seccomp_errno, "seccomp filter");
        return FALSE;
    }
    /* Other threads are covered by seccomp's filter alone. */
    if (!is_alone && state.seccomp_errno != 0 && state.landlock_errno == 0)
        state.landlock_errno = EBUSY;
    lacks = sandbox_lacks(&state);
    if (lacks != NULL && demand == SANDBOX_REQUIRED) {
        error_set(error, ERROR_CONFIG, "no %s", lacks);
        return FALSE;
    }
    *ret_state = state;
    return TRUE;
}

gboolean sandbox_enter(SandboxDemand demand, SandboxState *ret_state, GError **error)
{
    return enter(NULL, PRIVILEGES_NONE, demand, ret_state, error);
}

gboolean sandbox_enter_worker(const SandboxRules *rules, Privileges keep, SandboxDemand demand,
                              SandboxState *ret_state, GError **error)
{
    return enter(rules, keep, demand, ret_state, error);
}

char *sandbox_lacks(const SandboxState *state)
{
    const struct {
        const char *name;
        int code;
    } layers[] = {{"seccomp", state->seccomp_errno}, {"Landlock", state->landlock_errno}};
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(layers); i++) {
        if (layers[i].code != 0)
            g_string_append_printf(out, "%s%s (%s)", out->len > 0 ? " and no " : "", layers[i].name,
                                   g_strerror(layers[i].code));
    }
    return out->len > 0 ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

char *sandbox_take_denied(void)
{
    return denial_take();
}

char *sandbox_denied(void)
{
    return denial_list();
}

char *sandbox_describe_landlock(const SandboxState *state)
{
    const int abi = state->landlock_abi;

    if (abi >= LANDLOCK_ABI_SCOPES)
        return g_strdup_printf("version %d: files, TCP, signals", abi);
    if (abi >= LANDLOCK_ABI_NETWORK)
        return g_strdup_printf("version %d: files, TCP; signals from Linux 6.12 on", abi);
    return g_strdup_printf("version %d: files; TCP from Linux 6.7 on, signals from 6.12 on", abi);
}
