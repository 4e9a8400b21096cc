#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/loop.h"
#include "concurrent/loop_executor.h"

typedef struct {
    Loop *loop;
    GString *log;
    Future *future;
} Fixture;

static Fixture f;

static void set_up(void)
{
    f.loop = loop_new(NULL, NULL);
    f.log = g_string_new(NULL);
    f.future = loop_create_future(f.loop);
}

static void tear_down(void)
{
    cr_assert(loop_close(f.loop, NULL));
    loop_unref(f.loop);
    future_unref(f.future);
    g_string_free(f.log, TRUE);
}

TestSuite(loop, .init = set_up, .fini = tear_down);

/* A callback's data is not const; these callbacks only read it. */
static void *word(const char *text)
{
    return (void *)(guintptr)text;
}

static void write_word(void *text)
{
    g_string_append(f.log, text);
}

static void write_dropped(void *text)
{
    g_string_append_printf(f.log, "(%s)", (char *)text);
}

static void stop(void *data)
{
    (void)data;
    loop_stop(f.loop);
}

static void soon(const char *text)
{
    cr_assert_neq(loop_call_soon(f.loop, write_word, word(text), NULL, NULL), 0);
}

static void later(gint64 ms, const char *text)
{
    cr_assert_neq(loop_call_later(f.loop, ms * CLOCK_US_PER_MS, write_word, word(text), NULL, NULL), 0);
}

static void run(void)
{
    GError *error = NULL;

    cr_assert(loop_run_forever(f.loop, &error));
    cr_assert_null(error);
}

static void assert_internal(GError *error, const char *text)
{
    cr_assert_not_null(error);
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
    cr_assert_str_eq(error->message, text);
    g_error_free(error);
}

static void twice(void *text)
{
    write_word(text);
    soon("again");
}

Test(loop, calls_run_in_order_and_one_round_runs_what_was_due)
{
    soon("a");
    loop_call_soon(f.loop, twice, word("b"), NULL, NULL);
    soon("c");
    loop_stop(f.loop);
    run();
    cr_assert_str_eq(f.log->str, "abc");
    loop_stop(f.loop);
    run();
    cr_assert_str_eq(f.log->str, "abcagain");
}

Test(loop, later_calls_run_by_time_and_then_by_age)
{
    gint64 start_us = clock_now_us();

    later(20, "d");
    later(5, "b");
    later(5, "c");
    later(0, "a");
    loop_call_later(f.loop, 30 * CLOCK_US_PER_MS, stop, NULL, NULL, NULL);
    run();
    cr_assert_str_eq(f.log->str, "abcd");
    cr_assert_geq(clock_now_us() - start_us, 30 * CLOCK_US_PER_MS);
}

Test(loop, calls_can_be_cancelled_before_they_run)
{
    guint64 first = loop_call_soon(f.loop, write_word, word("a"), write_dropped, NULL);
    guint64 second = loop_call_later(f.loop, 1000, write_word, word("b"), write_dropped, NULL);

    soon("c");
    cr_assert(loop_cancel_call(f.loop, second));
    cr_assert(loop_cancel_call(f.loop, first));
    cr_assert_not(loop_cancel_call(f.loop, first));
    loop_call_later(f.loop, 3000, stop, NULL, NULL, NULL);
    run();
    cr_assert_str_eq(f.log->str, "(b)(a)c");
}

static void run_again(void *data)
{
    GError *error = NULL;
    g_autoptr(Loop) other = loop_new(NULL, NULL);

    (void)data;
    cr_assert(loop_get() == f.loop);
    cr_assert(loop_is_running(f.loop));
    cr_assert_not(loop_run_forever(f.loop, &error));
    assert_internal(g_steal_pointer(&error), "the loop is already running");
    cr_assert_null(loop_run_until_complete(f.loop, f.future, &error));
    assert_internal(g_steal_pointer(&error), "the loop is already running");
    cr_assert_not(loop_run_forever(other, &error));
    assert_internal(g_steal_pointer(&error), "another loop is running in this thread");
    cr_assert_not(loop_close(f.loop, &error));
    assert_internal(error, "a running loop cannot be closed");
    loop_stop(f.loop);
}

Test(loop, running_twice_and_closing_while_running_are_errors)
{
    loop_call_soon(f.loop, run_again, NULL, NULL, NULL);
    run();
    cr_assert_not(loop_is_running(f.loop));
}

Test(loop, nothing_works_once_it_is_closed)
{
    GError *error = NULL;

    soon("never");
    loop_call_later(f.loop, 0, write_word, word("never"), write_dropped, NULL);
    cr_assert(loop_close(f.loop, NULL));
    cr_assert(loop_close(f.loop, NULL));
    cr_assert(loop_is_closed(f.loop));
    cr_assert_eq(loop_call_soon(f.loop, write_word, word("1"), write_dropped, &error), 0);
    assert_internal(g_steal_pointer(&error), "the loop is closed");
    cr_assert_eq(loop_call_later(f.loop, 1, write_word, word("2"), write_dropped, &error), 0);
    assert_internal(g_steal_pointer(&error), "the loop is closed");
    cr_assert_not(loop_call_soon_threadsafe(f.loop, write_word, word("3"), write_dropped, &error));
    assert_internal(g_steal_pointer(&error), "the loop is closed");
    cr_assert_not(loop_run_forever(f.loop, &error));
    assert_internal(g_steal_pointer(&error), "the loop is closed");
    cr_assert_null(loop_run_until_complete(f.loop, f.future, &error));
    assert_internal(error, "the loop is closed");
    cr_assert_str_eq(f.log->str, "(never)(1)(2)(3)");
}

static void complete(void *data)
{
    (void)data;
    future_set_result(f.future, g_variant_new_int32(5), NULL);
}

Test(loop, until_complete_returns_the_result)
{
    GVariant *result;

    loop_call_later(f.loop, 1000, complete, NULL, NULL, NULL);
    result = loop_run_until_complete(f.loop, f.future, NULL);
    cr_assert_eq(g_variant_get_int32(result), 5);
    /* also if it was done before */
    cr_assert_eq(loop_run_until_complete(f.loop, f.future, NULL), result);
}

Test(loop, until_complete_returns_the_failure)
{
    GError *error = NULL;

    future_set_exception(f.future, g_error_new_literal(error_quark(), ERROR_INPUT, "bad"));
    cr_assert_null(loop_run_until_complete(f.loop, f.future, &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    g_error_free(error);
}

Test(loop, a_stop_before_the_future_is_done_is_an_error)
{
    GError *error = NULL;

    loop_call_soon(f.loop, stop, NULL, NULL, NULL);
    cr_assert_null(loop_run_until_complete(f.loop, f.future, &error));
    assert_internal(error, "the loop was stopped before the future was done");
    /* an old request to stop does not affect a later run */
    loop_call_soon(f.loop, complete, NULL, NULL, NULL);
    later(5, "x");
    loop_call_later(f.loop, 10 * CLOCK_US_PER_MS, stop, NULL, NULL, NULL);
    run();
    cr_assert_str_eq(f.log->str, "x");
}

static void *complete_in_thread(void *data)
{
    g_usleep(5000);
    complete(data);
    return NULL;
}

Test(loop, until_complete_of_a_future_that_another_thread_completes)
{
    pthread_t thread;

    pthread_create(&thread, NULL, complete_in_thread, NULL);
    cr_assert_eq(g_variant_get_int32(loop_run_until_complete(f.loop, f.future, NULL)), 5);
    pthread_join(thread, NULL);
}

static void *call_from_thread(void *data)
{
    GError *error = NULL;

    (void)data;
    g_usleep(5000);
    cr_assert_eq(loop_call_soon(f.loop, write_word, word("wrong"), NULL, &error), 0);
    assert_internal(g_steal_pointer(&error),
                    "the loop is running in another thread: use loop_call_soon_threadsafe()");
    cr_assert_not(loop_run_forever(f.loop, &error));
    assert_internal(error, "the loop is already running");
    loop_call_soon_threadsafe(f.loop, write_word, word("a"), NULL, NULL);
    loop_call_soon_threadsafe(f.loop, write_word, word("b"), write_dropped, NULL);
    loop_call_soon_threadsafe(f.loop, stop, NULL, NULL, NULL);
    return NULL;
}

Test(loop, another_thread_wakes_it)
{
    pthread_t thread;

    pthread_create(&thread, NULL, call_from_thread, NULL);
    run();
    pthread_join(thread, NULL);
    cr_assert_str_eq(f.log->str, "ab(b)");
}

static void *call_once_from_thread(void *data)
{
    cr_assert(loop_call_soon_threadsafe(f.loop, write_word, word("thread "), NULL, NULL));
    return data;
}

Test(loop, a_call_of_another_thread_keeps_its_place_before_a_later_one)
{
    pthread_t thread;

    pthread_create(&thread, NULL, call_once_from_thread, NULL);
    pthread_join(thread, NULL);
    soon("here");
    loop_stop(f.loop);
    run();
    cr_assert_str_eq(f.log->str, "thread here");
}

static void *get_in_thread(void *data)
{
    Loop *loop = loop_get();

    (void)data;
    cr_assert(loop == loop_get());
    cr_assert(loop_context(loop) != g_main_context_default());
    return loop_ref(loop);
}

Test(loop, each_thread_has_its_own)
{
    pthread_t thread;
    void *other;

    cr_assert(loop_get() == loop_get());
    cr_assert(loop_context(loop_get()) == g_main_context_default());
    pthread_create(&thread, NULL, get_in_thread, NULL);
    pthread_join(thread, &other);
    cr_assert(other != loop_get());
    cr_assert(loop_is_closed(other)); /* its thread has ended */
    loop_unref(other);
}

static void wait_inside(void *data)
{
    (void)data;
    soon("inner");
    loop_call_later(f.loop, 2000, complete, NULL, NULL, NULL);
    cr_assert_eq(g_variant_get_int32(future_result(f.future, CLOCK_FOREVER, NULL)), 5);
    g_string_append(f.log, "outer");
    loop_stop(f.loop);
}

Test(loop, a_call_may_wait_by_running_the_others)
{
    loop_call_soon(f.loop, wait_inside, NULL, NULL, NULL);
    run();
    cr_assert_str_eq(f.log->str, "innerouter");
}

/* An executor whose tasks are completed by the test. */
typedef struct {
    Executor base;
    Future *given;
} ManualExecutor;

static Future *manual_submit(Executor *executor, const char *target, GVariant *args, FdList *fds,
                             GError **error)
{
    ManualExecutor *self = (ManualExecutor *)executor;

    g_variant_unref(g_variant_ref_sink(args));
    fd_list_free(fds);
    if (g_str_equal(target, "refused")) {
        error_set(error, ERROR_LIMIT, "too large");
        return NULL;
    }
    self->given = future_new(NULL);
    return future_ref(self->given);
}

static const ExecutorOps manual_ops = {.submit = manual_submit};

static void *finish_in_thread(void *data)
{
    ManualExecutor *executor = data;
    FdList *fds = fd_list_new();

    cr_assert(future_begin(executor->given));
    fd_list_append(fds, dup(0));
    future_set_result(executor->given, g_variant_new_string("done"), fds);
    return NULL;
}

static void note_end(Future *future, void *data)
{
    (void)future;
    (void)data;
    g_string_append(f.log, loop_is_running(f.loop) && loop_get() == f.loop ? "on the loop" : "elsewhere");
}

Test(loop, an_executors_result_arrives_on_the_loop)
{
    ManualExecutor executor = {.base = {.ops = &manual_ops}};
    g_autoptr(Future) future =
        loop_run_in_executor(f.loop, &executor.base, "any", g_variant_new("()"), NULL, NULL);
    pthread_t thread;
    int fd;

    future_add_done_callback(future, note_end, NULL);
    pthread_create(&thread, NULL, finish_in_thread, &executor);
    cr_assert_str_eq(g_variant_get_string(loop_run_until_complete(f.loop, future, NULL), NULL), "done");
    pthread_join(thread, NULL);
    cr_assert_str_eq(f.log->str, "on the loop");
    fd = future_steal_fd(future, 0);
    cr_assert_geq(fd, 0);
    close(fd);
    future_unref(executor.given);
}

Test(loop, an_executors_failure_arrives_and_its_refusal_is_told)
{
    ManualExecutor executor = {.base = {.ops = &manual_ops}};
    g_autoptr(Future) future =
        loop_run_in_executor(f.loop, &executor.base, "any", g_variant_new("()"), NULL, NULL);
    g_autoptr(GError) error = NULL;

    future_set_exception(executor.given, g_error_new_literal(error_quark(), ERROR_CRASH, "died"));
    cr_assert_null(loop_run_until_complete(f.loop, future, &error));
    cr_assert_eq(error_class(error), ERROR_CRASH);
    g_clear_error(&error);
    future_unref(executor.given);
    cr_assert_null(
        loop_run_in_executor(f.loop, &executor.base, "refused", g_variant_new("()"), NULL, &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
}

Test(loop, cancelling_reaches_the_executor_and_back)
{
    ManualExecutor executor = {.base = {.ops = &manual_ops}};
    Future *future = loop_run_in_executor(f.loop, &executor.base, "any", g_variant_new("()"), NULL, NULL);

    cr_assert(future_cancel(future));
    cr_assert(future_cancelled(executor.given));
    future_unref(executor.given);
    future_unref(future);
    future = loop_run_in_executor(f.loop, &executor.base, "any", g_variant_new("()"), NULL, NULL);
    cr_assert(future_cancel(executor.given));
    loop_run_until_complete(f.loop, future, NULL);
    cr_assert(future_cancelled(future));
    future_unref(executor.given);
    future_unref(future);
}

Test(loop, a_loop_that_closes_fails_what_an_executor_still_does)
{
    ManualExecutor executor = {.base = {.ops = &manual_ops}};
    g_autoptr(Future) future =
        loop_run_in_executor(f.loop, &executor.base, "any", g_variant_new("()"), NULL, NULL);
    g_autoptr(GError) error = NULL;

    loop_close(f.loop, NULL);
    future_set_result(executor.given, g_variant_new("()"), NULL);
    cr_assert_null(future_result(future, 0, &error));
    cr_assert_eq(error_class(error), ERROR_CANCELLED);
    future_unref(executor.given);
    g_clear_error(&error);
    cr_assert_null(loop_run_in_executor(f.loop, &executor.base, "any", g_variant_new("()"), NULL, &error));
    cr_assert_eq(error_class(error), ERROR_INTERNAL);
}
