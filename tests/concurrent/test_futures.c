#include <criterion/criterion.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/futures.h"

enum { N = 4 };

static Future *futures[N];

static void setup(void)
{
    for (int i = 0; i < N; i++)
        futures[i] = future_new(NULL);
}

static void teardown(void)
{
    for (int i = 0; i < N; i++)
        future_unref(futures[i]);
}

TestSuite(futures, .init = setup, .fini = teardown);

static void finish(int i)
{
    future_set_result(futures[i], g_variant_new_int32(i), NULL);
}

static void fail(int i)
{
    future_set_exception(futures[i], g_error_new_literal(error_quark(), ERROR_INPUT, "bad"));
}

static void *finish_later(void *data)
{
    g_usleep(20000);
    finish(GPOINTER_TO_INT(data));
    return NULL;
}

static void expect_wait(gint64 timeout_us, FuturesWhen when, gboolean enough, guint done)
{
    g_autoptr(GPtrArray) finished = NULL;
    g_autoptr(GPtrArray) others = NULL;

    cr_assert_eq(futures_wait(futures, N, timeout_us, when, &finished, &others), enough);
    cr_assert_eq(finished->len, done);
    cr_assert_eq(others->len, N - done);
}

Test(futures, wait_for_the_first)
{
    pthread_t thread;

    expect_wait(10 * CLOCK_US_PER_MS, FUTURES_FIRST_COMPLETED, FALSE, 0);
    pthread_create(&thread, NULL, finish_later, GINT_TO_POINTER(2));
    expect_wait(CLOCK_FOREVER, FUTURES_FIRST_COMPLETED, TRUE, 1);
    pthread_join(thread, NULL);
    expect_wait(0, FUTURES_FIRST_COMPLETED, TRUE, 1);
}

Test(futures, wait_for_a_failure)
{
    finish(0);
    cr_assert(future_cancel(futures[1]));
    expect_wait(0, FUTURES_FIRST_EXCEPTION, FALSE, 2);
    fail(2);
    expect_wait(0, FUTURES_FIRST_EXCEPTION, TRUE, 3);
}

Test(futures, wait_for_a_failure_that_never_comes)
{
    for (int i = 0; i < N; i++)
        finish(i);
    expect_wait(CLOCK_FOREVER, FUTURES_FIRST_EXCEPTION, TRUE, N);
}

Test(futures, wait_for_all)
{
    pthread_t thread;

    finish(0);
    fail(1);
    finish(2);
    expect_wait(0, FUTURES_ALL_COMPLETED, FALSE, 3);
    pthread_create(&thread, NULL, finish_later, GINT_TO_POINTER(3));
    expect_wait(5 * CLOCK_US_PER_S, FUTURES_ALL_COMPLETED, TRUE, N);
    pthread_join(thread, NULL);
}

Test(futures, duplicates_count_once_and_none_is_enough)
{
    Future *twice[] = {futures[1], futures[1], futures[0], futures[1]};
    g_autoptr(GPtrArray) done = NULL;

    finish(1);
    finish(0);
    cr_assert(futures_wait(twice, G_N_ELEMENTS(twice), 0, FUTURES_ALL_COMPLETED, &done, NULL));
    cr_assert_eq(done->len, 2u);
    cr_assert_eq(done->pdata[0], futures[1]);
    cr_assert(futures_wait(NULL, 0, 0, FUTURES_FIRST_COMPLETED, NULL, NULL));
}

static void expect_next(FuturesCompleted *iterator, Future *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Future) next = futures_completed_next(iterator, &error);

    cr_assert_null(error);
    cr_assert_eq(next, expected);
}

Test(futures, as_completed_gives_finished_ones_first_and_each_once)
{
    Future *given[] = {futures[3], futures[0], futures[2], futures[0], futures[1]};
    g_autoptr(FuturesCompleted) iterator = NULL;

    finish(0);
    fail(2);
    iterator = futures_as_completed(given, G_N_ELEMENTS(given), CLOCK_FOREVER);
    finish(1);
    cr_assert(future_cancel(futures[3]));
    expect_next(iterator, futures[0]);
    expect_next(iterator, futures[2]);
    expect_next(iterator, futures[1]);
    expect_next(iterator, futures[3]);
    expect_next(iterator, NULL);
    expect_next(iterator, NULL);
}

Test(futures, as_completed_gives_up_in_time)
{
    g_autoptr(FuturesCompleted) iterator = NULL;
    g_autoptr(GError) error = NULL;

    finish(2);
    iterator = futures_as_completed(futures, N, 20 * CLOCK_US_PER_MS);
    expect_next(iterator, futures[2]);
    cr_assert_null(futures_completed_next(iterator, &error));
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    cr_assert(strstr(error->message, "3 futures") != NULL);
}

Test(futures, what_is_not_done_forgets_the_iterator)
{
    futures_completed_free(futures_as_completed(futures, N, CLOCK_FOREVER));
    futures_completed_free(NULL);
    finish(0); /* would access freed memory */
}

typedef struct {
    GMainContext *context;
    Future *future;
} OnLoop;

static gboolean finish_on_loop(void *data)
{
    future_set_result(((OnLoop *)data)->future, g_variant_new("()"), NULL);
    return G_SOURCE_REMOVE;
}

static void on_loop_init(OnLoop *loop, guint ms)
{
    GSource *timer = g_timeout_source_new(ms);

    loop->context = g_main_context_new();
    loop->future = future_new(loop->context);
    g_source_set_callback(timer, finish_on_loop, loop, NULL);
    g_source_attach(timer, loop->context);
    g_source_unref(timer);
}

static void on_loop_clear(OnLoop *loop)
{
    future_unref(loop->future);
    g_main_context_unref(loop->context);
}

Test(futures, waiting_runs_the_loops_on_which_they_live)
{
    OnLoop slow;
    OnLoop fast;
    Future *both[2];
    g_autoptr(FuturesCompleted) iterator = NULL;

    on_loop_init(&slow, 400);
    on_loop_init(&fast, 10);
    both[0] = slow.future;
    both[1] = fast.future;
    iterator = futures_as_completed(both, 2, 5 * CLOCK_US_PER_S);
    expect_next(iterator, fast.future);
    expect_next(iterator, slow.future);
    on_loop_clear(&slow);
    on_loop_clear(&fast);
}

Test(futures, a_thread_wakes_who_waits_in_a_loop)
{
    OnLoop never;
    Future *both[2];
    pthread_t thread;
    gint64 start_us = clock_now_us();

    on_loop_init(&never, 10000);
    both[0] = never.future;
    both[1] = futures[0];
    pthread_create(&thread, NULL, finish_later, GINT_TO_POINTER(0));
    cr_assert(futures_wait(both, 2, 8 * CLOCK_US_PER_S, FUTURES_FIRST_COMPLETED, NULL, NULL));
    cr_assert_lt(clock_now_us() - start_us, 4 * CLOCK_US_PER_S);
    pthread_join(thread, NULL);
    cr_assert_not(futures_wait(both, 1, 10 * CLOCK_US_PER_MS, FUTURES_ALL_COMPLETED, NULL, NULL));
    cr_assert(future_cancel(never.future));
    on_loop_clear(&never);
}
