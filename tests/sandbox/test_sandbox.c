/* Tests what works in the sandbox, and its layers. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "confined.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"
#include "tests/sanitizer.h"

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

/* Sends a descriptor and receives a message, as the imager does. */
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
    blob_add_spare(memfd_create("spare", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    blob_use_spares();
    confined_expect_exit(use_channel, 0, "channel");
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

/* Runs a separate context: eventfd, poll, a timer. */
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

/* The code does not start the page: clang's -fsanitize=function reads what precedes a function. */
static int run_code(void)
{
    enum { AT = 64 };
    static const guint8 code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov eax, 42; ret */
    guint8 *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int (*function)(void);

    if (map == MAP_FAILED)
        return errno;
    memcpy(map + AT, code, sizeof code);
    memcpy(&function, &(guint8 *){map + AT}, sizeof function);
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

    confined_expect_exit(start_threads, 0, "threads");
    confined_expect_exit(run_main_loop, 0, "main loop");
    confined_expect_exit(use_memory, 0, "memory");
    if (sandbox_allows_jit())
        confined_expect_exit(run_code, 0, "code made at run time");
    status = confined_run(abort_myself, TRUE);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "abort(): status 0x%x", status);
}

static int jit_is_refused(void)
{
    /* PR_SET_MDWE (65, Linux 6.3), PR_MDWE_REFUSE_EXEC_GAIN: like systemd's MemoryDenyWriteExecute= */
    if (prctl(65, 1, 0, 0, 0) != 0)
        return 0;
    return sandbox_allows_jit() ? 1 : 0;
}

Test(sandbox, knows_when_code_cannot_be_made)
{
    cr_expect(sandbox_allows_jit());
    cr_expect_eq(confined_run(jit_is_refused, FALSE), 0);
}

/* Pipes between this process and a child, which waits while it is inspected. */
static int started[2];
static int verdict[2];

static int is_hardened(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1 && errno == EPERM ? 0 : 1;
}

static int enter_and_look(void)
{
    if (!sandbox_enter(SANDBOX_REQUIRED, &(SandboxState){0}, NULL))
        return NO_SANDBOX;
    return write(verdict[1], "x", 1) == 1 && read(started[0], &(char){0}, 1) == 1 ? 0 : 1;
}

/* Inspects the waiting child from outside, in /proc/PID/status. */
Test(sandbox, is_not_dumpable_and_filtered)
{
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    struct stat st;
    pid_t pid;
    char byte;
    int status;

    confined_expect_exit(is_hardened, 0, "prctl is closed");
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

/* Only the second layer. */
static int landlock_alone(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || landlock_confine(landlock_abi(), NULL) != 0)
        return NO_SANDBOX;
    return confined_open_file();
}

/* As on older kernels: every ABI version that this kernel supports. */
static int landlock_version;

static int landlock_of_version(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || landlock_confine(landlock_version, NULL) != 0)
        return NO_SANDBOX;
    return confined_open_file();
}

Test(sandbox, landlock_is_a_layer_of_its_own)
{
    int status;

    cr_expect_eq(landlock_confine(0, NULL), 0, "no Landlock is no failure");
    if (landlock_abi() == 0)
        cr_skip_test("this kernel has no Landlock");
    status = confined_run(landlock_alone, FALSE);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EACCES, "status 0x%x", status);
    for (landlock_version = 1; landlock_version <= landlock_abi(); landlock_version++) {
        status = confined_run(landlock_of_version, FALSE);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EACCES, "version %d: status 0x%x",
                  landlock_version, status);
    }
}

static int landlock_without_right(void)
{
    /* not as root, which may restrict itself without PR_SET_NO_NEW_PRIVS */
    return setresuid(65534, 65534, 65534) == 0 ? landlock_confine(landlock_abi(), NULL) : -1;
}

Test(sandbox, landlock_failure_is_an_error)
{
    int status;

    if (landlock_abi() == 0 || geteuid() != 0)
        cr_skip_test("needs Landlock and root");
    status = confined_run(landlock_without_right, FALSE);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == EPERM, "status 0x%x", status);
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
    /* a second call cannot raise a limit */
    limits.max_file_bytes = 5000;
    if (!sandbox_limits(&limits, NULL) || getrlimit(RLIMIT_FSIZE, &files) != 0 || files.rlim_max != 1000)
        return 6;
    return 0;
}

Test(sandbox, limits_hold)
{
    cr_expect_eq(confined_run(limits_hold, FALSE), 0);
}

#if !IS_SANITIZED
static int memory_limit_holds(void)
{
    SandboxLimits limits = {.max_data_bytes = 64 << 20};

    if (!sandbox_limits(&limits, NULL))
        return 1;
    return g_try_malloc(256 << 20) == NULL ? 0 : 2;
}

Test(sandbox, memory_limit_holds)
{
    cr_expect_eq(confined_run(memory_limit_holds, FALSE), 0);
}
#endif
