/* A worker that was taken over: what it tries from inside of its sandbox, and is refused. As root too, as
 * which it would otherwise be refused nothing. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"
#include "base/fd.h"
#include "daemon/worker_rules.h"
#include "files_of_others.h"
#include "sandbox/landlock.h"

/* The only port that servers and proxies of this worker have. */
#define ALLOWED_PORT 8443

/* Before the supervisor stands for it. */
static Machine machine;

static gboolean enter(void)
{
    static const guint16 ports[] = {ALLOWED_PORT};
    SandboxState state;

    return worker_rules_enter(&(WorkerReach){.imager = machine.program,
                                             .ca_files = {machine.ca_file, ""},
                                             .source_directory = machine.source,
                                             .destination_directory = machine.destination,
                                             .ports = ports,
                                             .n_ports = G_N_ELEMENTS(ports),
                                             .demand = SANDBOX_REQUIRED},
                              &state, NULL) != NULL;
}

static void begin(void)
{
    machine_init(&machine);
}

static void end(void)
{
    machine_clear(&machine);
}

TestSuite(worker_inside, .init = begin, .fini = end);

/* Files */

static int read_file(const char *path)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);

    return attempt_failure(fd);
}

static int write_file(const char *path)
{
    autofd int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

    return attempt_failure(fd);
}

static int make_file(const char *path)
{
    autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    return attempt_failure(fd);
}

static int list_directory(const char *path)
{
    DIR *dir = opendir(path);

    if (dir == NULL)
        return errno;
    closedir(dir);
    return 0;
}

static int remove_file(const char *path)
{
    return attempt_failure(unlink(path));
}

static int make_directory(const char *path)
{
    return attempt_failure(mkdir(path, 0700));
}

/* By another name that is within reach. */
static int link_to(const char *path)
{
    g_autofree char *name = g_build_filename(machine.destination, "link", NULL);

    return attempt_failure(link(path, name));
}

static int move_here(const char *path)
{
    g_autofree char *name = g_build_filename(machine.destination, "moved", NULL);

    return attempt_failure(rename(path, name));
}

/* A symbolic link may be made nowhere, not even in the destination. */
static int make_symlink(const char *path)
{
    g_autofree char *name = g_build_filename(machine.destination, "symlink", NULL);

    return attempt_failure(symlink(path, name));
}

static int make_socket(const char *name)
{
    g_autofree char *path = g_build_filename(machine.destination, name, NULL);

    return attempt_failure(mknod(path, S_IFSOCK | 0600, 0));
}

static int shorten(const char *path)
{
    return attempt_failure(truncate(path, 0));
}

static int read_through(const char *prefix)
{
    g_autofree char *path = g_strconcat(prefix, machine.key_file, NULL);

    return read_file(path);
}

Test(worker_inside, files_of_others_are_refused)
{
    g_autofree char *aws_folder = g_path_get_dirname(machine.aws);
    g_autofree char *secrets = g_path_get_dirname(machine.secrets);
    g_autofree char *original = g_build_filename(machine.source, "a.jpg", NULL);
    g_autofree char *new_original = g_build_filename(machine.source, "new.jpg", NULL);
    g_autofree char *new_key = g_build_filename(machine.folder, "new", NULL);
    const Attempt attempts[] = {
        {"read", read_file, machine.key_file},
        {"read", read_file, machine.aws},
        {"read", read_file, machine.secrets},
        {"read", read_file, "/etc/passwd"},
        {"read", read_file, "/etc/shadow"},
        {"read", read_file, "/etc/group"},
        {"read", read_file, "/etc/hostname"},
        {"read", read_file, "/etc/fstab"},
        {"read", read_file, "/bin/sh"},
        {"read", read_file, "/usr/bin/env"},
        {"read", read_file, "/dev/zero"},
        {"read", read_file, "/dev/mem"},
        {"read", read_file, "/dev/kmsg"},
        {"read through the root", read_through, "/proc/self/root"},
        {"read through its parent", read_through, "/proc/thread-self/root"},
        {"write", write_file, machine.key_file},
        {"write", write_file, original},
        {"write", write_file, machine.ca_file},
        {"write", write_file, machine.program},
        {"write", write_file, "/etc/hosts"},
        {"write", write_file, "/etc/resolv.conf"},
        {"write", write_file, "/dev/null"},
        {"shorten", shorten, machine.key_file},
        {"shorten", shorten, original},
        {"make", make_file, new_original},
        {"make", make_file, new_key},
        {"make", make_file, "/tmp/thumbmill-hostile"},
        {"make", make_file, "/dev/shm/thumbmill-hostile"},
        {"list", list_directory, "/"},
        {"list", list_directory, "/etc"},
        {"list", list_directory, "/home"},
        {"list", list_directory, "/root"},
        {"list", list_directory, "/tmp"},
        {"list", list_directory, "/run"},
        {"list", list_directory, "/var/lib"},
        {"list", list_directory, aws_folder},
        {"list", list_directory, secrets},
        {"remove", remove_file, machine.key_file},
        {"remove", remove_file, original},
        {"make a directory", make_directory, new_original},
        {"make a directory", make_directory, "/tmp/thumbmill-hostile"},
        {"link to", link_to, machine.key_file},
        {"link to", link_to, machine.aws},
        {"link to", link_to, "/etc/passwd"},
        {"move", move_here, machine.key_file},
        {"move", move_here, original},
        {"make a symbolic link to", make_symlink, machine.key_file},
        {"make a socket", make_socket, "socket"},
    };
    Attempt usable[G_N_ELEMENTS(attempts)];
    gsize n = 0;

    /* Truncation has been a right of its own since Linux 6.2. */
    for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++)
        if ((attempts[i].func != shorten || landlock_abi() >= 3) &&
            (attempts[i].argument[0] != '/' || attempts[i].func == make_file ||
             attempts[i].func == read_through || attempts[i].func == make_directory ||
             access(attempts[i].argument, F_OK) == 0))
            usable[n++] = attempts[i];
    attempts_expect_refused(enter, usable, n);
    cr_expect_geq(n, 40u);
    cr_expect_eq(access(machine.key_file, F_OK), 0);
    cr_expect_eq(access(original, F_OK), 0);
}

/* Other processes */

static int read_process(const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", machine.supervisor, name);

    return read_file(path);
}

static int read_of_parent(const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", getppid(), name);

    return read_file(path);
}

static int list_process(const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", machine.supervisor, name);

    return list_directory(path);
}

static int trace(const char *argument)
{
    (void)argument;
    return attempt_failure(ptrace(PTRACE_ATTACH, machine.supervisor, NULL, NULL));
}

static int seize(const char *argument)
{
    (void)argument;
    return attempt_failure(ptrace(PTRACE_SEIZE, machine.supervisor, NULL, NULL));
}

static int read_memory(const char *argument)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)(guintptr)&machine, 1};

    (void)argument;
    return attempt_failure(syscall(SYS_process_vm_readv, machine.supervisor, &here, 1, &there, 1, 0));
}

static int write_memory(const char *argument)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {(void *)(guintptr)&machine, 1};

    (void)argument;
    return attempt_failure(syscall(SYS_process_vm_writev, machine.supervisor, &here, 1, &there, 1, 0));
}

static int take_descriptor(const char *argument)
{
    autofd int process = pidfd_open(machine.supervisor, 0);

    (void)argument;
    return process < 0 ? errno : attempt_failure(syscall(SYS_pidfd_getfd, process, 0, 0));
}

static int change_limits(const char *argument)
{
    const struct rlimit none = {0, 0};

    (void)argument;
    return attempt_failure(prlimit(machine.supervisor, RLIMIT_NOFILE, &none, NULL));
}

static int slow_down(const char *argument)
{
    (void)argument;
    return attempt_failure(setpriority(PRIO_PROCESS, (id_t)machine.supervisor, 19));
}

static int move_away(const char *argument)
{
    cpu_set_t set;

    (void)argument;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    return attempt_failure(sched_setaffinity(machine.supervisor, sizeof set, &set));
}

static int signal_by_number(const char *argument)
{
    (void)argument;
    return attempt_failure(kill(machine.supervisor, SIGKILL));
}

static int signal_all(const char *argument)
{
    (void)argument;
    return attempt_failure(kill(-1, 0));
}

static int signal_parent(const char *argument)
{
    (void)argument;
    return attempt_failure(kill(getppid(), SIGKILL));
}

static int signal_thread(const char *argument)
{
    (void)argument;
    return attempt_failure(syscall(SYS_tgkill, machine.supervisor, machine.supervisor, SIGKILL));
}

static int signal_by_descriptor(const char *argument)
{
    autofd int process = pidfd_open(machine.supervisor, 0);

    (void)argument;
    return process < 0 ? errno : attempt_failure(pidfd_send_signal(process, SIGKILL, NULL, 0));
}

/* The kernel sends it, in the name of whoever asked for it. */
static int signal_by_descriptor_owner(const char *argument)
{
    int ends[2];
    siginfo_t info = {0};

    (void)argument;
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETOWN, machine.supervisor) != 0 ||
        fcntl(ends[0], F_SETSIG, SIGKILL) != 0 || fcntl(ends[0], F_SETFL, O_ASYNC) != 0 ||
        write(ends[1], "x", 1) != 1)
        return errno;
    (void)usleep(50000);
    return syscall(SYS_waitid, P_PID, machine.supervisor, &info, WEXITED | WNOHANG, NULL) == 0 ? 0 : EPERM;
}

static int list_own(const char *name)
{
    return list_directory(name);
}

Test(worker_inside, other_processes_are_refused)
{
    const Attempt always[] = {
        {"read of the supervisor", read_process, "mem"},
        {"read of the supervisor", read_process, "environ"},
        {"read of the supervisor", read_process, "maps"},
        {"read of the supervisor", read_process, "auxv"},
        {"read of the supervisor", read_process, "stack"},
        {"read of the supervisor", read_process, "syscall"},
        {"list of the supervisor", list_process, "fd"},
        {"list of the supervisor", list_process, "cwd"},
        {"list of the supervisor", list_process, "root"},
        {"list of the supervisor", list_process, "map_files"},
        {"read of the parent", read_of_parent, "mem"},
        {"read of the parent", read_of_parent, "environ"},
        {"trace", trace, NULL},
        {"seize", seize, NULL},
        {"read memory", read_memory, NULL},
        {"write memory", write_memory, NULL},
        {"take a descriptor", take_descriptor, NULL},
        {"limit its descriptors", change_limits, NULL},
        {"make it slow", slow_down, NULL},
        {"take its processors", move_away, NULL},
        {"signal", signal_by_number, NULL},
        {"signal everybody", signal_all, NULL},
        {"signal the parent", signal_parent, NULL},
#ifndef THUMBMILL_SANITIZED
        {"read of the supervisor", read_process, "cmdline"},
        {"read of the supervisor", read_process, "status"},
        {"list", list_own, "/proc"},
        {"list", list_own, "/proc/self/fd"},
#endif
    };
    const Attempt scoped[] = {
        {"signal a thread", signal_thread, NULL},
        {"signal by a descriptor", signal_by_descriptor, NULL},
        {"signal as owner of a descriptor", signal_by_descriptor_owner, NULL},
    };

    attempts_expect_refused(enter, always, G_N_ELEMENTS(always));
    if (landlock_abi() >= LANDLOCK_ABI_SCOPES)
        attempts_expect_refused(enter, scoped, G_N_ELEMENTS(scoped));
}

/* Programs */

static int run_program(const char *path)
{
    char *argv[] = {(char *)(guintptr)path, NULL}, *env[] = {NULL};
    int ends[2], result = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        (void)execve(path, argv, env);
        result = errno;
        (void)!write(ends[1], &result, sizeof result);
        _exit(127);
    }
    close(ends[1]);
    (void)!read(ends[0], &result, sizeof result);
    close(ends[0]);
    (void)waitpid(pid, NULL, 0);
    return result;
}

/* One of its own making, in memory or where it may write. */
static int run_from_memory(const char *argument)
{
    autofd int fd = memfd_create("program", 0);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

    (void)argument;
    if (fd < 0 || write(fd, "#!/bin/sh\n", 10) != 10)
        return -1;
    return run_program(path);
}

static int run_by_descriptor(const char *argument)
{
    autofd int fd = memfd_create("program", 0);
    char *argv[] = {NULL};

    (void)argument;
    return attempt_failure(syscall(SYS_execveat, fd, "", argv, argv, AT_EMPTY_PATH));
}

static int run_from_destination(const char *argument)
{
    g_autofree char *path = g_build_filename(machine.destination, "program", NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

    (void)argument;
    if (fd < 0 || write(fd, "#!/bin/sh\n", 10) != 10 || fchmod(fd, 0700) != 0)
        return -1;
    close(fd);
    return run_program(path);
}

Test(worker_inside, other_programs_are_refused)
{
    const Attempt attempts[] = {
        {"run", run_program, "/bin/sh"},
        {"run", run_program, "/bin/bash"},
        {"run", run_program, "/usr/bin/env"},
        {"run", run_program, "/usr/bin/python3"},
        {"run", run_program, "/usr/bin/curl"},
        {"run", run_program, "/bin/true"},
        {"run from memory", run_from_memory, NULL},
        {"run by a descriptor", run_by_descriptor, NULL},
        {"run from the destination", run_from_destination, NULL},
    };
    Attempt usable[G_N_ELEMENTS(attempts)];
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++)
        if (attempts[i].argument == NULL || access(attempts[i].argument, X_OK) == 0)
            usable[n++] = attempts[i];
    attempts_expect_refused(enter, usable, n);
}

/* The network */

static int connect_ipv4(const char *address, guint16 port, int protocol)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};

    if (fd < 0)
        return errno;
    (void)inet_pton(AF_INET, address, &peer.sin_addr);
    return connect(fd, (const struct sockaddr *)&peer, sizeof peer) == 0 || errno == EINPROGRESS ? 0 : errno;
}

static int connect_to_http(const char *address)
{
    return connect_ipv4(address, 80, 0);
}

static int connect_to_shell(const char *address)
{
    return connect_ipv4(address, 22, 0);
}

static int connect_by_mptcp(const char *address)
{
    return connect_ipv4(address, 80, 262);
}

static int connect_ipv6(const char *address)
{
    autofd int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(80)};

    if (fd < 0)
        return errno;
    (void)inet_pton(AF_INET6, address, &peer.sin6_addr);
    return connect(fd, (const struct sockaddr *)&peer, sizeof peer) == 0 || errno == EINPROGRESS ? 0 : errno;
}

/* Connects without connect(2). */
static int send_to_http(const char *address)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(80)};

    if (fd < 0)
        return errno;
    (void)inet_pton(AF_INET, address, &peer.sin_addr);
    return sendto(fd, "GET", 3, MSG_FASTOPEN, (const struct sockaddr *)&peer, sizeof peer) >= 0 ||
                   errno == EINPROGRESS
               ? 0
               : errno;
}

static int bind_port(const char *address)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(ALLOWED_PORT)};

    (void)inet_pton(AF_INET, address, &own.sin_addr);
    return attempt_failure(bind(fd, (const struct sockaddr *)&own, sizeof own));
}

static int listen_anywhere(const char *argument)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argument;
    return attempt_failure(listen(fd, 1));
}

static int open_socket(const char *family)
{
    autofd int fd = socket(atoi(family), SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return attempt_failure(fd);
}

static int open_raw_socket(const char *argument)
{
    autofd int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

    (void)argument;
    return attempt_failure(fd);
}

Test(worker_inside, other_servers_are_refused)
{
    const Attempt always[] = {
        {"listen", listen_anywhere, NULL},
        {"a raw socket", open_raw_socket, NULL},
        {"packets", open_socket, "17"},
        {"a virtual machine's host", open_socket, "40"},
        {"the kernel's ciphers", open_socket, "38"},
        {"Bluetooth", open_socket, "31"},
        {"CAN", open_socket, "29"},
        {"TIPC", open_socket, "30"},
        {"XDP", open_socket, "44"},
        {"RDS", open_socket, "21"},
        {"SMC", open_socket, "43"},
        {"multipath TCP", connect_by_mptcp, "127.0.0.1"},
        {"connecting by sending", send_to_http, "127.0.0.1"},
    };
    const Attempt by_ports[] = {
        {"EC2's metadata", connect_to_http, "169.254.169.254"},
        {"ECS's credentials", connect_to_http, "169.254.170.2"},
        {"EKS's credentials", connect_to_http, "169.254.170.23"},
        {"Alibaba's metadata", connect_to_http, "100.100.100.200"},
        {"EC2's metadata", connect_ipv6, "fd00:ec2::254"},
        {"EC2's metadata", connect_ipv6, "::ffff:169.254.169.254"},
        {"this host", connect_to_http, "127.0.0.1"},
        {"this host", connect_ipv6, "::1"},
        {"this host's shell", connect_to_shell, "127.0.0.1"},
        {"a server", connect_to_http, "192.0.2.1"},
        {"a port of its own", bind_port, "127.0.0.1"},
    };

    attempts_expect_refused(enter, always, G_N_ELEMENTS(always));
    if (landlock_abi() >= LANDLOCK_ABI_NETWORK)
        attempts_expect_refused(enter, by_ports, G_N_ELEMENTS(by_ports));
}

/* The kernel */

static int call(const char *name)
{
    const int number = seccomp_syscall_resolve_name(name);

    return attempt_failure(syscall(number, -1, 0, 0, 0, 0, 0));
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

Test(worker_inside, the_kernels_machinery_is_refused)
{
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
        "vhangup",
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
    attempts_expect_refused(enter, attempts, n);
}
