#include <criterion/criterion.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/process_executor.h"
#include "executor_tests.h"

static void on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data)
{
    (void)executor;
    (void)data;
    cr_assert_str_eq(name, "hello");
    cr_assert(g_variant_is_of_type(value, G_VARIANT_TYPE("(s)")));
    events.notes++;
}

TestSuite(process_executor, .init = setup, .fini = teardown);

static ProcessExecutorOptions options_for(const char *const *args)
{
    ProcessExecutorOptions options = child_options(args);

    options.on_note = on_note;
    return options;
}

Test(process_executor, results_come_back_to_their_futures)
{
    enum { N = 500 };
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    Future *futures[N];

    options.max_workers = 3;
    options.tasks_in_flight = 4;
    executor = start(&options);
    for (int i = 0; i < N; i++)
        futures[i] = submit(executor, "square", g_variant_new("(x)", (gint64)i));
    for (int i = 0; i < N; i++) {
        cr_assert_eq(result_x(futures[i]), (gint64)i * i);
        future_unref(futures[i]);
    }
    while (events.ready < 3)
        g_main_context_iteration(context, TRUE);
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_eq(events.started, 3u);
    cr_assert_eq(events.ended, 3u);
    cr_assert_eq(events.died, 0u);
    cr_assert_eq(events.notes, 3u);
}

/* Also if the answer takes another path than the notes. */
Test(process_executor, notes_come_before_the_answer_to_what_made_them)
{
    enum { NOTES = 200, TIMES = 20 };
    const ProcessExecutorOptions options = options_for(NULL);
    Executor *executor = start(&options);

    for (guint i = 1; i <= TIMES; i++) {
        Future *future = submit(executor, "tell_much", g_variant_new_int64(NOTES));

        cr_assert_eq(result_x(future), NOTES);
        cr_assert_eq(events.notes, 1 + i * NOTES);
        future_unref(future);
    }
    executor_shutdown(executor, TRUE, FALSE);
}

Test(process_executor, initializer_gets_its_arguments_once)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    int initialized;

    options.initializer_args = g_variant_new("(i)", 17);
    executor = start(&options);
    pid_of_child(executor, &initialized);
    cr_assert_eq(initialized, 17);
}

Test(process_executor, a_failing_task_fails_alone)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) bad = submit(executor, "fail", g_variant_new("(s)", "truncated"));
    g_autoptr(Future) good = submit(executor, "square", g_variant_new("(x)", (gint64)3));
    g_autoptr(Future) unknown = submit(executor, "no such", g_variant_new("()"));
    g_autoptr(Future) mistyped = submit(executor, "square", g_variant_new("(s)", "x"));

    fails_with(bad, ERROR_INPUT, "truncated");
    fails_with(unknown, ERROR_INTERNAL, "no such");
    fails_with(mistyped, ERROR_INTERNAL, "takes (x)");
    cr_assert_eq(result_x(good), 9);
    cr_assert_eq(events.started, 1u);
}

/* The target "fail" fails with ERROR_INPUT. */
Test(process_executor, a_failure_has_only_a_class_that_the_child_may_choose)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) allowed = NULL;
    g_autoptr(Executor) refused = NULL;
    g_autoptr(Future) input = NULL;
    g_autoptr(Future) internal = NULL;
    g_autoptr(Future) died = NULL;

    options.failure_classes = ERROR_BIT(ERROR_INPUT) | ERROR_BIT(ERROR_LIMIT);
    allowed = start(&options);
    input = submit(allowed, "fail", g_variant_new("(s)", "truncated"));
    fails_with(input, ERROR_INPUT, "truncated");
    options.failure_classes = ERROR_BIT(ERROR_LIMIT);
    refused = start(&options);
    internal = submit(refused, "fail", g_variant_new("(s)", "truncated"));
    fails_with(internal, ERROR_INTERNAL, "truncated");
    died = submit(refused, "die", g_variant_new("(i)", SIGABRT));
    fails_with(died, ERROR_CRASH, "SIGABRT");
}

Test(process_executor, a_long_failure_is_cut_between_characters_to_one_line)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    const struct {
        const char *said, *kept;
    } texts[] = {{"123456", "123456"},
                 {"1234567", "123..."},
                 {"1234\u00e9", "1234\u00e9"},
                 {"12\u00e9456", "12..."},
                 {"a\nb", "a b"}};

    options.max_failure_bytes = 6;
    executor = start(&options);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Future) future = submit(executor, "fail", g_variant_new("(s)", texts[i].said));
        g_autoptr(GError) error = NULL;

        cr_expect_null(future_result(future, CLOCK_FOREVER, &error));
        cr_expect_str_eq(error->message, texts[i].kept);
    }
}

Test(process_executor, a_death_fails_the_running_task_only_and_names_the_signal)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    Future *futures[7];

    options.tasks_in_flight = 8;
    executor = start(&options);
    for (int i = 0; i < 7; i++)
        futures[i] = i == 3 ? submit(executor, "die", g_variant_new("(i)", SIGABRT))
                            : submit(executor, "square", g_variant_new("(x)", (gint64)i));
    for (int i = 0; i < 7; i++) {
        if (i == 3)
            fails_with(futures[i], ERROR_CRASH, "was killed by SIGABRT: last words");
        else
            cr_assert_eq(result_x(futures[i]), (gint64)i * i);
        future_unref(futures[i]);
    }
    cr_assert_eq(events.died, 1u);
    cr_assert_eq(events.started, 2u);
}

Test(process_executor, an_exit_in_a_task_is_a_death)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) future = submit(executor, "die", g_variant_new("(i)", 0));

    fails_with(future, ERROR_CRASH, "exited with status 7");
}

Test(process_executor, recycling_loses_and_doubles_nothing)
{
    enum { N = 100 };
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    Future *futures[N];

    options.max_workers = 2;
    options.tasks_in_flight = 3;
    options.max_tasks_per_child = 7;
    executor = start(&options);
    for (int i = 0; i < N; i++)
        futures[i] = submit(executor, "square", g_variant_new("(x)", (gint64)i));
    for (int i = 0; i < N; i++) {
        cr_assert_eq(result_x(futures[i]), (gint64)i * i);
        future_unref(futures[i]);
    }
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_geq(events.started, 15u);
    cr_assert_eq(events.died, 0u);
    cr_assert_eq(events.ended, events.started);
}

Test(process_executor, a_task_over_its_time_is_killed)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) stuck = NULL, next = NULL;

    options.task_timeout_us = 100 * CLOCK_US_PER_MS;
    options.tasks_in_flight = 2;
    executor = start(&options);
    stuck = submit(executor, "hang", g_variant_new("()"));
    next = submit(executor, "square", g_variant_new("(x)", (gint64)5));
    fails_with(stuck, ERROR_LIMIT, "0.1 seconds");
    cr_assert_eq(result_x(next), 25);
}

Test(process_executor, descriptors_go_down_and_come_back)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) future = NULL;
    FdList *fds = fd_list_new();
    char text[6] = "";
    gint32 handle;
    int fd;

    fd_list_append(fds, memfd_create("t", MFD_CLOEXEC));
    future = executor_submit(executor, "write_fd", g_variant_new("(sh)", "hello", 0), fds, NULL);
    g_variant_get(future_result(future, CLOCK_FOREVER, NULL), "(h)", &handle);
    fd = future_steal_fd(future, handle);
    cr_assert_geq(fd, 0);
    cr_assert_eq(pread(fd, text, 5, 0), 5);
    cr_assert_str_eq(text, "hello");
    close(fd);
}

Test(process_executor, a_concurrent_child_loses_all_it_had)
{
    const char *args[] = {"loop", NULL};
    ProcessExecutorOptions options = options_for(args);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) a = NULL, b = NULL, after = NULL;
    pid_t pid;

    options.concurrent = TRUE;
    options.tasks_in_flight = 4;
    executor = start(&options);
    pid = pid_of_child(executor, NULL);
    a = submit(executor, "hold", g_variant_new("()"));
    b = submit(executor, "hold", g_variant_new("()"));
    kill(pid, SIGKILL);
    fails_with(a, ERROR_CRASH, "SIGKILL");
    fails_with(b, ERROR_CRASH, "SIGKILL");
    after = submit(executor, "square", g_variant_new("(x)", (gint64)2));
    cr_assert_eq(result_x(after), 4);
}

Test(process_executor, a_concurrent_child_answers_in_any_order)
{
    const char *args[] = {"loop", NULL};
    ProcessExecutorOptions options = options_for(args);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) a = NULL, b = NULL, c = NULL;
    guint32 n;

    options.concurrent = TRUE;
    options.tasks_in_flight = 4;
    executor = start(&options);
    a = submit(executor, "hold", g_variant_new("()"));
    b = submit(executor, "hold", g_variant_new("()"));
    c = submit(executor, "release", g_variant_new("()"));
    g_variant_get(future_result(a, CLOCK_FOREVER, NULL), "(u)", &n);
    cr_assert_eq(n, 1u);
    g_variant_get(future_result(b, CLOCK_FOREVER, NULL), "(u)", &n);
    cr_assert_eq(n, 2u);
    cr_assert_not_null(future_result(c, CLOCK_FOREVER, NULL));
}

static void never_starts(const char *mode, ErrorClass class, const char *text, guint most_starts)
{
    const char *args[] = {mode, NULL};
    ProcessExecutorOptions options = options_for(args);
    ProcessExecutor *executor = process_executor_new(&options, context);
    Executor *base = process_executor_base(executor);
    g_autoptr(Future) future = submit(base, "pid", g_variant_new("()"));
    g_autoptr(Future) later = NULL;

    fails_with(future, class, text);
    cr_assert_not_null(process_executor_broken(executor));
    later = submit(base, "pid", g_variant_new("()"));
    fails_with(later, class, text);
    cr_assert_leq(events.started, most_starts, "it does not spin");
    executor_free(base);
}

Test(process_executor, children_that_cannot_start_break_it_with_the_reason)
{
    never_starts("stumble", ERROR_INTERNAL, "no memory", 6);
}

Test(process_executor, children_that_die_at_start_break_it_with_the_reason)
{
    never_starts("abort", ERROR_INTERNAL, "exited with status 3", 6);
}

Test(process_executor, children_that_are_configured_wrongly_break_it_at_once)
{
    never_starts("refuse", ERROR_CONFIG, "no codec", 1);
}

/* A file is being replaced while a replacement child starts. */
Test(process_executor, a_wrong_configuration_that_was_right_before_is_tried_again)
{
    g_autofree char *path = g_strdup("/tmp/process-executor-XXXXXX");
    const char *args[] = {"need", path, NULL};
    ProcessExecutorOptions options = options_for(args);
    g_autoptr(Executor) executor = NULL;

    close(g_mkstemp(path));
    executor = start(&options);
    kill(pid_of_child(executor, NULL), SIGKILL);
    unlink(path);
    while (events.obituary == NULL || strstr(events.obituary, "no codec") == NULL)
        g_main_context_iteration(context, TRUE);
    cr_assert(g_file_set_contents(path, "", 0, NULL));
    cr_expect_gt(pid_of_child(executor, NULL), 0);
    unlink(path);
}

/* The file remains missing. */
Test(process_executor, a_wrong_configuration_that_was_right_before_breaks_it_in_the_end)
{
    g_autofree char *path = g_strdup("/tmp/process-executor-XXXXXX");
    const char *args[] = {"need", path, NULL};
    ProcessExecutorOptions options = options_for(args);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) future = NULL;

    close(g_mkstemp(path));
    executor = start(&options);
    kill(pid_of_child(executor, NULL), SIGKILL);
    unlink(path);
    while (events.died < 2)
        g_main_context_iteration(context, TRUE);
    future = submit(executor, "square", g_variant_new("(x)", (gint64)3));
    fails_with(future, ERROR_CONFIG, "no codec");
    cr_expect_eq(events.started, 7u);
}

Test(process_executor, an_idle_child_that_is_killed_is_replaced)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = start(&options);
    pid_t pid = pid_of_child(executor, NULL), fresh;

    for (int i = 0; i < 20; i++) {
        kill(pid, SIGKILL);
        while (events.died <= (guint)i)
            g_main_context_iteration(context, TRUE);
        fresh = pid_of_child(executor, NULL);
        cr_assert_neq(fresh, pid);
        pid = fresh;
    }
}

/* The first child dies while idle, before it answered anything; its replacement during its first task. */
Test(process_executor, two_different_deaths_in_a_row_are_followed_by_a_replacement)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) fatal = NULL, after = NULL;

    while (events.ready < 1)
        g_main_context_iteration(context, TRUE);
    kill(events.last_pid, SIGKILL);
    while (events.ready < 2)
        g_main_context_iteration(context, TRUE);
    fatal = submit(executor, "die", g_variant_new("(i)", SIGABRT));
    fails_with(fatal, ERROR_CRASH, "SIGABRT");
    after = submit(executor, "square", g_variant_new("(x)", (gint64)6));
    cr_assert_eq(result_x(after), 36);
}

Test(process_executor, shutdown_finishes_or_cancels_what_waits)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(GError) error = NULL;
    Future *futures[20];
    guint done = 0;

    for (int i = 0; i < 20; i++)
        futures[i] = submit(executor, "square", g_variant_new("(x)", (gint64)i));
    executor_shutdown(executor, TRUE, TRUE);
    for (int i = 0; i < 20; i++) {
        cr_assert(future_done(futures[i]));
        done += !future_cancelled(futures[i]);
        future_unref(futures[i]);
    }
    cr_assert_leq(done, 1u);
    cr_assert_null(executor_submit(executor, "pid", g_variant_new("()"), NULL, &error));
    cr_assert_eq(error_class(error), ERROR_CANCELLED);
    executor_shutdown(executor, TRUE, TRUE);
}

Test(process_executor, free_stops_what_runs)
{
    ProcessExecutorOptions options = options_for(NULL);
    Executor *executor = start(&options);
    g_autoptr(Future) stuck = NULL, waiting = NULL;
    pid_t pid = pid_of_child(executor, NULL);

    stuck = submit(executor, "hang", g_variant_new("()"));
    waiting = submit(executor, "pid", g_variant_new("()"));
    executor_free(executor);
    fails_with(stuck, ERROR_CANCELLED, "stopped");
    fails_with(waiting, ERROR_CANCELLED, "stopped");
    cr_assert_neq(kill(pid, 0), 0);
}

static gint64 sum_of(GVariant *array)
{
    gint64 sum = 0;

    for (gsize i = 0; i < g_variant_n_children(array); i++) {
        gint64 x;

        g_variant_get_child(array, i, "(x)", &x);
        sum += x;
    }
    return sum;
}

Test(process_executor, a_chunk_is_one_task_with_results_in_order)
{
    ProcessExecutorOptions options = options_for(NULL);
    ProcessExecutor *executor = process_executor_new(&options, context);
    g_autoptr(Future) chunk =
        executor_submit_chunk(process_executor_base(executor), "square",
                              g_variant_new_parsed("[(int64 1,), (int64 2,), (int64 3,)]"), NULL);
    g_autoptr(Future) empty = executor_submit_chunk(process_executor_base(executor), "square",
                                                    g_variant_new_parsed("@a(x) []"), NULL);
    g_autoptr(Future) variants = executor_submit_chunk(process_executor_base(executor), "square",
                                                       g_variant_new_parsed("[<(int64 4,)>]"), NULL);
    g_autoptr(Future) bad = executor_submit_chunk(process_executor_base(executor), "fail",
                                                  g_variant_new_parsed("[('a',), ('b',)]"), NULL);

    cr_assert_eq(sum_of(future_result(chunk, CLOCK_FOREVER, NULL)), 14);
    cr_assert_eq(sum_of(future_result(empty, CLOCK_FOREVER, NULL)), 0);
    cr_assert_eq(sum_of(future_result(variants, CLOCK_FOREVER, NULL)), 16);
    fails_with(bad, ERROR_INPUT, "a");
    executor_free(process_executor_base(executor));
}

Test(process_executor, status_lists_the_children)
{
    ProcessExecutorOptions options = options_for(NULL);
    ProcessExecutor *executor = process_executor_new(&options, context);
    g_autoptr(Executor) base = process_executor_base(executor);
    g_autoptr(GArray) before = process_executor_status(executor);
    g_autoptr(GArray) idle = NULL, busy = NULL, replaced = NULL;
    g_autoptr(Future) future = NULL;
    pid_t pid;

    cr_assert_eq(before->len, 1u);
    cr_assert_eq(g_array_index(before, ChildStatus, 0).state, CHILD_STARTING);
    pid = pid_of_child(base, NULL);
    idle = process_executor_status(executor);
    cr_assert_eq(g_array_index(idle, ChildStatus, 0).pid, pid);
    cr_assert_eq(g_array_index(idle, ChildStatus, 0).state, CHILD_IDLE);
    cr_assert_eq(g_array_index(idle, ChildStatus, 0).tasks_done, 1u);
    cr_assert_gt(g_array_index(idle, ChildStatus, 0).memory_bytes, 100000u);
    cr_assert_geq(g_array_index(idle, ChildStatus, 0).age_us, 1);
    future = submit(base, "die", g_variant_new("(i)", SIGKILL));
    busy = process_executor_status(executor);
    cr_assert_eq(g_array_index(busy, ChildStatus, 0).state, CHILD_BUSY);
    cr_assert_eq(g_array_index(busy, ChildStatus, 0).tasks_held, 1u);
    fails_with(future, ERROR_CRASH, "SIGKILL");
    pid_of_child(base, NULL);
    replaced = process_executor_status(executor);
    cr_assert_eq(g_array_index(replaced, ChildStatus, 0).slot, 0u);
    cr_assert_eq(g_array_index(replaced, ChildStatus, 0).restarts, 1u);
}

Test(process_executor, a_death_between_tasks_fails_none_of_those_that_wait)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) a = NULL, b = NULL;
    pid_t pid;

    options.tasks_in_flight = 4;
    executor = start(&options);
    pid = pid_of_child(executor, NULL);
    kill(pid, SIGSTOP); /* begins no further task */
    a = submit(executor, "square", g_variant_new("(x)", (gint64)3));
    b = submit(executor, "square", g_variant_new("(x)", (gint64)4));
    kill(pid, SIGKILL);
    cr_assert_eq(result_x(a), 9);
    cr_assert_eq(result_x(b), 16);
    cr_assert_eq(events.died, 1u);
}

Test(process_executor, many_idle_children_killed_at_once_do_not_break_it)
{
    ProcessExecutorOptions options = options_for(NULL);
    ProcessExecutor *executor;
    g_autoptr(Executor) base = NULL;
    g_autoptr(GArray) children = NULL;

    options.max_workers = 10;
    executor = process_executor_new(&options, context);
    base = process_executor_base(executor);
    while (events.ready < 10)
        g_main_context_iteration(context, TRUE);
    children = process_executor_status(executor);
    for (guint i = 0; i < children->len; i++)
        kill(g_array_index(children, ChildStatus, i).pid, SIGKILL);
    while (events.died < 10)
        g_main_context_iteration(context, TRUE);
    cr_assert_gt(pid_of_child(base, NULL), 0);
    cr_assert_null(process_executor_broken(executor));
}

Test(process_executor, a_child_over_its_memory_is_replaced)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    pid_t first;

    options.max_memory_bytes = 1; /* every child exceeds this */
    executor = start(&options);
    first = pid_of_child(executor, NULL);
    cr_assert_neq(pid_of_child(executor, NULL), first);
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_eq(events.died, 0u);
}

Test(process_executor, cancelling_spares_what_a_dead_child_gave_back)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) a = NULL, b = NULL, c = NULL;
    pid_t pid;

    options.tasks_in_flight = 2;
    executor = start(&options);
    pid = pid_of_child(executor, NULL);
    kill(pid, SIGSTOP);
    a = submit(executor, "square", g_variant_new("(x)", (gint64)3));
    b = submit(executor, "square", g_variant_new("(x)", (gint64)4));
    c = submit(executor, "square", g_variant_new("(x)", (gint64)5));
    kill(pid, SIGKILL);
    while (events.died == 0)
        g_main_context_iteration(context, TRUE);
    executor_shutdown(executor, TRUE, TRUE);
    cr_assert_eq(result_x(a), 9);
    cr_assert_eq(result_x(b), 16);
    cr_assert(future_cancelled(c));
}

static void run_for(gint64 span_us)
{
    const gint64 end_us = clock_now_us() + span_us;

    while (clock_now_us() < end_us)
        if (!g_main_context_iteration(context, FALSE))
            g_usleep(1000);
}

/* Independent of the time limit of its tasks. An idle child does not count as hanging. */
Test(process_executor, a_child_whose_event_loop_hangs_is_killed)
{
    const char *args[] = {"loop", NULL};
    ProcessExecutorOptions options = options_for(args);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) before = NULL, stuck = NULL, after = NULL;

    options.concurrent = TRUE;
    options.tasks_in_flight = 4;
    options.heartbeat_us = 800 * CLOCK_US_PER_MS;
    executor = start(&options);
    before = submit(executor, "square", g_variant_new("(x)", (gint64)4));
    cr_assert_eq(result_x(before), 16);
    run_for(2 * options.heartbeat_us);
    cr_assert_eq(events.died, 0u);
    stuck = submit(executor, "hang", g_variant_new("()"));
    fails_with(stuck, ERROR_CRASH, "because it did not answer");
    after = submit(executor, "square", g_variant_new("(x)", (gint64)5));
    cr_assert_eq(result_x(after), 25);
}

/* As on a busy machine: it ends after SIGTERM, and has no open tasks. */
Test(process_executor, a_child_that_takes_long_to_end_is_no_crash)
{
    const char *args[] = {"slow-end", NULL};
    ProcessExecutorOptions options = options_for(args);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) future = submit(executor, "square", g_variant_new("(x)", (gint64)4));

    cr_assert_eq(result_x(future), 16);
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_eq(events.died, 0u);
    cr_assert_eq(events.ended, 1u);
}
