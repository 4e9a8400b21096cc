#include <criterion/criterion.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/process.h"

#define CHILD TEST_BIN "/concurrent_test_child"

static Process *new_child(const char *mode, const char *arg, ProcessStdio stdio)
{
    const char *args[] = {mode, arg, NULL};
    const char *env[] = {"A=1", NULL};
    ProcessOptions options = {
        .name = "child", .executable = CHILD, .args = args, .env = env, .daemon = TRUE, .stdio = stdio};

    return process_new(&options);
}

static int exitcode_of(const char *mode, const char *arg, ProcessStdio stdio)
{
    g_autoptr(Process) process = new_child(mode, arg, stdio);
    int exitcode = -1000;

    cr_assert(process_start(process, NULL));
    cr_assert(process_join(process, CLOCK_FOREVER));
    cr_assert(process_exitcode(process, &exitcode));
    return exitcode;
}

Test(process, life_from_before_start_to_after_terminate)
{
    g_autoptr(Process) process = new_child("sleep", NULL, PROCESS_STDIO_INHERIT);
    g_autoptr(GError) error = NULL;
    g_autofree char *end = NULL;
    int exitcode;

    cr_assert_not(process_is_alive(process));
    cr_assert_not(process_exitcode(process, &exitcode));
    cr_assert(process_start(process, &error));
    cr_assert(process_is_alive(process));
    cr_assert_gt(process_pid(process), 0);
    cr_assert_not(process_exitcode(process, &exitcode));
    cr_assert_not(process_join(process, 20 * CLOCK_US_PER_MS), "it sleeps");
    cr_assert_not(process_start(process, &error), "starting twice is an error");
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    process_terminate(process);
    cr_assert(process_join(process, CLOCK_FOREVER));
    cr_assert_not(process_is_alive(process));
    cr_assert(process_exitcode(process, &exitcode));
    cr_assert_eq(exitcode, -SIGTERM);
    end = process_describe_end(process);
    cr_assert_str_eq(end, "was killed by SIGTERM");
}

Test(process, exit_status)
{
    cr_assert_eq(exitcode_of("exit", "0", PROCESS_STDIO_INHERIT), 0);
    cr_assert_eq(exitcode_of("exit", "42", PROCESS_STDIO_CAPTURE), 42);
}

Test(process, inherits_nothing_but_stdio_and_channel)
{
    cr_assert_eq(exitcode_of("fds", NULL, PROCESS_STDIO_INHERIT), 0);
    cr_assert_eq(exitcode_of("fds", NULL, PROCESS_STDIO_CAPTURE), 0);
    cr_assert_eq(exitcode_of("fds", NULL, PROCESS_STDIO_PIPES), 0);
    cr_assert_eq(exitcode_of("env", NULL, PROCESS_STDIO_INHERIT), 0);
}

static void expect_output(int fd, const char *wanted)
{
    char text[100];
    gssize n = read(fd, text, sizeof text);

    cr_assert_eq(n, (gssize)strlen(wanted));
    cr_assert_eq(memcmp(text, wanted, strlen(wanted)), 0);
    cr_assert_eq(read(fd, text, sizeof text), 0, "the child's end is open in this process too");
    close(fd);
}

Test(process, output_through_pipes)
{
    const char *args[] = {"-c", "read line; echo out; echo err >&2", NULL};
    g_autoptr(Process) process = process_new(&(ProcessOptions){
        .name = "sh", .executable = "/bin/sh", .args = args, .daemon = TRUE, .stdio = PROCESS_STDIO_PIPES});
    g_autoptr(Process) quiet = new_child("exit", "0", PROCESS_STDIO_INHERIT);
    int out;

    cr_assert(process_start(process, NULL));
    cr_assert(process_join(process, CLOCK_FOREVER));
    out = process_steal_output(process, STDOUT_FILENO);
    cr_assert_eq(process_steal_output(process, STDOUT_FILENO), -1);
    expect_output(out, "out\n");
    expect_output(process_steal_output(process, STDERR_FILENO), "err\n");
    cr_assert_eq(process_steal_output(quiet, STDOUT_FILENO), -1);
}

Test(process, blocked_signals_are_not_inherited)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    cr_assert_eq(exitcode_of("mask", NULL, PROCESS_STDIO_INHERIT), 0);
}

static char *own_oom_score_adj(void)
{
    g_autofree char *text = NULL;

    cr_assert(g_file_get_contents("/proc/self/oom_score_adj", &text, NULL, NULL));
    return g_strdup(g_strstrip(text));
}

/* The child is started as after a sandbox has closed, where no file can be opened: with a descriptor opened
 * before. */
Test(process, an_expendable_child_is_ended_first_when_memory_runs_out)
{
    const char *of_child[] = {"oom-score", "1000", NULL};
    g_autofree char *before = own_oom_score_adj();
    g_autofree char *after = NULL;
    ProcessOptions options = {
        .name = "child", .executable = CHILD, .args = of_child, .daemon = TRUE, .expendable = TRUE};

    for (guint i = 0; i < 2; i++) {
        g_autoptr(Process) process = process_new(&options);
        int exitcode = -1;

        cr_assert(process_start(process, NULL));
        cr_assert(process_join(process, CLOCK_FOREVER));
        cr_assert(process_exitcode(process, &exitcode));
        cr_expect_eq(exitcode, 0);
    }
    after = own_oom_score_adj();
    cr_expect_str_eq(after, before);
    cr_expect_eq(exitcode_of("oom-score", before, PROCESS_STDIO_INHERIT), 0, "others are as their parent");
}

Test(process, an_executable_that_cannot_run_is_an_error_at_start)
{
    ProcessOptions options = {.name = "x", .executable = "/nonexistent/program", .daemon = TRUE};
    g_autoptr(Process) process = process_new(&options);
    g_autoptr(GError) error = NULL;

    cr_assert_not(process_start(process, &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert_not_null(strstr(error->message, "/nonexistent/program"));
    cr_assert_not(process_is_alive(process));
}

Test(process, free_kills_a_daemon)
{
    Process *process = new_child("sleep", NULL, PROCESS_STDIO_INHERIT);
    pid_t pid;

    cr_assert(process_start(process, NULL));
    pid = process_pid(process);
    process_free(process);
    cr_assert_neq(kill(pid, 0), 0);
}

static void set_flag(Process *process, void *data)
{
    cr_assert_not(process_is_alive(process));
    *(gboolean *)data = TRUE;
}

Test(process, watch_tells_of_its_end)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Process) process = new_child("sleep", NULL, PROCESS_STDIO_INHERIT);
    gboolean ended = FALSE;

    cr_assert(process_start(process, NULL));
    process_watch(process, context, set_flag, &ended);
    process_kill(process);
    while (!ended)
        g_main_context_iteration(context, TRUE);
}

/* A process between this one and the child starts the child and is killed: the child must end within a
 * second. */
Test(process, a_daemon_dies_with_its_killed_parent)
{
    int report[2];
    pid_t middle, child = 0;
    gint64 deadline;

    cr_assert_eq(pipe(report), 0);
    middle = fork();
    if (middle == 0) {
        Process *process = new_child("sleep", NULL, PROCESS_STDIO_INHERIT);
        pid_t pid;

        if (!process_start(process, NULL))
            _exit(1);
        pid = process_pid(process);
        if (write(report[1], &pid, sizeof pid) != (ssize_t)sizeof pid)
            _exit(1);
        for (;;)
            pause();
    }
    cr_assert_eq(read(report[0], &child, sizeof child), (ssize_t)sizeof child);
    cr_assert_eq(kill(child, 0), 0);
    kill(middle, SIGKILL);
    waitpid(middle, NULL, 0);
    deadline = clock_now_us() + CLOCK_US_PER_S;
    while (clock_now_us() < deadline) {
        g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", child);
        g_autofree char *text = NULL;
        gsize size = 0;

        if (!g_file_get_contents(path, &text, &size, NULL) || size == 0)
            return; /* gone, or a zombie that its new parent has not reaped */
        g_usleep(5000);
    }
    cr_assert_fail("the child outlived its parent by a second");
}

Test(process, memory_beyond_the_limit_is_not_to_be_had)
{
    ProcessOptions options = {
        .name = "child", .executable = CHILD, .daemon = TRUE, .address_space_bytes = 1 << 20};
    g_autoptr(Process) process = process_new(&options);
    int exitcode = 0;

    /* not even its libraries fit: exec or the loader fails */
    if (process_start(process, NULL)) {
        cr_assert(process_join(process, CLOCK_FOREVER));
        cr_assert(process_exitcode(process, &exitcode));
        cr_assert_neq(exitcode, 0);
    }
}

/* A process with a target. Takes ownership of args and fds. */
static Process *new_target(const char *target, GVariant *args, FdList *fds)
{
    return process_new(&(ProcessOptions){.name = target,
                                         .executable = CHILD,
                                         .stdio = PROCESS_STDIO_CAPTURE,
                                         .target = target,
                                         .target_args = args,
                                         .target_fds = fds});
}

static int exitcode_of_target(Process *process)
{
    int exitcode = -1000;

    cr_assert(process_start(process, NULL));
    cr_assert(process_join(process, CLOCK_FOREVER));
    cr_assert(process_exitcode(process, &exitcode));
    return exitcode;
}

Test(process, a_target_that_returns_fails_or_leaves)
{
    g_autoptr(Process) returns = new_target("square", g_variant_new("(x)", (gint64)3), NULL);
    g_autoptr(Process) fails = new_target("fail", g_variant_new("(s)", "no such page"), NULL);
    g_autoptr(Process) leaves = new_target("leave", g_variant_new_int32(9), NULL);
    g_autoptr(Process) dies = new_target("die", g_variant_new("(i)", SIGABRT), NULL);
    g_autofree char *words = NULL;

    cr_assert_eq(exitcode_of_target(returns), 0);
    cr_assert_eq(exitcode_of_target(fails), 1);
    words = process_last_words(fails);
    cr_assert_str_eq(words, "fail: no such page");
    cr_assert_eq(exitcode_of_target(leaves), 9);
    cr_assert_eq(exitcode_of_target(dies), -SIGABRT);
    cr_assert_eq(process_steal_channel(returns), -1);
}

Test(process, a_target_that_is_unknown_or_takes_something_else_fails)
{
    g_autoptr(Process) unknown = new_target("sqare", NULL, NULL);
    g_autoptr(Process) other = new_target("square", g_variant_new_string("3"), NULL);
    g_autofree char *unknown_words = NULL;
    g_autofree char *other_words = NULL;

    cr_assert_eq(exitcode_of_target(unknown), 1);
    unknown_words = process_last_words(unknown);
    cr_assert_str_eq(unknown_words, "sqare: no target named sqare");
    cr_assert_eq(exitcode_of_target(other), 1);
    other_words = process_last_words(other);
    cr_assert_str_eq(other_words, "square: square takes (x), not s");
}

Test(process, a_target_is_given_descriptors_and_large_arguments)
{
    FdList *fds = fd_list_new();
    int fd = memfd_create("t", MFD_CLOEXEC);
    g_autofree char *text = g_strnfill(300000, 'x');
    g_autoptr(Process) process = NULL;

    fd_list_append(fds, dup(fd));
    process = new_target("write_fd", g_variant_new("(sh)", text, 0), fds);
    cr_assert_eq(exitcode_of_target(process), 0);
    cr_assert_eq(lseek(fd, 0, SEEK_END), 300000);
    close(fd);
}

Test(process, arguments_that_cannot_cross_are_refused_at_the_start)
{
    g_autoptr(Process) process = new_target("write_fd", g_variant_new("(sh)", "hello", 1), NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_not(process_start(process, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_str_eq(error->message, "write_fd: handle 1, but 0 descriptors go with it");
    cr_assert_eq(process_pid(process), 0);
}
