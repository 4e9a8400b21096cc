/* Tests what a target can ask about its call, and what a call may not return, for processes and threads. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/executor_map.h"
#include "concurrent/process_executor.h"
#include "concurrent/thread_executor.h"

static GMainContext *context;

static void setup(void)
{
    context = g_main_context_new();
}

static void teardown(void)
{
    g_main_context_unref(context);
}

TestSuite(call, .init = setup, .fini = teardown);

static Executor *processes(const char *mode, gint64 task_timeout_us)
{
    const char *args[] = {mode, NULL};

    return process_executor_base(
        process_executor_new(&(ProcessExecutorOptions){.name = "child",
                                                       .executable = TEST_BIN "/concurrent_test_child",
                                                       .args = args,
                                                       .max_workers = 1,
                                                       .tasks_in_flight = 2,
                                                       .concurrent = strcmp(mode, "loop") == 0,
                                                       .task_timeout_us = task_timeout_us},
                             context));
}

static Future *submit(Executor *executor, const char *target)
{
    Future *future = executor_submit(executor, target, g_variant_new("()"), NULL, NULL);

    cr_assert_not_null(future);
    return future;
}

static void wait_until_running(Future *future)
{
    while (!future_running(future))
        g_main_context_iteration(context, TRUE);
}

static void expect_failure(Future *future, ErrorClass class, const char *part)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(future_result(future, CLOCK_FOREVER, &error));
    cr_assert_eq(error_class(error), class);
    cr_assert_not_null(strstr(error->message, part), "%s", error->message);
}

Test(call, a_cancel_reaches_a_blocking_child_that_asks)
{
    g_autoptr(Executor) executor = processes("blocking", 0);
    g_autoptr(Future) future = submit(executor, "persist");
    g_autoptr(Future) next = submit(executor, "pid");

    wait_until_running(future);
    cr_assert_not(future_cancel(future), "it runs");
    cr_assert(future_running(future));
    expect_failure(future, ERROR_CANCELLED, "cancelled");
    cr_assert(future_cancelled(future));
    cr_assert_not_null(future_result(next, CLOCK_FOREVER, NULL), "its neighbour knows nothing of it");
}

Test(call, a_cancel_reaches_a_child_with_a_loop)
{
    g_autoptr(Executor) executor = processes("loop", 0);
    g_autoptr(Future) held = submit(executor, "hold");
    g_autoptr(Future) before = submit(executor, "ask_held");
    g_autoptr(Future) after = NULL;
    g_autoptr(Future) release = NULL;

    cr_assert_not(g_variant_get_boolean(future_result(before, CLOCK_FOREVER, NULL)));
    cr_assert_not(future_cancel(held));
    g_main_context_iteration(context, FALSE);
    after = submit(executor, "ask_held");
    cr_assert(g_variant_get_boolean(future_result(after, CLOCK_FOREVER, NULL)));
    release = submit(executor, "release");
    cr_assert_not_null(future_result(held, CLOCK_FOREVER, NULL), "a result all the same is a result");
}

Test(call, a_deadline_reaches_a_child_that_asks)
{
    g_autoptr(Executor) executor = processes("blocking", 500 * CLOCK_US_PER_MS);
    g_autoptr(Future) future = submit(executor, "persist");
    GVariant *result = future_result(future, CLOCK_FOREVER, NULL);

    cr_assert_not_null(result);
    cr_assert_str_eq(g_variant_get_string(result, NULL), "in time");
}

Test(call, results_that_cannot_cross_fail_the_call_and_not_the_child)
{
    g_autoptr(Executor) executor = processes("blocking", 0);
    g_autoptr(Future) large = submit(executor, "too_much");
    g_autoptr(Future) handle = submit(executor, "no_such_handle");
    g_autoptr(Future) fine = submit(executor, "pid");

    expect_failure(large, ERROR_LIMIT, "the result: 8388608 bytes");
    expect_failure(handle, ERROR_INTERNAL, "the result: handle 0, but 0 descriptors");
    cr_assert_not_null(future_result(fine, CLOCK_FOREVER, NULL));
}

Test(call, arguments_that_cannot_cross_are_refused_at_submit)
{
    g_autoptr(Executor) executor = processes("blocking", 0);
    g_autoptr(GError) error = NULL;

    cr_assert_null(executor_submit(executor, "write_fd", g_variant_new("(sh)", "x", 2), NULL, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_str_eq(error->message, "write_fd: handle 2, but 0 descriptors go with it");
}

static void persist(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    cr_assert_eq(call_deadline_us(call), CLOCK_FOREVER);
    atomic_fetch_add((atomic_int *)data, 1);
    while (!call_is_cancelled(call))
        g_usleep(1000);
    call_fail(call, g_error_new_literal(error_quark(), ERROR_CANCELLED, "given up"));
}

Test(call, a_cancel_and_the_end_of_the_executor_reach_a_thread_that_asks)
{
    static const CallTarget targets[] = {{"persist", "()", persist}};
    static atomic_int running;
    const ThreadExecutorOptions options = {.max_workers = 2, .table = {targets, 1, &running}};
    Executor *executor = thread_executor_base(thread_executor_new(&options));
    g_autoptr(Future) cancelled = submit(executor, "persist");
    g_autoptr(Future) ended = submit(executor, "persist");

    while (atomic_load(&running) < 2)
        g_usleep(1000);
    cr_assert_not(future_cancel(cancelled));
    expect_failure(cancelled, ERROR_CANCELLED, "cancelled");
    cr_assert(future_running(ended));
    executor_free(executor);
    expect_failure(ended, ERROR_CANCELLED, "given up");
}

static void expect_squares(ExecutorMap *map, gint64 n)
{
    for (gint64 i = 0; i < n; i++) {
        g_autoptr(GVariant) result = executor_map_next(map, NULL);
        gint64 square;

        cr_assert_not_null(result);
        g_variant_get(result, "(x)", &square);
        cr_assert_eq(square, i * i);
    }
    cr_assert_null(executor_map_next(map, NULL));
}

Test(call, a_map_travels_in_chunks)
{
    for (guint chunksize = 0; chunksize < 13; chunksize++) {
        g_autoptr(Executor) executor = processes("blocking", 0);
        const ExecutorMapOptions options = {
            .timeout_us = CLOCK_FOREVER, .chunksize = chunksize, .buffer = chunksize % 3};
        g_autoptr(ExecutorMap) map = NULL;
        GVariant *items[11];

        for (gint64 i = 0; i < 11; i++)
            items[i] = g_variant_new("(x)", i);
        map = executor_map_array(executor, "square", items, 11, &options);
        expect_squares(map, 11);
    }
}

Test(call, the_first_failure_in_a_chunk_is_that_of_the_whole)
{
    g_autoptr(Executor) executor = processes("blocking", 0);
    const ExecutorMapOptions options = {.timeout_us = CLOCK_FOREVER, .chunksize = 2};
    GVariant *items[] = {g_variant_new("(x)", (gint64)0), g_variant_new("(x)", (gint64)1),
                         g_variant_new("(x)", (gint64)2), g_variant_new_string("three"),
                         g_variant_new("(x)", (gint64)4)};
    g_autoptr(ExecutorMap) map = executor_map_array(executor, "square", items, 5, &options);
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 2; i++) {
        g_autoptr(GVariant) result = executor_map_next(map, NULL);

        cr_assert_not_null(result);
    }
    cr_assert_null(executor_map_next(map, &error));
    cr_assert_str_eq(error->message, "square takes (x), not s");
    g_clear_error(&error);
    cr_assert_null(executor_map_next(map, &error));
    cr_assert_null(error, "the map is over");
}
