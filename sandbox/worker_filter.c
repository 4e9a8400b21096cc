#include "sandbox/worker_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "sandbox/filter_names.h"

/* Newer than Debian 12's headers. */
#define PROTOCOL_MPTCP 262

/* Access to other processes and to the kernel itself, and calls that increase the kernel's attack surface.
 * Names that this libseccomp does not know are skipped. */
static const char *const denied[] = {
    /* other processes: their memory and descriptors */
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "process_mrelease",
    "pidfd_getfd",
    "kcmp",
    "move_pages",
    "migrate_pages",
    /* leaving the session in which the supervisor finds what a worker leaves behind */
    "setsid",
    /* memory and queues shared by all processes of the user */
    "shmget",
    "shmat",
    "shmctl",
    "semget",
    "semop",
    "semtimedop",
    "semctl",
    "msgget",
    "msgsnd",
    "msgrcv",
    "msgctl",
    "mq_open",
    "mq_unlink",
    /* kernel subsystems */
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "add_key",
    "request_key",
    "keyctl",
    "modify_ldt",
    "vmsplice",
    "fanotify_init",
    "lookup_dcookie",
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "kexec_load",
    "kexec_file_load",
    /* namespaces and mounts */
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
    "mount_setattr",
    "pivot_root",
    "chroot",
    /* files without their names, which a rule about paths does not cover */
    "name_to_handle_at",
    "open_by_handle_at",
    "quotactl",
    "quotactl_fd",
    "mknod",
    "mknodat",
    /* truncating files, which Landlock covers only from Linux 6.2 on */
    "truncate",
    "creat",
    /* attributes of files: no Landlock right covers them */
    "chmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "setxattrat",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "removexattrat",
    "file_setattr",
    /* observing what other processes do with their files */
    "inotify_init",
    "inotify_init1",
    "inotify_add_watch",
    /* the machine */
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "iopl",
    "ioperm",
    "vhangup",
    "syslog",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "nfsservctl",
    /* changing the user or group */
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "setfsuid",
    "setfsgid",
    /* accepting connections */
    "listen",
    "accept",
    "accept4",
    /* executables by other means than their path, to which the rule about the imager applies */
    "execveat",
    "uselib",
#ifndef THUMBMILL_SANITIZED
    /* AddressSanitizer's leak check at exit uses it to stop the process's threads. */
    "ptrace",
#endif
};

/* Calls for a process by its pid: imagers are killed by their pidfds. They are not left to the handler, as
 * the C library may raise signals while it blocks them; besides, libraries of an imager try some of these
 * calls. */
static const char *const refused[] = {
    "kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setpriority", "ioprio_set",
};

/* Allowed for the calling process, by pid 0: a limit of CPU time would end any other process. */
static const int about_processes[] = {
    SCMP_SYS(prlimit64),      SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setscheduler),
    SCMP_SYS(sched_setparam), SCMP_SYS(sched_setattr),
};

static int add_condition(scmp_filter_ctx filter, guint32 action, int number, struct scmp_arg_cmp argument)
{
    return seccomp_rule_add_array(filter, action, number, 1, &argument);
}

#define ALL_32_BITS 0xffffffffu

/* Mask of a socket's type, without SOCK_CLOEXEC and SOCK_NONBLOCK. */
#define SOCKET_TYPES 0xfu

/* For socket(family, ...). */
static struct scmp_arg_cmp family_is(int family)
{
    return (struct scmp_arg_cmp){0, SCMP_CMP_MASKED_EQ, ALL_32_BITS, (scmp_datum_t)family};
}

/* Families for HTTP and name resolution: TCP, UDP, and the addresses of the interfaces, which the resolver
 * uses to sort its results. Unix sockets are denied, because the user's services accept requests through them
 * (a session's bus, Docker, our own control socket); channels are made with socketpair(2). The C library
 * tries to connect to its name cache (nscd) by a Unix socket, and works without. */
static int add_families(scmp_filter_ctx filter, guint32 deny)
{
    int result = 0;

    for (int family = 0; family <= AF_MAX && result == 0; family++) {
        const gboolean is_needed = family == AF_INET || family == AF_INET6 || family == AF_NETLINK;

        if (!is_needed)
            result = add_condition(filter, family == AF_UNIX ? SCMP_ACT_ERRNO(EACCES) : deny,
                                   SCMP_SYS(socket), family_is(family));
    }
    if (result == 0)
        result = add_condition(filter, deny, SCMP_SYS(socket),
                               (struct scmp_arg_cmp){0, SCMP_CMP_GT, (scmp_datum_t)AF_MAX, 0});
    return result;
}

/* A datagram socket of a pair could be reconnected to any other Unix datagram socket of the machine. */
static int add_pairs(scmp_filter_ctx filter, guint32 deny)
{
    return add_condition(filter, deny, SCMP_SYS(socketpair),
                         (struct scmp_arg_cmp){1, SCMP_CMP_MASKED_EQ, SOCKET_TYPES, SOCK_DGRAM});
}

/* Multipath TCP and SCTP would bypass Landlock's rule about ports, and we do not use HTTP over them. Of
 * netlink, routes (0) are enough. */
static int add_protocols(scmp_filter_ctx filter, guint32 deny)
{
    static const int protocols[] = {PROTOCOL_MPTCP, IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE, IPPROTO_RAW};
    const struct scmp_arg_cmp netlink[] = {family_is(AF_NETLINK),
                                           {2, SCMP_CMP_NE, (scmp_datum_t)NETLINK_ROUTE, 0}};
    int result = seccomp_rule_add_array(filter, deny, SCMP_SYS(socket), G_N_ELEMENTS(netlink), netlink);

    for (gsize i = 0; i < G_N_ELEMENTS(protocols) && result == 0; i++)
        result = add_condition(
            filter, deny, SCMP_SYS(socket),
            (struct scmp_arg_cmp){2, SCMP_CMP_MASKED_EQ, ALL_32_BITS, (scmp_datum_t)protocols[i]});
    return result;
}

#define ALL_PERMISSIONS 07777u

/* Denies setting mode bits that no output has: otherwise a read-only original could be given any mode. */
static int add_modes(scmp_filter_ctx filter, guint32 deny, guint modes)
{
    int result = 0;

    if (modes == 0)
        return seccomp_rule_add_array(filter, deny, SCMP_SYS(fchmod), 0, NULL);
    for (guint bit = 1; bit <= ALL_PERMISSIONS && result == 0; bit <<= 1)
        if ((modes & bit) == 0)
            result = add_condition(filter, deny, SCMP_SYS(fchmod),
                                   (struct scmp_arg_cmp){1, SCMP_CMP_MASKED_EQ, bit, bit});
    return result;
}

/* Opening a file may truncate it, even if it is opened for neither reading nor writing, for which Landlock
 * before Linux 6.2 requires no right. The flags of openat2 are in memory, where a filter cannot see them. */
static int add_emptying(scmp_filter_ctx filter, guint32 deny)
{
    const struct {
        int number;
        unsigned int flags_at;
    } calls[] = {{SCMP_SYS(open), 1}, {SCMP_SYS(openat), 2}};
    int result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(calls) && result == 0; i++)
        result =
            add_condition(filter, deny, calls[i].number,
                          (struct scmp_arg_cmp){calls[i].flags_at, SCMP_CMP_MASKED_EQ, O_TRUNC, O_TRUNC});
    return result;
}

/* Inserting input into a terminal on behalf of its user. */
static int add_terminals(scmp_filter_ctx filter, guint32 deny)
{
    static const unsigned int requests[] = {TIOCSTI, TIOCLINUX};
    int result = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(requests) && result == 0; i++)
        result = add_condition(filter, deny, SCMP_SYS(ioctl),
                               (struct scmp_arg_cmp){1, SCMP_CMP_MASKED_EQ, ALL_32_BITS, requests[i]});
    return result;
}

/* With this flag sending also connects, which a rule about connect(2) does not cover. */
static int add_fast_open(scmp_filter_ctx filter, guint32 deny)
{
    const struct {
        int number;
        unsigned int flags_at;
    } calls[] = {{SCMP_SYS(sendto), 3}, {SCMP_SYS(sendmsg), 2}, {SCMP_SYS(sendmmsg), 3}};
    int result = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(calls) && result == 0; i++)
        result = add_condition(
            filter, deny, calls[i].number,
            (struct scmp_arg_cmp){calls[i].flags_at, SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN});
    return result;
}

/* New namespaces come with capabilities inside them. The flags of clone3 are in memory, where a filter cannot
 * see them: ENOSYS makes the C library fall back to clone. */
static int add_namespaces(scmp_filter_ctx filter, guint32 deny)
{
    static const guint64 flags[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                    CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};
    int result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(flags) && result == 0; i++)
        result = add_condition(filter, deny, SCMP_SYS(clone),
                               (struct scmp_arg_cmp){0, SCMP_CMP_MASKED_EQ, flags[i], flags[i]});
    return result;
}

static int add_limits(scmp_filter_ctx filter)
{
    int result = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(about_processes) && result == 0; i++)
        result = add_condition(filter, SCMP_ACT_ERRNO(EPERM), about_processes[i],
                               (struct scmp_arg_cmp){0, SCMP_CMP_NE, 0, 0});
    return result;
}

int worker_filter_fill(scmp_filter_ctx filter, guint32 deny, const SandboxRules *rules)
{
    int result = filter_add_names(filter, deny, denied, G_N_ELEMENTS(denied));

    if (result == 0)
        result = filter_add_names(filter, SCMP_ACT_ERRNO(EPERM), refused, G_N_ELEMENTS(refused));
    if (result == 0)
        result = add_limits(filter);
    if (result == 0)
        result = add_families(filter, deny);
    if (result == 0)
        result = add_protocols(filter, deny);
    if (result == 0)
        result = add_pairs(filter, deny);
    if (result == 0)
        result = add_modes(filter, deny, rules->modes);
    if (result == 0)
        result = add_emptying(filter, deny);
    if (result == 0)
        result = add_terminals(filter, deny);
    if (result == 0)
        result = add_fast_open(filter, deny);
    if (result == 0)
        result = add_namespaces(filter, deny);
    return result;
}
