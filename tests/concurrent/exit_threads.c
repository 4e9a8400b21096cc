/* Tests how the end of a program treats its threads: it waits for non-daemon threads and for the tasks of
 * thread executors, but not for daemon threads. Each case runs in a process that is forked while this one has
 * a single thread. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "concurrent/thread.h"
#include "concurrent/thread_executor.h"

static char a[] = "a";
static char b[] = "b";
static int out; /* where the case reports what it has done */

static void say(const char *text)
{
    g_assert(fd_write_all(out, text, strlen(text)));
}

static void say_later(void *args)
{
    g_usleep(100000);
    say(args);
}

static void sleep_for_ever(void *args)
{
    (void)args;
    for (;;)
        pause();
}

static void start(gboolean daemon, ThreadTarget target, void *args)
{
    Thread *thread = thread_new(NULL, daemon, target, args);

    g_assert(thread_start(thread, NULL));
    thread_free(thread);
}

static void start_another(void *args)
{
    g_usleep(50000);
    start(FALSE, say_later, args);
}

static void exit_here(void *args)
{
    (void)args;
    exit(3); /* cannot wait for itself, and need not */
}

static void say_task(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)fds;
    (void)data;
    g_usleep(30000);
    say(g_variant_get_string(args, NULL));
    call_return(call, args, NULL);
}

static void case_waited_for(void)
{
    start(FALSE, say_later, a);
}

static void case_daemon(void)
{
    start(TRUE, sleep_for_ever, NULL);
}

static void case_started_meanwhile(void)
{
    start(FALSE, start_another, b);
}

static void case_exit_in_a_thread(void)
{
    start(FALSE, exit_here, NULL);
    sleep_for_ever(NULL);
}

static void case_executor(void)
{
    static const CallTarget targets[] = {{"say", "s", say_task}};
    const ThreadExecutorOptions options = {.max_workers = 1, .table = {targets, 1, NULL}};
    static Executor *executor; /* static, so that the leak check finds it reachable */

    executor = thread_executor_base(thread_executor_new(&options));
    for (int i = 0; i < 3; i++)
        future_unref(executor_submit(executor, "say", g_variant_new_string("c"), NULL, NULL));
}

static void check(void (*run)(void), const char *expected, int expected_status)
{
    g_autofree char *said = NULL;
    int ends[2];
    int status;
    pid_t pid;

    g_assert_cmpint(pipe(ends), ==, 0);
    pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        close(ends[0]);
        out = ends[1];
        run();
        exit(0);
    }
    close(ends[1]);
    said = fd_read_all(ends[0], 100, "pipe", NULL, NULL);
    close(ends[0]);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpstr(said, ==, expected);
    g_assert(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, expected_status);
}

int main(void)
{
    check(case_waited_for, "a", 0);
    check(case_daemon, "", 0);
    check(case_started_meanwhile, "b", 0);
    check(case_exit_in_a_thread, "", 3);
    check(case_executor, "ccc", 0);
    return 0;
}
