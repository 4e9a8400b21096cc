/* Each rule is broken by a child in the sandbox. A child reports by its exit status, because a failed
 * assertion in one would hang Criterion. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

#define NO_SANDBOX 99

typedef int (*ChildFunc)(void);

/* The wait status of func() in a child, in the sandbox or not. */
static int run(ChildFunc func, gboolean sandboxed)
{
    pid_t pid = fork();
    int status = -1;

    cr_assert_geq(pid, 0);
    if (pid == 0) {
        alarm(30);
        if (sandboxed && !sandbox_enter(SANDBOX_IMAGER, NULL))
            _exit(NO_SANDBOX);
        _exit(func());
    }
    while (waitpid(pid, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    return status;
}

static void expect_exit(ChildFunc func, int expected, const char *what)
{
    int status = run(func, TRUE);

    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == expected, "%s: status 0x%x, not exit %d", what,
              status, expected);
}

static void expect_killed(ChildFunc func, const char *what)
{
    int status = run(func, TRUE);

    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s: status 0x%x, not SIGSYS", what, status);
}

/* Of what failed, as an exit status; 0 when it worked. */
static int failure(long result)
{
    return result < 0 ? errno : 0;
}

static int open_file(void)
{
    return failure(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int open_by_syscall(void)
{
    return failure(syscall(SYS_open, "/etc/passwd", O_RDONLY));
}

static int create_file(void)
{
    return failure(open("/tmp/thumbmill-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int stat_file(void)
{
    struct stat st;

    return failure(stat("/etc/passwd", &st));
}

static int unlink_file(void)
{
    return failure(unlink("/tmp/thumbmill-sandbox-test"));
}

static int read_link(void)
{
    char target[100];

    return failure(readlink("/proc/self/exe", target, sizeof target));
}

Test(sandbox, no_files_by_name)
{
    cr_assert_eq(run(open_file, FALSE), 0, "works outside");
    expect_exit(open_file, EACCES, "openat");
    expect_exit(open_by_syscall, EACCES, "open");
    expect_exit(create_file, EACCES, "create");
    expect_exit(stat_file, EACCES, "stat");
    expect_exit(unlink_file, EACCES, "unlink");
    expect_exit(read_link, EACCES, "readlink");
}

static int open_socket(int domain)
{
    return failure(socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0));
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

static int inherited = -1;

/* With a socket that was made before. */
static int connect_inherited(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return failure(connect(inherited, (struct sockaddr *)&address, sizeof address));
}

static int send_to_address(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return failure(sendto(inherited, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
}

Test(sandbox, no_network)
{
    cr_assert_eq(run(open_inet, FALSE), 0, "works outside");
    expect_exit(open_inet, EACCES, "socket(AF_INET)");
    expect_exit(open_unix, EACCES, "socket(AF_UNIX)");
    expect_exit(open_netlink, EACCES, "socket(AF_NETLINK)");
    inherited = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(inherited, 0);
    cr_assert_eq(run(send_to_address, FALSE), 0, "works outside");
    expect_exit(connect_inherited, EACCES, "connect");
    expect_exit(send_to_address, EPERM, "sendto");
    close(inherited);
}

static int fork_child(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return failure(pid);
}

static int vfork_child(void)
{
    return failure(syscall(SYS_vfork));
}

static int clone3_child(void)
{
    char args[64] = {0};

    return failure(syscall(SYS_clone3, args, sizeof args));
}

static int signal_parent(void)
{
    return failure(kill(getppid(), 0));
}

static int raise_own_limit(void)
{
    struct rlimit limit = {.rlim_cur = 0, .rlim_max = 0};

    return failure(setrlimit(RLIMIT_CORE, &limit));
}

static int become_dumpable(void)
{
    return failure(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int own_a_descriptor(void)
{
    return failure(fcntl(0, F_SETOWN, 1));
}

Test(sandbox, no_processes_no_signals)
{
    cr_assert_eq(run(fork_child, FALSE), 0, "works outside");
    expect_exit(fork_child, EPERM, "fork");
    expect_exit(clone3_child, ENOSYS, "clone3");
    expect_exit(signal_parent, EPERM, "kill");
    expect_exit(raise_own_limit, EPERM, "setrlimit");
    expect_exit(become_dumpable, EPERM, "PR_SET_DUMPABLE");
    expect_exit(own_a_descriptor, EPERM, "F_SETOWN");
#ifdef SYS_vfork
    expect_exit(vfork_child, EPERM, "vfork");
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
    return failure(syscall(SYS_execveat, 3, "", NULL, NULL, AT_EMPTY_PATH));
}

static int trace_parent(void)
{
    return failure(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int read_parent(void)
{
    return failure(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}

static int new_namespace(void)
{
    return failure(unshare(CLONE_NEWUSER));
}

static int set_up_io_uring(void)
{
    return failure(syscall(SYS_io_uring_setup, 1, NULL));
}

static int call_bpf(void)
{
    return failure(syscall(SYS_bpf, 0, NULL, 0));
}

static int add_key(void)
{
    return failure(syscall(SYS_add_key, "user", "a", "b", 1, -3));
}

Test(sandbox, deadly_calls_kill)
{
    cr_assert_eq(run(exec_program, FALSE), 0, "works outside");
    expect_killed(exec_program, "execve");
    expect_killed(exec_descriptor, "execveat");
    expect_killed(trace_parent, "ptrace");
    expect_killed(read_parent, "process_vm_readv");
    expect_killed(new_namespace, "unshare");
    expect_killed(set_up_io_uring, "io_uring_setup");
    expect_killed(call_bpf, "bpf");
    expect_killed(add_key, "add_key");
}

#if defined(__x86_64__)
/* The 32-bit calls of the same kernel: int 0x80, 5 is open. */
static int old_interface(void)
{
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(5), "b"(0), "c"(0), "d"(0) : "memory");
    return (int)-result;
}

/* A kernel without 32-bit emulation knows no such interface: SIGSEGV, sandboxed or not. */
Test(sandbox, other_architectures_kill)
{
    int outside = run(old_interface, FALSE);

    if (WIFSIGNALED(outside) && WTERMSIG(outside) == SIGSEGV)
        cr_expect_eq(run(old_interface, TRUE), outside);
    else
        expect_killed(old_interface, "int 0x80");
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
        result = open_file();
    if (write(verdict[1], &result, sizeof result) != sizeof result)
        _exit(98);
    return NULL;
}

/* The thread exists before, and is confined by the filter nevertheless. */
static int older_thread(void)
{
    pthread_t thread;
    int result = -1;

    if (pipe(started) != 0 || pipe(verdict) != 0 || pthread_create(&thread, NULL, wait_then_open, NULL) != 0)
        return 97;
    if (!sandbox_enter(SANDBOX_IMAGER, NULL))
        return NO_SANDBOX;
    if (write(started[1], "x", 1) != 1 || read(verdict[0], &result, sizeof result) != sizeof result)
        return 96;
    pthread_join(thread, NULL);
    return result;
}

Test(sandbox, covers_threads_that_exist)
{
    int status = run(older_thread, FALSE);

    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EACCES, "status 0x%x", status);
}

static void *set_flag(void *data)
{
    *(int *)data = 1;
    return NULL;
}

static int start_threads(void)
{
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        int flag = 0;

        if (pthread_create(&thread, NULL, set_flag, &flag) != 0)
            return 1;
        pthread_join(thread, NULL);
        if (flag != 1)
            return 2;
    }
    return 0;
}

static int channel[2];

/* A descriptor out and a message in, as the imager has them. */
static int use_channel(void)
{
    g_autoptr(Blob) blob = blob_new("test", 1000, NULL);
    char control[CMSG_SPACE(sizeof(int))] = {0};
    char text[] = "done";
    struct iovec part = {.iov_base = text, .iov_len = 4};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    struct pollfd ready = {.fd = channel[1], .events = POLLIN};
    int fd;

    if (poll(&ready, 1, 1000) != 1 || recv(channel[1], text, 4, 0) != 4 || memcmp(text, "work", 4) != 0)
        return 1;
    if (blob == NULL || !blob_append(blob, "result", 6, NULL) || !blob_rewind(blob, NULL) ||
        !blob_append(blob, "answer", 6, NULL) || !blob_seal(blob, NULL))
        return 2;
    fd = blob_fd(blob);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(channel[1], &message, MSG_NOSIGNAL) == 4 ? 0 : 3;
}

Test(sandbox, channel_and_blobs_work)
{
    char text[4];
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {.iov_base = text, .iov_len = 4};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    Blob *blob;
    int fd;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), 0);
    cr_assert_eq(send(channel[0], "work", 4, 0), 4);
    expect_exit(use_channel, 0, "channel");
    cr_assert_eq(recvmsg(channel[0], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC), 4);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    blob = blob_adopt(fd, 1000, NULL);
    cr_assert_not_null(blob);
    cr_expect_eq(blob_size(blob), 6);
    cr_expect_eq(memcmp(blob_data(blob), "answer", 6), 0);
    blob_unref(blob);
}

static gboolean quit(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

/* A context of its own: eventfd, poll, a timer. */
static int run_main_loop(void)
{
    GMainContext *context = g_main_context_new();
    GMainLoop *loop = g_main_loop_new(context, FALSE);
    GSource *source = g_timeout_source_new(5);

    g_source_set_callback(source, quit, loop, NULL);
    g_source_attach(source, context);
    g_main_loop_run(loop);
    g_source_unref(source);
    g_main_loop_unref(loop);
    g_main_context_unref(context);
    return 0;
}

static int run_code(void)
{
    static const guint8 code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov eax, 42; ret */
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int (*function)(void);

    if (map == MAP_FAILED)
        return errno;
    memcpy(map, code, sizeof code);
    memcpy(&function, &map, sizeof function);
#if defined(__x86_64__)
    return function() == 42 && sandbox_allows_jit() ? 0 : 1;
#else
    return 0;
#endif
}

static int use_memory(void)
{
    char *memory = g_try_malloc(64 << 20);

    if (memory == NULL)
        return 1;
    memset(memory, 1, 64 << 20);
    memory = g_try_realloc(memory, 128 << 20);
    g_free(memory);
    return memory == NULL;
}

static int abort_myself(void)
{
    abort();
}

Test(sandbox, what_it_needs_works)
{
    int status;

    expect_exit(start_threads, 0, "threads");
    expect_exit(run_main_loop, 0, "main loop");
    expect_exit(use_memory, 0, "memory");
    if (sandbox_allows_jit())
        expect_exit(run_code, 0, "code made at run time");
    status = run(abort_myself, TRUE);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "abort(): status 0x%x", status);
}

static int jit_is_refused(void)
{
    /* PR_SET_MDWE (65, Linux 6.3), PR_MDWE_REFUSE_EXEC_GAIN: as systemd's MemoryDenyWriteExecute= */
    if (prctl(65, 1, 0, 0, 0) != 0)
        return 0;
    return sandbox_allows_jit() ? 1 : 0;
}

Test(sandbox, knows_when_code_cannot_be_made)
{
    cr_expect(sandbox_allows_jit());
    cr_expect_eq(run(jit_is_refused, FALSE), 0);
}

static int is_hardened(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1 && errno == EPERM ? 0 : 1;
}

static int enter_and_look(void)
{
    if (!sandbox_enter(SANDBOX_IMAGER, NULL))
        return NO_SANDBOX;
    return write(verdict[1], "x", 1) == 1 && read(started[0], &(char){0}, 1) == 1 ? 0 : 1;
}

/* Seen from outside, in /proc/PID/status, while the child stands still. */
Test(sandbox, is_not_dumpable_and_filtered)
{
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    struct stat st;
    pid_t pid;
    char byte;
    int status;

    expect_exit(is_hardened, 0, "prctl is closed");
    cr_assert(pipe(started) == 0 && pipe(verdict) == 0);
    pid = fork();
    if (pid == 0)
        _exit(enter_and_look());
    cr_assert_eq(read(verdict[0], &byte, 1), 1);
    path = g_strdup_printf("/proc/%d/status", (int)pid);
    cr_expect(g_file_get_contents(path, &text, NULL, NULL));
    cr_expect(strstr(text, "NoNewPrivs:\t1") != NULL);
    cr_expect(strstr(text, "Seccomp:\t2") != NULL);
    cr_expect_eq(stat(path, &st), 0);
    cr_assert_eq(write(started[1], "x", 1), 1);
    waitpid(pid, &status, 0);
    cr_expect_eq(status, 0);
}

/* The second layer alone. */
static int landlock_alone(void)
{
    GError *error = NULL;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !landlock_forbid_all(landlock_abi(), &error))
        return NO_SANDBOX;
    return open_file();
}

/* As on older kernels: each version of the interface that this kernel still speaks. */
static int landlock_version;

static int landlock_of_version(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !landlock_forbid_all(landlock_version, NULL))
        return NO_SANDBOX;
    return open_file();
}

Test(sandbox, landlock_is_a_layer_of_its_own)
{
    int status;

    cr_expect(landlock_forbid_all(0, NULL), "no Landlock is no failure");
    if (landlock_abi() == 0)
        cr_skip_test("this kernel has no Landlock");
    status = run(landlock_alone, FALSE);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EACCES, "status 0x%x", status);
    for (landlock_version = 1; landlock_version <= landlock_abi(); landlock_version++) {
        status = run(landlock_of_version, FALSE);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EACCES, "version %d: status 0x%x",
                  landlock_version, status);
    }
}

static int landlock_without_right(void)
{
    GError *error = NULL;

    /* as nobody, because root may restrict itself without PR_SET_NO_NEW_PRIVS */
    if (setresuid(65534, 65534, 65534) != 0 || landlock_forbid_all(landlock_abi(), &error))
        return 1;
    return error_class(error) == ERROR_INTERNAL && strstr(error->message, "Landlock version") != NULL ? 0 : 2;
}

Test(sandbox, landlock_failure_is_an_error)
{
    if (landlock_abi() == 0 || geteuid() != 0)
        cr_skip_test("needs Landlock and root");
    cr_expect_eq(run(landlock_without_right, FALSE), 0);
}

static int limits_hold(void)
{
    SandboxLimits limits = {.max_file_bytes = 1000};
    struct rlimit core, files;
    g_autoptr(Blob) blob = blob_new("test", 100000, NULL);
    char bytes[2000] = {0};
    GError *error = NULL;

    if (!sandbox_limits(&limits, NULL))
        return 1;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 2;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > 256)
        return 3;
    if (!blob_append(blob, bytes, 1000, NULL))
        return 4;
    if (blob_append(blob, bytes, 1, &error) || error_class(error) != ERROR_INTERNAL)
        return 5;
    /* twice, and more is not given back */
    limits.max_file_bytes = 5000;
    if (!sandbox_limits(&limits, NULL) || getrlimit(RLIMIT_FSIZE, &files) != 0 || files.rlim_max != 1000)
        return 6;
    return 0;
}

Test(sandbox, limits_hold)
{
    cr_expect_eq(run(limits_hold, FALSE), 0);
}

#if !defined(__SANITIZE_ADDRESS__)
static int memory_limit_holds(void)
{
    SandboxLimits limits = {.max_data_bytes = 64 << 20};

    if (!sandbox_limits(&limits, NULL))
        return 1;
    return g_try_malloc(256 << 20) == NULL ? 0 : 2;
}

Test(sandbox, memory_limit_holds)
{
    cr_expect_eq(run(memory_limit_holds, FALSE), 0);
}
#endif
