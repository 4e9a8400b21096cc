#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/future.h"

static void append(Future *future, void *data)
{
    GString *log = data;

    cr_assert(future_done(future));
    g_string_append_c(log, (char)('a' + (char)log->len));
}

Test(future, a_result_is_given_to_all_who_ask)
{
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_not(future_done(future));
    cr_assert(future_begin(future));
    cr_assert(future_running(future));
    future_set_result(future, g_variant_new_int32(42), NULL);
    cr_assert(future_done(future));
    cr_assert_not(future_running(future));
    cr_assert_eq(g_variant_get_int32(future_result(future, 0, &error)), 42);
    cr_assert_eq(g_variant_get_int32(future_result(future, CLOCK_FOREVER, &error)), 42);
    cr_assert_null(future_exception(future, 0, &error));
    cr_assert_null(error);
}

Test(future, an_exception_is_raised_at_result)
{
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GError) error = NULL;

    future_set_exception(future, g_error_new_literal(error_quark(), ERROR_INPUT, "bad"));
    cr_assert_null(future_result(future, 0, &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_assert_str_eq(future_exception(future, 0, NULL)->message, "bad");
}

Test(future, waiting_ends_with_the_time)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Future) on_loop = future_new(context);
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GError) error = NULL;
    gint64 start = clock_now_us();

    cr_assert_null(future_result(future, 20 * CLOCK_US_PER_MS, &error));
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    g_clear_error(&error);
    cr_assert_null(future_result(on_loop, 20 * CLOCK_US_PER_MS, &error));
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    cr_assert_geq(clock_now_us() - start, 40 * CLOCK_US_PER_MS);
}

Test(future, callbacks_run_in_order_and_at_once_when_it_is_done)
{
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GString) log = g_string_new(NULL);

    future_add_done_callback(future, append, log);
    future_add_done_callback(future, append, log);
    cr_assert_eq(log->len, 0u);
    future_set_result(future, g_variant_new("()"), NULL);
    cr_assert_str_eq(log->str, "ab");
    future_add_done_callback(future, append, log);
    cr_assert_str_eq(log->str, "abc");
}

Test(future, cancel_works_until_it_runs)
{
    g_autoptr(Future) pending = future_new(NULL);
    g_autoptr(Future) running = future_new(NULL);
    g_autoptr(GString) log = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    future_add_done_callback(pending, append, log);
    cr_assert(future_cancel(pending));
    cr_assert(future_cancel(pending), "twice is as good as once");
    cr_assert(future_cancelled(pending));
    cr_assert(future_done(pending));
    cr_assert_not(future_begin(pending));
    cr_assert_str_eq(log->str, "a");
    cr_assert_null(future_result(pending, 0, &error));
    cr_assert_eq(error_class(error), ERROR_CANCELLED);

    cr_assert(future_begin(running));
    cr_assert_not(future_cancel(running));
    future_set_result(running, g_variant_new("()"), NULL);
    cr_assert_not(future_cancel(running));
    cr_assert_not(future_cancelled(running));
}

static gpointer complete_later(gpointer data)
{
    g_usleep(20000);
    future_set_result(data, g_variant_new_int32(1), NULL);
    return NULL;
}

Test(future, may_be_completed_in_another_thread)
{
    g_autoptr(Future) future = future_new(NULL);
    GThread *thread = g_thread_new("t", complete_later, future);

    cr_assert_eq(g_variant_get_int32(future_result(future, CLOCK_FOREVER, NULL)), 1);
    g_thread_join(thread);
}

Test(future, a_producer_that_gave_up_makes_it_cancelled)
{
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GError) error = NULL;

    cr_assert(future_begin(future));
    cr_assert_not(future_cancel(future));
    future_set_cancelled(future);
    cr_assert(future_cancelled(future));
    cr_assert_null(future_result(future, 0, &error));
    cr_assert_eq(error_class(error), ERROR_CANCELLED);
}

Test(future, a_callback_can_be_taken_back)
{
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GString) log = g_string_new(NULL);

    future_add_done_callback(future, append, log);
    future_add_done_callback(future, append, log);
    cr_assert(future_remove_done_callback(future, append, log));
    cr_assert_not(future_remove_done_callback(future, append, future));
    future_set_result(future, g_variant_new("()"), NULL);
    cr_assert_str_eq(log->str, "a");
    cr_assert_not(future_remove_done_callback(future, append, log));
}

Test(future, its_descriptors_can_be_taken)
{
    g_autoptr(Future) future = future_new(NULL);
    FdList *given = fd_list_new();
    g_autoptr(FdList) taken = NULL;

    future_set_result(future, g_variant_new("()"), given);
    taken = future_steal_fds(future);
    cr_assert(taken == given);
    cr_assert_null(future_steal_fds(future));
}
