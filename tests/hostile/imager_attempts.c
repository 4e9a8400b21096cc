#include "imager_attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBER(value) ((const void *)(guintptr)(value))
#define HERE          NUMBER(AT_FDCWD)
#define FILE_NAME     "/etc/passwd"
#define OTHER_NAME    "/tmp/thumbmill-imager-attempt"

/* Flags of clone(2), and an advice that old headers lack. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define THREAD                                                                                               \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |       \
     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

/* Arguments that calls write to or read from. */
static char buffer[65536];
static char page[4096] __attribute__((aligned(4096)));
static const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = 9};
static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

static const ImagerAttempt refused[] = {
    /* names, sizes and contents of files */
    {"open", "to read", {FILE_NAME, NUMBER(O_RDONLY)}},
    {"open", "to write", {OTHER_NAME, NUMBER(O_WRONLY | O_CREAT), NUMBER(0600)}},
    {"openat", "to read", {HERE, FILE_NAME, NUMBER(O_RDONLY)}},
    {"openat", "to write", {HERE, OTHER_NAME, NUMBER(O_WRONLY | O_CREAT), NUMBER(0600)}},
    {"openat", "a path", {HERE, "/", NUMBER(O_PATH)}},
    {"openat", "a file without a name", {HERE, "/tmp", NUMBER(O_TMPFILE | O_RDWR), NUMBER(0600)}},
    {"openat2", "", {HERE, FILE_NAME, buffer, NUMBER(24)}},
    {"creat", "", {OTHER_NAME, NUMBER(0600)}},
    {"stat", "", {FILE_NAME, buffer}},
    {"lstat", "", {FILE_NAME, buffer}},
    {"newfstatat", "of a path", {HERE, FILE_NAME, buffer}},
    {"newfstatat", "of a path as if of a descriptor", {HERE, FILE_NAME, buffer, NUMBER(AT_EMPTY_PATH)}},
    {"newfstatat", "of a descriptor", {NUMBER(0), "", buffer, NUMBER(AT_EMPTY_PATH)}},
    {"statx", "of a path", {HERE, FILE_NAME, NUMBER(0), NUMBER(STATX_ALL), buffer}},
    {"statx",
     "of a path as if of a descriptor",
     {HERE, FILE_NAME, NUMBER(AT_EMPTY_PATH), NUMBER(STATX_ALL), buffer}},
    {"access", "", {FILE_NAME, NUMBER(R_OK)}},
    {"faccessat", "", {HERE, FILE_NAME, NUMBER(R_OK)}},
    {"faccessat2", "", {HERE, FILE_NAME, NUMBER(R_OK)}},
    {"readlink", "", {"/proc/self/exe", buffer, NUMBER(100)}},
    {"readlinkat", "", {HERE, "/proc/self/exe", buffer, NUMBER(100)}},
    {"getcwd", "", {buffer, NUMBER(100)}},
    {"chdir", "", {"/"}},
    {"fchdir", "", {NUMBER(0)}},
    {"getdents64", "", {NUMBER(0), buffer, NUMBER(1000)}},
    {"statfs", "", {"/", buffer}},
    {"fstatfs", "", {NUMBER(0), buffer}},
    {"getxattr", "", {FILE_NAME, "user.a", buffer, NUMBER(100)}},
    {"lgetxattr", "", {FILE_NAME, "user.a", buffer, NUMBER(100)}},
    {"fgetxattr", "", {NUMBER(0), "user.a", buffer, NUMBER(100)}},
    {"listxattr", "", {FILE_NAME, buffer, NUMBER(100)}},
    {"inotify_init1", "", {NUMBER(0)}},
    {"inotify_add_watch", "", {NUMBER(0), "/", NUMBER(1)}},
    {"fanotify_init", "", {NUMBER(0), NUMBER(0)}},
    /* changing them */
    {"unlink", "", {OTHER_NAME}},
    {"unlinkat", "", {HERE, OTHER_NAME, NUMBER(0)}},
    {"mkdir", "", {OTHER_NAME, NUMBER(0700)}},
    {"mkdirat", "", {HERE, OTHER_NAME, NUMBER(0700)}},
    {"rmdir", "", {OTHER_NAME}},
    {"rename", "", {OTHER_NAME, OTHER_NAME "2"}},
    {"renameat", "", {HERE, OTHER_NAME, HERE, OTHER_NAME "2"}},
    {"renameat2", "", {HERE, OTHER_NAME, HERE, OTHER_NAME "2", NUMBER(0)}},
    {"link", "", {FILE_NAME, OTHER_NAME}},
    {"linkat", "", {HERE, FILE_NAME, HERE, OTHER_NAME, NUMBER(0)}},
    {"symlink", "", {FILE_NAME, OTHER_NAME}},
    {"symlinkat", "", {FILE_NAME, HERE, OTHER_NAME}},
    {"mknod", "", {OTHER_NAME, NUMBER(S_IFIFO | 0600), NUMBER(0)}},
    {"mknodat", "", {HERE, OTHER_NAME, NUMBER(S_IFIFO | 0600), NUMBER(0)}},
    {"chmod", "", {OTHER_NAME, NUMBER(0600)}},
    {"fchmod", "", {NUMBER(0), NUMBER(0600)}},
    {"fchmodat", "", {HERE, OTHER_NAME, NUMBER(0600)}},
    {"chown", "", {OTHER_NAME, NUMBER(0), NUMBER(0)}},
    {"lchown", "", {OTHER_NAME, NUMBER(0), NUMBER(0)}},
    {"fchown", "", {NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"fchownat", "", {HERE, OTHER_NAME, NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"truncate", "", {OTHER_NAME, NUMBER(0)}},
    {"utimensat", "", {HERE, OTHER_NAME, NULL, NUMBER(0)}},
    {"setxattr", "", {OTHER_NAME, "user.a", "b", NUMBER(1), NUMBER(0)}},
    {"removexattr", "", {OTHER_NAME, "user.a"}},
    {"flock", "", {NUMBER(0), NUMBER(1)}},
    {"fsync", "", {NUMBER(0)}},
    {"sync", "", {NULL}},
    {"ioctl", "", {NUMBER(0), NUMBER(0x5401), buffer}},
    {"copy_file_range", "", {NUMBER(0), NULL, NUMBER(0), NULL, NUMBER(1), NUMBER(0)}},
    {"sendfile", "", {NUMBER(0), NUMBER(0), NULL, NUMBER(1)}},
    {"splice", "", {NUMBER(0), NULL, NUMBER(0), NULL, NUMBER(1), NUMBER(0)}},
    {"vmsplice", "", {NUMBER(0), buffer, NUMBER(1), NUMBER(0)}},
    {"quotactl", "", {NUMBER(0), "/", NUMBER(0), buffer}},
    /* sockets */
    {"socket", "of TCP", {NUMBER(AF_INET), NUMBER(SOCK_STREAM)}},
    {"socket", "of UDP", {NUMBER(AF_INET), NUMBER(SOCK_DGRAM)}},
    {"socket", "that is raw", {NUMBER(AF_INET), NUMBER(SOCK_RAW), NUMBER(1)}},
    {"socket", "of IPv6", {NUMBER(AF_INET6), NUMBER(SOCK_STREAM)}},
    {"socket", "of MPTCP", {NUMBER(AF_INET), NUMBER(SOCK_STREAM), NUMBER(262)}},
    {"socket", "of this machine", {NUMBER(AF_UNIX), NUMBER(SOCK_STREAM)}},
    {"socket", "to the kernel", {NUMBER(AF_NETLINK), NUMBER(SOCK_RAW), NUMBER(0)}},
    {"socket", "of packets", {NUMBER(AF_PACKET), NUMBER(SOCK_RAW), NUMBER(0)}},
    {"socket", "to the hypervisor", {NUMBER(40), NUMBER(SOCK_STREAM)}},
    {"socket", "of the kernel's ciphers", {NUMBER(38), NUMBER(SOCK_SEQPACKET)}},
    {"socketpair", "", {NUMBER(AF_UNIX), NUMBER(SOCK_STREAM), NUMBER(0), buffer}},
    {"connect", "", {NUMBER(3), &address, NUMBER(sizeof address)}},
    {"bind", "", {NUMBER(3), &address, NUMBER(sizeof address)}},
    {"listen", "", {NUMBER(3), NUMBER(1)}},
    {"accept", "", {NUMBER(3), NULL, NULL}},
    {"accept4", "", {NUMBER(3), NULL, NULL, NUMBER(0)}},
    {"sendto", "an address", {NUMBER(3), buffer, NUMBER(1), NUMBER(0), &address, NUMBER(sizeof address)}},
    {"sendmmsg", "", {NUMBER(3), buffer, NUMBER(1), NUMBER(0)}},
    {"recvmmsg", "", {NUMBER(3), buffer, NUMBER(1), NUMBER(0), NULL}},
    {"setsockopt", "", {NUMBER(3), NUMBER(SOL_SOCKET), NUMBER(SO_SNDBUF), buffer, NUMBER(4)}},
    {"getsockname", "", {NUMBER(3), buffer, buffer}},
    {"getpeername", "", {NUMBER(3), buffer, buffer}},
    /* processes, and threads of another kind than the C library's */
    {"fork", "", {NULL}},
    {"vfork", "", {NULL}},
    {"clone", "a process", {NUMBER(SIGCHLD)}},
    {"clone", "a process that shares memory", {NUMBER(CLONE_VM | SIGCHLD)}},
    {"clone", "a thread that shares little", {NUMBER(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)}},
    {"clone", "a thread that is not traced", {NUMBER(THREAD | CLONE_UNTRACED)}},
    {"clone", "a thread in a namespace", {NUMBER(THREAD | CLONE_NEWUSER)}},
    {"clone", "a thread with a higher bit", {NUMBER(G_GUINT64_CONSTANT(0x100000000) | THREAD)}},
    {"clone3", "", {buffer, NUMBER(88)}},
    {"wait4", "", {NUMBER(-1), NULL, NUMBER(1), NULL}},
    {"waitid", "", {NUMBER(0), NUMBER(0), NULL, NUMBER(5), NULL}},
    {"kill", "of all", {NUMBER(-1), NUMBER(0)}},
    {"kill", "of the first process", {NUMBER(1), NUMBER(0)}},
    {"tkill", "", {NUMBER(1), NUMBER(0)}},
    {"tgkill", "", {NUMBER(1), NUMBER(1), NUMBER(0)}},
    {"rt_sigqueueinfo", "", {NUMBER(1), NUMBER(0), buffer}},
    {"rt_tgsigqueueinfo", "", {NUMBER(1), NUMBER(1), NUMBER(0), buffer}},
    {"pidfd_open", "", {NUMBER(1), NUMBER(0)}},
    {"pidfd_send_signal", "", {NUMBER(3), NUMBER(0), NULL, NUMBER(0)}},
    {"setpgid", "", {NUMBER(0), NUMBER(0)}},
    {"setsid", "", {NULL}},
    {"getpgid", "", {NUMBER(1)}},
    {"getpriority", "", {NUMBER(0), NUMBER(1)}},
    {"setpriority", "", {NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"ioprio_set", "", {NUMBER(1), NUMBER(0), NUMBER(0)}},
    {"sched_setscheduler", "", {NUMBER(0), NUMBER(0), buffer}},
    {"sched_setattr", "", {NUMBER(0), buffer, NUMBER(0)}},
    {"sched_setaffinity", "", {NUMBER(0), NUMBER(128), buffer}},
    /* privileges and limits */
    {"setuid", "", {NUMBER(0)}},
    {"setgid", "", {NUMBER(0)}},
    {"setgroups", "", {NUMBER(0), buffer}},
    {"setresuid", "", {NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"setresgid", "", {NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"capset", "", {buffer, buffer}},
    {"prctl", "dumpable", {NUMBER(PR_SET_DUMPABLE), NUMBER(1)}},
    {"prctl", "outliving its parent", {NUMBER(PR_SET_PDEATHSIG), NUMBER(0)}},
    {"prctl", "another filter", {NUMBER(PR_SET_SECCOMP), NUMBER(2), buffer}},
    {"prctl",
     "capabilities",
     {NUMBER(PR_CAP_AMBIENT), NUMBER(PR_CAP_AMBIENT_RAISE), NUMBER(CAP_NET_RAW), NULL, NULL}},
    {"seccomp", "", {NUMBER(1), NUMBER(0), buffer}},
    {"landlock_create_ruleset", "", {buffer, NUMBER(8), NUMBER(0)}},
    {"setrlimit", "", {NUMBER(RLIMIT_CORE), &unlimited}},
    {"prlimit64", "of its own", {NUMBER(0), NUMBER(RLIMIT_DATA), &unlimited, NULL}},
    {"prlimit64", "of the first process", {NUMBER(1), NUMBER(RLIMIT_DATA), &unlimited, NULL}},
    /* memory */
    {"madvise", "to merge with others", {page, NUMBER(sizeof page), NUMBER(MADV_MERGEABLE)}},
    {"madvise", "to remove", {page, NUMBER(sizeof page), NUMBER(MADV_REMOVE)}},
    {"madvise", "to damage", {page, NUMBER(sizeof page), NUMBER(MADV_HWPOISON)}},
    {"madvise", "to write out", {page, NUMBER(sizeof page), NUMBER(21)}},
    {"madvise", "to collapse", {page, NUMBER(sizeof page), NUMBER(MADV_COLLAPSE)}},
    {"madvise", "to populate", {page, NUMBER(sizeof page), NUMBER(23)}},
    {"madvise", "with a higher bit", {page, NUMBER(sizeof page), NUMBER(0x10000 | MADV_DONTNEED)}},
    {"mlock", "", {page, NUMBER(sizeof page)}},
    {"mlockall", "", {NUMBER(1)}},
    {"mlock2", "", {page, NUMBER(sizeof page), NUMBER(0)}},
    {"mbind", "", {page, NUMBER(sizeof page), NUMBER(0), NULL, NUMBER(0), NUMBER(0)}},
    {"set_mempolicy", "", {NUMBER(0), NULL, NUMBER(0)}},
    {"move_pages", "", {NUMBER(1), NUMBER(0), NULL, NULL, NULL, NUMBER(0)}},
    {"migrate_pages", "", {NUMBER(1), NUMBER(0), NULL, NULL}},
    {"remap_file_pages", "", {page, NUMBER(sizeof page), NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"pkey_alloc", "", {NUMBER(0), NUMBER(0)}},
    {"memfd_create", "", {"x", NUMBER(0)}},
    {"memfd_secret", "", {NUMBER(0)}},
    {"shmget", "", {NUMBER(0), NUMBER(4096), NUMBER(0600)}},
    {"shmat", "", {NUMBER(0), NULL, NUMBER(0)}},
    {"msgget", "", {NUMBER(0), NUMBER(0600)}},
    {"semget", "", {NUMBER(0), NUMBER(1), NUMBER(0600)}},
    {"mq_open", "", {"/thumbmill", NUMBER(O_RDONLY), NUMBER(0), NULL}},
    /* descriptors and time */
    {"dup", "", {NUMBER(0)}},
    {"pipe2", "", {buffer, NUMBER(0)}},
    {"fcntl", "a signal's owner", {NUMBER(0), NUMBER(F_SETOWN), NUMBER(1)}},
    {"fcntl", "a signal", {NUMBER(0), NUMBER(F_SETSIG), NUMBER(9)}},
    {"fcntl", "a lease", {NUMBER(0), NUMBER(F_SETLEASE), NUMBER(F_RDLCK)}},
    {"fcntl", "a lock", {NUMBER(0), NUMBER(F_SETLK), buffer}},
    {"fcntl", "a directory's changes", {NUMBER(0), NUMBER(F_NOTIFY), NUMBER(1)}},
    {"signalfd4", "", {NUMBER(-1), buffer, NUMBER(8), NUMBER(0)}},
    {"timerfd_create", "", {NUMBER(0), NUMBER(0)}},
    {"timer_create", "", {NUMBER(0), NULL, buffer}},
    {"clock_settime", "", {NUMBER(0), buffer}},
    {"settimeofday", "", {buffer, NULL}},
    {"adjtimex", "", {buffer}},
    {"sethostname", "", {"x", NUMBER(1)}},
    {"syslog", "", {NUMBER(3), buffer, NUMBER(100)}},
};

static const ImagerAttempt deadly[] = {
    {"execve", "", {"/bin/true", NULL, NULL}},
    {"execveat", "", {NUMBER(0), "", NULL, NULL, NUMBER(AT_EMPTY_PATH)}},
    {"ptrace", "", {NUMBER(16), NUMBER(1), NULL, NULL}},
    {"process_vm_readv", "", {NUMBER(1), NULL, NUMBER(0), NULL, NUMBER(0), NUMBER(0)}},
    {"process_vm_writev", "", {NUMBER(1), NULL, NUMBER(0), NULL, NUMBER(0), NUMBER(0)}},
    {"process_madvise", "", {NUMBER(0), NULL, NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"pidfd_getfd", "", {NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"kcmp", "", {NUMBER(1), NUMBER(1), NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"bpf", "", {NUMBER(0), NULL, NUMBER(0)}},
    {"perf_event_open", "", {buffer, NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0)}},
    {"userfaultfd", "", {NUMBER(0)}},
    {"io_uring_setup", "", {NUMBER(1), NULL}},
    {"io_uring_enter", "", {NUMBER(0), NUMBER(0), NUMBER(0), NUMBER(0), NULL}},
    {"init_module", "", {NULL, NUMBER(0), ""}},
    {"delete_module", "", {"x", NUMBER(0)}},
    {"kexec_load", "", {NULL, NULL, NULL, NULL}},
    {"mount", "", {"x", "/", "tmpfs", NULL, NULL}},
    {"umount2", "", {"/nonexistent", NUMBER(0)}},
    {"fsopen", "", {"tmpfs", NUMBER(0)}},
    {"open_tree", "", {HERE, "/", NUMBER(0)}},
    {"pivot_root", "", {"/", "/"}},
    {"chroot", "", {"/"}},
    {"setns", "", {NUMBER(0), NUMBER(0)}},
    {"unshare", "", {NUMBER(CLONE_NEWUSER)}},
    {"add_key", "", {"user", "a", "b", NUMBER(1), NUMBER(-3)}},
    {"request_key", "", {"user", "a", NULL, NUMBER(-3)}},
    {"keyctl", "", {NUMBER(0), NUMBER(-3), NUMBER(0)}},
    {"personality", "", {NUMBER(0xffffffff)}},
    {"modify_ldt", "", {NUMBER(0), NULL, NUMBER(0)}},
    {"name_to_handle_at", "", {HERE, "/", buffer, buffer, NUMBER(0)}},
    {"open_by_handle_at", "", {NUMBER(0), buffer, NUMBER(0)}},
    {"reboot", "", {NUMBER(0), NUMBER(0), NUMBER(0), NULL}},
    {"swapon", "", {"/nonexistent", NUMBER(0)}},
    {"acct", "", {"/nonexistent"}},
    {"iopl", "", {NUMBER(3)}},
    {"ioperm", "", {NUMBER(0), NUMBER(1), NUMBER(1)}},
};

static long make(const ImagerAttempt *attempt, int number)
{
    const void *const *a = attempt->arguments;

    return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

guint imager_attempts_make(GString *not_refused)
{
    guint n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        const int number = seccomp_syscall_resolve_name(refused[i].call);
        long result;

        if (number < 0)
            continue;
        n++;
        result = make(&refused[i], number);
        if (result == -1 && (errno == EACCES || errno == EPERM || errno == ENOSYS))
            continue;
        g_string_append_printf(not_refused, "%s%s %s: %s", not_refused->len > 0 ? "; " : "", refused[i].call,
                               refused[i].what, result == -1 ? g_strerror(errno) : "succeeded");
    }
    return n;
}

guint imager_attempts_count_deadly(void)
{
    return G_N_ELEMENTS(deadly);
}

const char *imager_attempts_make_deadly(guint i)
{
    const int number = seccomp_syscall_resolve_name(deadly[i].call);

    if (number >= 0)
        (void)make(&deadly[i], number);
    return deadly[i].call;
}
