/* Tests how many children a process executor has, and ending one of them. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor_tests.h"

TestSuite(process_executor_scale, .init = setup, .fini = teardown);

static guint count_state(const ProcessExecutor *executor, ChildState state)
{
    g_autoptr(GArray) children = process_executor_status(executor);
    guint n = 0;

    for (guint i = 0; i < children->len; i++)
        n += g_array_index(children, ChildStatus, i).state == state;
    return n;
}

static void wait_for(const guint *count, guint n)
{
    while (*count < n)
        g_main_context_iteration(context, TRUE);
}

Test(process_executor_scale, scaling_loses_and_doubles_nothing)
{
    static const guint sizes[] = {8, 2, 3, 1, 5};
    enum { N = 500 };
    ProcessExecutorOptions options = child_options(NULL);
    ProcessExecutor *executor;
    g_autoptr(Executor) base = NULL;
    Future *futures[N];

    options.tasks_in_flight = 2;
    executor = process_executor_new(&options, context);
    base = process_executor_base(executor);
    for (int i = 0; i < N; i++)
        futures[i] = submit(base, "square", g_variant_new("(x)", (gint64)i));
    for (int i = 0; i < N; i++) {
        if (i % 100 == 50)
            process_executor_scale(executor, sizes[i / 100]);
        cr_assert_eq(result_x(futures[i]), (gint64)i * i);
        future_unref(futures[i]);
    }
    executor_shutdown(base, TRUE, FALSE);
    cr_assert_eq(events.started, 1u + 7 + 1 + 4);
    cr_assert_eq(events.ended, events.started);
    cr_assert_eq(events.died, 0u);
}

Test(process_executor_scale, scaled_down_the_surplus_finishes_what_it_has_and_gets_nothing_more)
{
    ProcessExecutorOptions options = child_options(NULL);
    ProcessExecutor *executor;
    g_autoptr(Executor) base = NULL;
    g_autoptr(GArray) left = NULL;
    Future *held[3];

    options.max_workers = 3;
    executor = process_executor_new(&options, context);
    base = process_executor_base(executor);
    for (guint i = 0; i < 3; i++)
        held[i] = submit(base, "persist", g_variant_new("()"));
    wait_for(&events.ready, 3);
    process_executor_scale(executor, 1);
    cr_expect_eq(count_state(executor, CHILD_ENDING), 2u);
    cr_expect_eq(count_state(executor, CHILD_BUSY), 1u);
    process_executor_scale(executor, 2);
    cr_expect_eq(events.started, 4u, "a place that was given up is taken by a new child");
    process_executor_scale(executor, 1);
    wait_for(&events.ended, 1);
    for (guint i = 0; i < 3; i++)
        future_cancel(held[i]);
    for (guint i = 0; i < 3; i++) {
        fails_with(held[i], ERROR_CANCELLED, "");
        future_unref(held[i]);
    }
    wait_for(&events.ended, 3);
    left = process_executor_status(executor);
    cr_expect_eq(left->len, 1u);
    cr_expect_eq(g_array_index(left, ChildStatus, 0).slot, 0u);
    cr_expect_eq(events.died, 0u);
    cr_expect_eq(events.started, 4u);
    cr_expect_eq(pid_of_child(base, NULL), g_array_index(left, ChildStatus, 0).pid);
}

Test(process_executor_scale, recycled_they_finish_what_they_have_and_others_do_the_rest)
{
    ProcessExecutorOptions options = child_options(NULL);
    ProcessExecutor *executor;
    g_autoptr(Executor) base = NULL;
    g_autoptr(Future) held = NULL;
    pid_t pid;

    options.max_workers = 1;
    executor = process_executor_new(&options, context);
    base = process_executor_base(executor);
    pid = pid_of_child(base, NULL);
    held = submit(base, "persist", g_variant_new("()"));
    process_executor_recycle(executor);
    cr_expect_eq(count_state(executor, CHILD_ENDING), 1u);
    cr_expect_neq(pid_of_child(base, NULL), pid);
    cr_expect(!future_done(held), "what it had goes on");
    future_cancel(held);
    fails_with(held, ERROR_CANCELLED, "");
    wait_for(&events.ended, 1);
    cr_expect_eq(events.started, 2u);
    cr_expect_eq(events.died, 0u);
    process_executor_recycle(executor);
    wait_for(&events.ended, 2);
    cr_expect_eq(events.started, 3u, "an idle one ends at once");
}

Test(process_executor_scale, a_child_that_is_terminated_is_replaced)
{
    const char *args[] = {"loop", NULL};
    ProcessExecutorOptions options = child_options(args);
    ProcessExecutor *executor;
    g_autoptr(Executor) base = NULL;
    g_autoptr(Future) held = NULL, after = NULL;
    pid_t pid;

    options.concurrent = TRUE;
    options.tasks_in_flight = 2;
    executor = process_executor_new(&options, context);
    base = process_executor_base(executor);
    pid = pid_of_child(base, NULL);
    held = submit(base, "hold", g_variant_new("()"));
    cr_expect(!process_executor_terminate(executor, getpid()));
    cr_assert(process_executor_terminate(executor, pid));
    cr_assert(process_executor_terminate(executor, pid), "twice is once");
    after = submit(base, "square", g_variant_new("(x)", (gint64)5));
    fails_with(held, ERROR_CRASH, "was killed by SIGTERM on request");
    cr_assert_eq(result_x(after), 25);
    cr_assert_eq(events.died, 1u);
    cr_assert(!process_executor_terminate(executor, pid));
}

Test(process_executor_scale, children_that_are_terminated_at_their_start_do_not_break_it)
{
    ProcessExecutorOptions options = child_options(NULL);
    ProcessExecutor *executor = process_executor_new(&options, context);
    g_autoptr(Executor) base = process_executor_base(executor);

    for (guint i = 0; i < 10; i++) {
        cr_assert(process_executor_terminate(executor, events.last_pid));
        wait_for(&events.started, i + 2);
    }
    cr_assert_gt(pid_of_child(base, NULL), 0);
    cr_assert_null(process_executor_broken(executor));
}

Test(process_executor_scale, a_child_that_does_not_end_when_it_is_terminated_is_killed)
{
    ProcessExecutorOptions options = child_options(NULL);
    ProcessExecutor *executor = process_executor_new(&options, context);
    g_autoptr(Executor) base = process_executor_base(executor);
    const pid_t pid = pid_of_child(base, NULL);
    siginfo_t stopped;

    kill(pid, SIGSTOP); /* other signals stay pending once it has stopped */
    cr_assert_eq(waitid(P_PID, (id_t)pid, &stopped, WSTOPPED), 0);
    cr_assert(process_executor_terminate(executor, pid));
    wait_for(&events.died, 1);
    cr_assert_not_null(strstr(events.obituary, "was killed by SIGKILL on request"), "%s", events.obituary);
}

static void count(void *data)
{
    ++*(guint *)data;
}

Test(process_executor_scale, who_cannot_wait_for_the_end_is_told_of_it)
{
    ProcessExecutorOptions options = child_options(NULL);
    ProcessExecutor *executor;
    g_autoptr(Executor) base = NULL;
    Future *futures[6];
    guint ends = 0;

    options.max_workers = 2;
    executor = process_executor_new(&options, context);
    base = process_executor_base(executor);
    process_executor_when_ended(executor, count, &ends);
    for (gint64 i = 0; i < 6; i++)
        futures[i] = submit(base, "square", g_variant_new("(x)", i));
    while (g_main_context_iteration(context, FALSE))
        ;
    cr_assert_eq(ends, 0, "it was not shut down");
    executor_shutdown(base, FALSE, FALSE);
    cr_assert_eq(ends, 0, "it is told from the main loop");
    wait_for(&ends, 1);
    for (gint64 i = 0; i < 6; i++) {
        cr_assert(future_done(futures[i]));
        cr_assert_eq(result_x(futures[i]), i * i);
        future_unref(futures[i]);
    }
    cr_assert_eq(events.ended, events.started);
    executor_shutdown(base, FALSE, FALSE);
    while (g_main_context_iteration(context, FALSE))
        ;
    cr_assert_eq(ends, 1, "once");
}

static void free_it(void *data)
{
    executor_free(process_executor_base(g_steal_pointer((ProcessExecutor **)data)));
}

Test(process_executor_scale, the_end_may_free_the_executor)
{
    ProcessExecutorOptions options = child_options(NULL);
    ProcessExecutor *executor = process_executor_new(&options, context);

    process_executor_when_ended(executor, free_it, &executor);
    executor_shutdown(process_executor_base(executor), FALSE, TRUE);
    while (executor != NULL)
        g_main_context_iteration(context, TRUE);
}
