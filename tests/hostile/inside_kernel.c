/* A compromised worker tries other interfaces of the kernel. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempts.h"
#include "worker_inside.h"

/* Makes a system call with arguments that are harmless if it is not refused. */
static int call(const char *name)
{
    const int number = seccomp_syscall_resolve_name(name);

    return attempt_failure(syscall(number, -1, -1, 0, 0, 0, 0));
}

static int make_namespace(const char *flag)
{
    const long flags = strtol(flag, NULL, 16) | SIGCHLD;
    const long pid = syscall(SYS_clone, flags, 0, 0, 0, 0);

    if (pid == 0)
        _exit(0);
    return attempt_failure(pid);
}

static int gain_dumps(const char *argument)
{
    const struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};

    (void)argument;
    return attempt_failure(setrlimit(RLIMIT_CORE, &core));
}

static int regain_privileges(const char *argument)
{
    (void)argument;
    return attempt_failure(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0)) == EINVAL ? EPERM : 0;
}

static int keep_capability(const char *number)
{
    return attempt_failure(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, atoi(number), 0, 0));
}

static const char *const calls[] = {
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "add_key",
    "request_key",
    "keyctl",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "setns",
    "unshare",
    "mount",
    "umount2",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "pivot_root",
    "chroot",
    "name_to_handle_at",
    "reboot",
    "open_by_handle_at",
    "swapon",
    "swapoff",
    "acct",
    "syslog",
    "clock_settime",
    "settimeofday",
    "sethostname",
    "setdomainname",
    "setuid",
    "setgid",
    "setresuid",
    "setgroups",
    "accept4",
    "process_madvise",
    "kcmp",
    "io_uring_register",
    "mknodat",
    "quotactl",
    "fanotify_init",
    "move_pages",
    "process_mrelease",
    "clone3",
    "shmget",
    "semget",
    "msgget",
    "mq_open",
    "ioprio_set",
};

Test(worker_inside, the_kernels_machinery_is_refused)
{
    static const Attempt others[] = {
        {"a user namespace", make_namespace, "10000000"},
        {"a mount namespace", make_namespace, "20000"},
        {"a network namespace", make_namespace, "40000000"},
        {"a process namespace", make_namespace, "20000000"},
        {"core dumps", gain_dumps, NULL},
        {"new privileges", regain_privileges, NULL},
        {"the capability to trace", keep_capability, "19"},
        {"the capability to administer", keep_capability, "21"},
    };
    Attempt attempts[G_N_ELEMENTS(calls) + G_N_ELEMENTS(others)];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++)
        if (seccomp_syscall_resolve_name(calls[i]) >= 0)
            attempts[n++] = (Attempt){"the system call", call, calls[i]};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        attempts[n++] = others[i];
    attempts_expect_refused(inside_enter, attempts, n);
}
