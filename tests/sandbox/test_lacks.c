/* A sandbox with a layer unavailable, and calls that it denies although no rule names them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "confined.h"
#include "sandbox/sandbox.h"
#include "without_calls.h"

static const char *const no_landlock[] = {"landlock_create_ruleset", NULL};
static const char *const half_landlock[] = {"landlock_restrict_self", NULL};
static const char *const no_seccomp[] = {"seccomp", NULL};

/* The conditions in a child, and the expected results. */
static struct {
    const char *const *calls;
    int code;
    const char *lacks;
    int expected; /* result of opening a file with the available layers */
} lack;

/* With SANDBOX_REQUIRED: refused, with an error text that names the layer. */
static int refuses(void)
{
    SandboxState state = {0};
    GError *error = NULL;

    if (!without_calls(lack.calls, lack.code))
        return 1;
    if (sandbox_enter(SANDBOX_REQUIRED, &state, &error))
        return 2;
    return error_class(error) == ERROR_CONFIG && strstr(error->message, lack.lacks) != NULL ? 0 : 3;
}

static int goes_on(void)
{
    SandboxState state = {0};
    g_autofree char *lacks = NULL;

    if (!without_calls(lack.calls, lack.code) || !sandbox_enter(SANDBOX_BEST_EFFORT, &state, NULL))
        return 1;
    lacks = sandbox_lacks(&state);
    if (lacks == NULL || strstr(lacks, lack.lacks) == NULL)
        return 2;
    return confined_open_file() == lack.expected ? 0 : 3;
}

static void expect_lack(const char *const *calls, int code, const char *lacks, int expected)
{
    lack.calls = calls;
    lack.code = code;
    lack.lacks = lacks;
    lack.expected = expected;
    cr_expect_eq(confined_run(refuses, FALSE), 0, "required: %s", lacks);
    cr_expect_eq(confined_run(goes_on, FALSE), 0, "best effort: %s", lacks);
}

Test(lacks, a_layer_that_is_forbidden_is_named)
{
    expect_lack(no_landlock, ENOSYS, "Landlock (Function not implemented)", EACCES);
    expect_lack(no_landlock, EPERM, "Landlock (Operation not permitted)", EACCES);
    expect_lack(half_landlock, EPERM, "Landlock (Operation not permitted)", EACCES);
    expect_lack(no_seccomp, EPERM, "seccomp (", EACCES);
    expect_lack(no_seccomp, EINVAL, "seccomp (", EACCES);
}

static int lacks_both(void)
{
    static const char *const both[] = {"landlock_create_ruleset", "seccomp", NULL};
    SandboxState state = {0};
    g_autofree char *lacks = NULL;

    if (!without_calls(both, EPERM) || !sandbox_enter(SANDBOX_BEST_EFFORT, &state, NULL))
        return 1;
    lacks = sandbox_lacks(&state);
    if (lacks == NULL || !g_str_has_prefix(lacks, "seccomp (") || strstr(lacks, " and no Landlock (") == NULL)
        return 2;
    return confined_open_file();
}

Test(lacks, without_both_layers_files_can_be_opened)
{
    cr_expect_eq(confined_run(lacks_both, FALSE), 0);
}

static void *open_file(void *data)
{
    *(int *)data = confined_open_file();
    return NULL;
}

/* Without seccomp, a thread that is created after entering the sandbox. */
static int younger_thread(void)
{
    SandboxState state = {0};
    pthread_t thread;
    int result = 0;

    if (!without_calls(no_seccomp, EPERM) || !sandbox_enter(SANDBOX_BEST_EFFORT, &state, NULL) ||
        state.landlock_errno != 0 || pthread_create(&thread, NULL, open_file, &result) != 0)
        return 1;
    pthread_join(thread, NULL);
    return result;
}

static int started[2];

static void *wait_then_open(void *data)
{
    char byte;

    return read(started[0], &byte, 1) == 1 ? open_file(data) : NULL;
}

/* A thread that is created earlier can open files: so Landlock is reported as not in force. */
static int older_thread(void)
{
    SandboxState state = {0};
    pthread_t thread;
    int result = -1;

    if (pipe(started) != 0 || pthread_create(&thread, NULL, wait_then_open, &result) != 0 ||
        !without_calls(no_seccomp, EPERM) || !sandbox_enter(SANDBOX_BEST_EFFORT, &state, NULL) ||
        write(started[1], "x", 1) != 1)
        return 97;
    pthread_join(thread, NULL);
    return result == 0 ? state.landlock_errno : 98;
}

Test(lacks, without_seccomp_landlock_is_in_force_for_all_threads_or_not_at_all)
{
    int younger = confined_run(younger_thread, FALSE), older = confined_run(older_thread, FALSE);

    cr_expect(WIFEXITED(younger) && WEXITSTATUS(younger) == EACCES, "status 0x%x", younger);
    cr_expect(WIFEXITED(older) && WEXITSTATUS(older) == EBUSY, "status 0x%x", older);
}

static int is_complete(void)
{
    SandboxState state = {.seccomp_errno = 1, .landlock_errno = 1};

    if (!sandbox_enter(SANDBOX_REQUIRED, &state, NULL))
        return 1;
    return state.seccomp_errno == 0 && state.landlock_errno == 0 && state.landlock_abi > 0 &&
                   sandbox_lacks(&state) == NULL
               ? 0
               : 2;
}

Test(lacks, nothing_where_all_is_there)
{
    cr_expect_eq(confined_run(is_complete, FALSE), 0);
}

/* Unexpected calls */

/* Returns 0 if sandbox_take_denied() returns these names, and afterwards nothing. */
static int expect_denied(const char *names)
{
    g_autofree char *taken = sandbox_take_denied();
    g_autofree char *again = sandbox_take_denied();

    return g_strcmp0(taken, names) == 0 && again == NULL ? 0 : 1;
}

static int denied_call(void)
{
    if (expect_denied(NULL) != 0)
        return 1;
    if (syscall(SYS_sync) != -1 || errno != EPERM)
        return 2;
    if (expect_denied("sync") != 0)
        return 3;
    if (syscall(SYS_sync) != -1 || errno != EPERM || syscall(SYS_getpgid, 0) != -1)
        return 4;
    for (guint i = 0; i < 2; i++) { /* each name once, also in a repeated call */
        g_autofree char *all = sandbox_denied();

        if (g_strcmp0(all, "getpgid, sync") != 0 && g_strcmp0(all, "sync, getpgid") != 0)
            return 6;
    }
    return expect_denied("getpgid, sync") == 0 || expect_denied("sync, getpgid") == 0 ? 0 : 5;
}

/* ENOSYS, which the C library expects of a kernel that is older than itself. */
static int unknown_call(void)
{
    if (syscall(1000) != -1 || errno != ENOSYS)
        return 1;
    return expect_denied("1000");
}

static int expected_refusal(void)
{
    if (confined_open_file() != EACCES || fork() != -1)
        return 1;
    return expect_denied(NULL);
}

Test(lacks, unexpected_calls_fail_and_are_named)
{
    confined_expect_exit(denied_call, 0, "sync");
    confined_expect_exit(unknown_call, 0, "number 1000");
    confined_expect_exit(expected_refusal, 0, "open, fork");
}

static int words[2];

static int abort_of_it(void)
{
    if (dup2(words[1], STDERR_FILENO) < 0 || !sandbox_enter(SANDBOX_REQUIRED, &(SandboxState){0}, NULL))
        return NO_SANDBOX;
    if (syscall(SYS_sync) != 0 && syscall(SYS_sync) != 0)
        abort();
    return 0;
}

/* The message is printed once, however often the call is made. */
Test(lacks, who_dies_of_a_denied_call_has_named_it)
{
    static const char expected[] = "system call 'sync' is not allowed by the sandbox\n";
    char text[200] = "";
    int status;

    cr_assert_eq(pipe(words), 0);
    status = confined_run(abort_of_it, FALSE);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status 0x%x", status);
    cr_expect_eq(read(words[0], text, sizeof text - 1), (gssize)sizeof expected - 1);
    cr_expect_str_eq(text, expected);
}
