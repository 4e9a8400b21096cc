/* Tests what the sandbox forbids; each case runs in a child in the sandbox. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confined.h"
#include "sandbox/sandbox.h"

/* A descriptor that a child has since before it enters the sandbox. */
static int inherited = -1;

static int create_file(void)
{
    return confined_failure(open("/tmp/thumbmill-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int stat_file(void)
{
    struct stat st;

    return confined_failure(stat("/etc/passwd", &st));
}

/* In spite of the flag, the kernel follows a path that is not empty; a filter cannot see the path. */
static int stat_file_by_empty_path(void)
{
    struct stat st;

    return confined_failure(syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, AT_EMPTY_PATH));
}

static int statx_file_by_empty_path(void)
{
    char st[256];

    return confined_failure(syscall(SYS_statx, AT_FDCWD, "/etc/passwd", AT_EMPTY_PATH, 0x7ff, st));
}

static int stat_descriptor(void)
{
    struct stat st = {0};
    struct stat64 st64 = {0};

    if (fstat(STDIN_FILENO, &st) != 0 || fstat64(STDIN_FILENO, &st64) != 0)
        return errno;
    return st.st_ino == st64.st_ino && st.st_mode == st64.st_mode ? 0 : 1;
}

/* GLib stands for all libraries: it maps a file from a descriptor, whose size it gets from fstat(). */
static int stat_descriptor_by_library(void)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new_from_fd(inherited, FALSE, NULL);

    return file != NULL && g_mapped_file_get_length(file) == 5 ? 0 : 1;
}

static int unlink_file(void)
{
    return confined_failure(unlink("/tmp/thumbmill-sandbox-test"));
}

static int read_link(void)
{
    char target[100];

    return confined_failure(readlink("/proc/self/exe", target, sizeof target));
}

Test(denied, no_files_by_name)
{
    cr_assert_eq(confined_run(confined_open_file, FALSE), 0, "works outside");
    confined_expect_exit(confined_open_file, EACCES, "openat");
    confined_expect_exit(create_file, EACCES, "create");
    confined_expect_exit(stat_file, EACCES, "stat");
    confined_expect_exit(unlink_file, EACCES, "unlink");
    confined_expect_exit(read_link, EACCES, "readlink");
}

Test(denied, stat_is_of_descriptors_only)
{
    cr_assert_eq(confined_run(stat_file_by_empty_path, FALSE), 0, "works outside");
    cr_assert_eq(confined_run(statx_file_by_empty_path, FALSE), 0, "works outside");
    confined_expect_exit(stat_file_by_empty_path, EACCES, "newfstatat with AT_EMPTY_PATH");
    confined_expect_exit(statx_file_by_empty_path, EACCES, "statx with AT_EMPTY_PATH");
    confined_expect_exit(stat_descriptor, 0, "fstat");
    inherited = memfd_create("file", MFD_CLOEXEC);
    cr_assert_eq(write(inherited, "bytes", 5), 5);
    confined_expect_exit(stat_descriptor_by_library, 0, "fstat of a library");
    close(inherited);
}

static int open_socket(int domain)
{
    return confined_failure(socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int open_inet(void)
{
    return open_socket(AF_INET);
}

static int open_unix(void)
{
    return open_socket(AF_UNIX);
}

static int open_netlink(void)
{
    return open_socket(AF_NETLINK);
}

/* With a socket that was created before entering the sandbox. */
static int connect_inherited(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return confined_failure(connect(inherited, (struct sockaddr *)&address, sizeof address));
}

static int send_to_address(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return confined_failure(sendto(inherited, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
}

Test(denied, no_network)
{
    cr_assert_eq(confined_run(open_inet, FALSE), 0, "works outside");
    confined_expect_exit(open_inet, EACCES, "socket(AF_INET)");
    confined_expect_exit(open_unix, EACCES, "socket(AF_UNIX)");
    confined_expect_exit(open_netlink, EACCES, "socket(AF_NETLINK)");
    inherited = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(inherited, 0);
    cr_assert_eq(confined_run(send_to_address, FALSE), 0, "works outside");
    confined_expect_exit(connect_inherited, EACCES, "connect");
    confined_expect_exit(send_to_address, EPERM, "sendto");
    close(inherited);
}

static int fork_child(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return confined_failure(pid);
}

static int clone3_child(void)
{
    char args[64] = {0};

    return confined_failure(syscall(SYS_clone3, args, sizeof args));
}

static int signal_parent(void)
{
    return confined_failure(kill(getppid(), 0));
}

static int raise_own_limit(void)
{
    struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};

    return confined_failure(setrlimit(RLIMIT_CORE, &limit));
}

static int become_dumpable(void)
{
    return confined_failure(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int own_a_descriptor(void)
{
    return confined_failure(fcntl(0, F_SETOWN, 1));
}

Test(denied, no_processes_no_signals)
{
    cr_assert_eq(confined_run(fork_child, FALSE), 0, "works outside");
    confined_expect_exit(fork_child, EPERM, "fork");
    confined_expect_exit(clone3_child, ENOSYS, "clone3");
    confined_expect_exit(signal_parent, EPERM, "kill");
    confined_expect_exit(raise_own_limit, EPERM, "setrlimit");
    confined_expect_exit(become_dumpable, EPERM, "PR_SET_DUMPABLE");
    confined_expect_exit(own_a_descriptor, EPERM, "F_SETOWN");
#ifdef SYS_vfork
#endif
}

static int exec_program(void)
{
    char *argv[] = {(char *)(guintptr) "/bin/true", NULL};

    execv("/bin/true", argv);
    return errno;
}

static int exec_descriptor(void)
{
    return confined_failure(syscall(SYS_execveat, 3, "", NULL, NULL, AT_EMPTY_PATH));
}

static int trace_parent(void)
{
    return confined_failure(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int read_parent(void)
{
    return confined_failure(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}

static int new_namespace(void)
{
    return confined_failure(unshare(CLONE_NEWUSER));
}

static int set_up_io_uring(void)
{
    return confined_failure(syscall(SYS_io_uring_setup, 1, NULL));
}

static int call_bpf(void)
{
    return confined_failure(syscall(SYS_bpf, 0, NULL, 0));
}

static int add_key(void)
{
    return confined_failure(syscall(SYS_add_key, "user", "a", "b", 1, -3));
}

Test(denied, deadly_calls_kill)
{
    cr_assert_eq(confined_run(exec_program, FALSE), 0, "works outside");
    confined_expect_killed(exec_program, "execve");
    confined_expect_killed(exec_descriptor, "execveat");
    confined_expect_killed(trace_parent, "ptrace");
    confined_expect_killed(read_parent, "process_vm_readv");
    confined_expect_killed(new_namespace, "unshare");
    confined_expect_killed(set_up_io_uring, "io_uring_setup");
    confined_expect_killed(call_bpf, "bpf");
    confined_expect_killed(add_key, "add_key");
}

/* 64-bit Arm only has the newer calls, such as openat. */
#if defined(SYS_open) && defined(SYS_vfork)
static int open_by_syscall(void)
{
    return confined_failure(syscall(SYS_open, "/etc/passwd", O_RDONLY));
}

static int vfork_child(void)
{
    return confined_failure(syscall(SYS_vfork));
}

Test(denied, older_calls)
{
    confined_expect_exit(open_by_syscall, EACCES, "open");
    confined_expect_exit(vfork_child, EPERM, "vfork");
}
#endif

#if defined(__x86_64__)
/* The same kernel's 32-bit calls: int 0x80, 5 is open. */
static int old_interface(void)
{
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(5), "b"(0), "c"(0), "d"(0) : "memory");
    return (int)-result;
}

/* A kernel without 32-bit emulation does not have this interface: SIGSEGV, in the sandbox or not. */
Test(denied, other_architectures_kill)
{
    int outside;

    (void)signal(SIGSEGV, SIG_DFL); /* the address sanitizer would turn it into an exit */
    outside = confined_run(old_interface, FALSE);

    if (WIFSIGNALED(outside) && WTERMSIG(outside) == SIGSEGV)
        cr_expect_eq(confined_run(old_interface, TRUE), outside);
    else
        confined_expect_killed(old_interface, "int 0x80");
}
#endif

static int started[2];
static int verdict[2];

static void *wait_then_open(void *data)
{
    char byte;
    int result = 0;

    (void)data;
    if (read(started[0], &byte, 1) == 1)
        result = confined_open_file();
    if (write(verdict[1], &result, sizeof result) != sizeof result)
        _exit(98);
    return NULL;
}

/* The thread is created before the sandbox is entered, and the filter still covers it. */
static int older_thread(void)
{
    pthread_t thread;
    int result = -1;

    if (pipe(started) != 0 || pipe(verdict) != 0 || pthread_create(&thread, NULL, wait_then_open, NULL) != 0)
        return 97;
    if (!sandbox_enter(SANDBOX_REQUIRED, &(SandboxState){0}, NULL))
        return NO_SANDBOX;
    if (write(started[1], "x", 1) != 1 || read(verdict[0], &result, sizeof result) != sizeof result)
        return 96;
    pthread_join(thread, NULL);
    return result;
}

Test(denied, covers_threads_that_exist)
{
    int status = confined_run(older_thread, FALSE);

    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EACCES, "status 0x%x", status);
}
