#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "concurrent/inline_executor.h"
#include "concurrent/thread_executor.h"

static atomic_int initialized;
static atomic_int running;
static atomic_int most_running;

static void square(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint32 n = g_variant_get_int32(args);

    (void)fds;
    (void)data;
    if (n < 0)
        call_fail(call, g_error_new(error_quark(), ERROR_INPUT, "%d is negative", n));
    else
        call_return(call, g_variant_new_int32(n * n), NULL);
}

static void sleep_ms(Call *call, GVariant *args, FdList *fds, void *data)
{
    int now = atomic_fetch_add(&running, 1) + 1;
    int most = atomic_load(&most_running);

    (void)fds;
    (void)data;
    while (now > most && !atomic_compare_exchange_weak(&most_running, &most, now))
        continue;
    g_usleep((gulong)g_variant_get_int32(args) * 1000);
    atomic_fetch_sub(&running, 1);
    call_return(call, args, NULL);
}

static void thread_of(Call *call, GVariant *args, FdList *fds, void *data)
{
    char name[16];

    (void)args;
    (void)fds;
    (void)data;
    pthread_getname_np(pthread_self(), name, sizeof name);
    call_return(call, g_variant_new_string(name), NULL);
}

/* Returns the descriptor that came with the task. */
static void echo_fd(Call *call, GVariant *args, FdList *fds, void *data)
{
    FdList *back = fd_list_new();

    (void)data;
    call_return(call,
                g_variant_new_handle(fd_list_append(back, fd_list_steal(fds, g_variant_get_handle(args)))),
                back);
}

static void keep(Call *call, GVariant *args, FdList *fds, void *data)
{
    (void)args;
    (void)fds;
    *(Call **)data = call;
}

static Call *kept;
static const CallTarget targets[] = {
    {"square", "i", square},   {"sleep", "i", sleep_ms}, {"thread_of", "()", thread_of},
    {"echo_fd", "h", echo_fd}, {"keep", "()", keep},
};
static const CallTable table = {targets, G_N_ELEMENTS(targets), &kept};

static Executor *threads(guint max_workers)
{
    const ThreadExecutorOptions options = {.name = "pool", .max_workers = max_workers, .table = table};

    return thread_executor_base(thread_executor_new(&options));
}

static Future *submit_int(Executor *executor, const char *target, gint32 value)
{
    Future *future = executor_submit(executor, target, g_variant_new_int32(value), NULL, NULL);

    cr_assert_not_null(future);
    return future;
}

static void expect_failure(Future *future, ErrorClass class, const char *part)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(future_result(future, CLOCK_FOREVER, &error));
    cr_assert_eq(error_class(error), class, "%s", error->message);
    cr_assert(strstr(error->message, part) != NULL, "%s", error->message);
}

/* Tests that every executor passes. */
static void results_and_failures(Executor *executor)
{
    g_autoptr(Future) nine = submit_int(executor, "square", 3);
    g_autoptr(Future) negative = submit_int(executor, "square", -3);
    g_autoptr(Future) unknown = submit_int(executor, "cube", 3);
    g_autoptr(Future) mistyped =
        executor_submit(executor, "square", g_variant_new_string("three"), NULL, NULL);
    g_autoptr(Future) echo = NULL;
    FdList *fds = fd_list_new();
    gint32 handle = fd_list_append(fds, open("/dev/null", O_RDONLY | O_CLOEXEC));
    autofd int fd = -1;

    echo = executor_submit(executor, "echo_fd", g_variant_new_handle(handle), fds, NULL);
    cr_assert_eq(g_variant_get_int32(future_result(nine, CLOCK_FOREVER, NULL)), 9);
    expect_failure(negative, ERROR_INPUT, "-3 is negative");
    expect_failure(unknown, ERROR_INTERNAL, "no target named cube");
    expect_failure(mistyped, ERROR_INTERNAL, "square takes i, not s");
    fd = future_steal_fd(echo, g_variant_get_handle(future_result(echo, CLOCK_FOREVER, NULL)));
    cr_assert_geq(fd, 0);
    cr_assert_geq(fcntl(fd, F_GETFD), 0);
}

static void refuses_after_shutdown(Executor *executor)
{
    g_autoptr(GError) error = NULL;

    executor_shutdown(executor, TRUE, FALSE);
    executor_shutdown(executor, TRUE, TRUE);
    cr_assert_null(executor_submit(executor, "square", g_variant_new_int32(1), fd_list_new(), &error));
    cr_assert_eq(error_class(error), ERROR_CANCELLED);
    cr_assert_null(executor_submit(executor, "cube", g_variant_new_int32(1), NULL, NULL));
}

Test(thread_executor, results_and_failures)
{
    g_autoptr(Executor) executor = threads(3);

    results_and_failures(executor);
    refuses_after_shutdown(executor);
}

Test(inline_executor, results_and_failures)
{
    g_autoptr(Executor) executor = inline_executor_base(inline_executor_new(&table));
    g_autoptr(Future) future = submit_int(executor, "square", 5);

    cr_assert(future_done(future));
    results_and_failures(executor);
    refuses_after_shutdown(executor);
}

Test(inline_executor, a_call_may_be_kept)
{
    g_autoptr(Executor) executor = inline_executor_base(inline_executor_new(&table));
    g_autoptr(Future) future = executor_submit(executor, "keep", g_variant_new("()"), NULL, NULL);

    cr_assert(future_running(future));
    cr_assert_not(future_cancel(future));
    call_return(kept, g_variant_new_int32(1), NULL);
    cr_assert(future_done(future));
}

Test(thread_executor, tasks_run_beside_each_other_up_to_the_maximum)
{
    g_autoptr(Executor) executor = threads(3);

    for (int i = 0; i < 9; i++)
        future_unref(submit_int(executor, "sleep", 20));
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_eq(atomic_load(&running), 0, "shutdown waits for all");
    cr_assert_eq(atomic_load(&most_running), 3);
}

Test(thread_executor, starts_no_thread_while_one_is_idle)
{
    const ThreadExecutorOptions options = {.name = "pool", .max_workers = 8, .table = table};
    ThreadExecutor *executor = thread_executor_new(&options);
    g_autoptr(Executor) base = thread_executor_base(executor);

    cr_assert_eq(thread_executor_threads(executor), 0u);
    for (int i = 0; i < 5; i++) {
        g_autoptr(Future) future = executor_submit(base, "thread_of", g_variant_new("()"), NULL, NULL);

        cr_assert_str_eq(g_variant_get_string(future_result(future, CLOCK_FOREVER, NULL), NULL), "pool_0");
        g_usleep(50000); /* the result arrives shortly before its thread is idle */
    }
    cr_assert_eq(thread_executor_threads(executor), 1u);
    executor_shutdown(base, TRUE, FALSE);
    cr_assert_eq(thread_executor_threads(executor), 0u);
}

Test(thread_executor, what_has_not_begun_is_cancelled)
{
    g_autoptr(Executor) executor = threads(1);
    g_autoptr(Future) first = submit_int(executor, "sleep", 300);
    g_autoptr(Future) second = submit_int(executor, "sleep", 0);
    g_autoptr(Future) third = submit_int(executor, "square", 2);

    while (!future_running(first))
        g_usleep(1000);
    cr_assert_not(future_cancel(first));
    cr_assert(future_cancel(second));
    executor_shutdown(executor, FALSE, TRUE);
    cr_assert(future_cancelled(third));
    expect_failure(third, ERROR_CANCELLED, "cancelled");
    cr_assert_not_null(future_result(first, CLOCK_FOREVER, NULL));
    executor_shutdown(executor, TRUE, FALSE);
}

Test(thread_executor, shutdown_without_waiting_does_what_was_handed_in)
{
    g_autoptr(Executor) executor = threads(1);
    g_autoptr(Future) first = submit_int(executor, "sleep", 20);
    g_autoptr(Future) second = submit_int(executor, "square", 4);

    executor_shutdown(executor, FALSE, FALSE);
    cr_assert_eq(g_variant_get_int32(future_result(second, CLOCK_FOREVER, NULL)), 16);
    cr_assert(future_done(first));
}

static gboolean count_thread(GVariant *args, void *data, GError **error)
{
    (void)data;
    (void)error;
    atomic_fetch_add(&initialized, (int)g_variant_get_int32(args));
    return TRUE;
}

Test(thread_executor, each_thread_is_initialized_once)
{
    const ThreadExecutorOptions options = {.max_workers = 2,
                                           .table = table,
                                           .initializer = count_thread,
                                           .initializer_args = g_variant_new_int32(10)};
    g_autoptr(Executor) executor = thread_executor_base(thread_executor_new(&options));

    for (int i = 0; i < 6; i++)
        future_unref(submit_int(executor, "sleep", 10));
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_eq(atomic_load(&initialized), 20);
}

static gboolean refuse(GVariant *args, void *data, GError **error)
{
    (void)args;
    (void)data;
    g_usleep(20000);
    error_set(error, ERROR_CONFIG, "no such device");
    return FALSE;
}

Test(thread_executor, a_failing_initializer_breaks_it)
{
    const ThreadExecutorOptions options = {.max_workers = 2, .table = table, .initializer = refuse};
    g_autoptr(Executor) executor = thread_executor_base(thread_executor_new(&options));
    g_autoptr(GError) error = NULL;
    Future *futures[5];

    for (guint i = 0; i < G_N_ELEMENTS(futures); i++)
        futures[i] = submit_int(executor, "square", 1);
    for (guint i = 0; i < G_N_ELEMENTS(futures); i++) {
        expect_failure(futures[i], ERROR_INTERNAL, "no such device");
        future_unref(futures[i]);
    }
    cr_assert_null(executor_submit(executor, "square", g_variant_new_int32(1), NULL, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    executor_shutdown(executor, TRUE, FALSE);
}

static void submit_another(Future *future, void *data)
{
    g_autoptr(Future) another = NULL;

    (void)future;
    another = executor_submit(data, "square", g_variant_new_int32(1), NULL, NULL);
    cr_assert_not_null(another);
    atomic_fetch_add(&initialized, 1);
}

Test(thread_executor, a_callback_may_submit)
{
    g_autoptr(Executor) executor = threads(1);
    g_autoptr(Future) future = submit_int(executor, "sleep", 10);

    future_add_done_callback(future, submit_another, executor);
    while (atomic_load(&initialized) == 0)
        g_usleep(1000);
    cr_assert_leq(thread_executor_default_workers(), 32u);
    cr_assert_geq(thread_executor_default_workers(), 5u);
}

Test(thread_executor, free_waits_for_what_runs_and_cancels_the_rest)
{
    Executor *executor = threads(1);
    g_autoptr(Future) first = submit_int(executor, "sleep", 300);
    g_autoptr(Future) second = submit_int(executor, "sleep", 300);

    while (!future_running(first))
        g_usleep(1000);
    executor_free(executor);
    cr_assert_not_null(future_result(first, 0, NULL));
    cr_assert(future_cancelled(second));
}
