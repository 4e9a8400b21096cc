#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "concurrent/orphans.h"
#include "concurrent/process.h"

#define CHILD TEST_BIN "/concurrent_test_child"

/* Only a process that is killed in vain takes so long. */
#define PATIENCE_US (30 * CLOCK_US_PER_S)

static Process *start_child(const char *mode, gboolean own_session)
{
    const char *args[] = {mode, NULL};
    Process *process = process_new(&(ProcessOptions){
        .name = "child", .executable = CHILD, .args = args, .daemon = TRUE, .own_session = own_session});

    cr_assert(process_start(process, NULL));
    return process;
}

static gboolean has_children(void)
{
    return waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static void iterate_until_childless(GMainContext *context)
{
    const gint64 end_us = clock_now_us() + PATIENCE_US;

    while (has_children() && clock_now_us() < end_us) {
        g_main_context_iteration(context, FALSE);
        g_usleep(1000);
    }
    cr_assert_not(has_children());
}

static void expect_exitcode(Process *process, int expected)
{
    int exitcode;

    cr_assert(process_exitcode(process, &exitcode));
    cr_assert_eq(exitcode, expected);
}

Test(orphans, are_reaped_and_own_children_keep_their_exit_code)
{
    GMainContext *context = g_main_context_new();
    GSource *orphans = orphans_adopt(context, NULL);
    g_autoptr(Process) process = start_child("orphan", FALSE);

    cr_assert_not_null(orphans);
    iterate_until_childless(context);
    expect_exitcode(process, 6);
    orphans_release(orphans);
    g_main_context_unref(context);
}

Test(orphans, of_a_session_are_killed)
{
    GMainContext *context = g_main_context_new();
    GSource *orphans = orphans_adopt(context, NULL);
    g_autoptr(Process) process = start_child("leave-behind", TRUE);

    iterate_until_childless(context);
    expect_exitcode(process, 5);
    orphans_release(orphans);
    g_main_context_unref(context);
}

Test(orphans, of_a_killed_leader_are_killed)
{
    GMainContext *context = g_main_context_new();
    GSource *orphans = orphans_adopt(context, NULL);
    g_autoptr(Process) process = start_child("leave-behind-and-wait", TRUE);

    g_main_context_iteration(context, FALSE);
    cr_assert(process_is_alive(process));
    process_kill(process);
    iterate_until_childless(context);
    expect_exitcode(process, -SIGKILL);
    orphans_release(orphans);
    g_main_context_unref(context);
}

Test(orphans, of_a_session_are_killed_before_their_release_ends)
{
    GMainContext *context = g_main_context_new();
    GSource *orphans = orphans_adopt(context, NULL);

    for (int i = 0; i < 3; i++) {
        Process *process = start_child("leave-waiting", TRUE);

        cr_assert(process_join(process, CLOCK_FOREVER));
        process_free(process);
    }
    cr_assert(has_children());
    orphans_release(orphans);
    cr_assert_not(has_children());
    g_main_context_unref(context);
}

Test(orphans, of_other_sessions_are_left_alone)
{
    GMainContext *context = g_main_context_new();
    GSource *orphans = orphans_adopt(context, NULL);
    g_autoptr(Process) other = start_child("leave-waiting", FALSE);
    g_autoptr(Process) process = start_child("leave-behind", TRUE);
    siginfo_t info = {0};

    cr_assert(process_join(other, CLOCK_FOREVER));
    cr_assert(process_join(process, CLOCK_FOREVER));
    orphans_release(orphans);
    cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), 0);
    cr_assert_eq(info.si_pid, 0, "it lives");
    cr_assert_eq(kill(-process_pid(other), SIGKILL), 0);
    cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED), 0);
    cr_assert_not(has_children());
    g_main_context_unref(context);
}
