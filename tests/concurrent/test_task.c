#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/loop_executor.h"
#include "concurrent/process_executor.h"
#include "concurrent/task.h"

static Loop *loop;
static GString *log_text;

static void set_up(void)
{
    loop = loop_get();
    log_text = g_string_new(NULL);
}

static void tear_down(void)
{
    cr_assert(loop_close(loop, NULL));
    g_string_free(log_text, TRUE);
}

TestSuite(task, .init = set_up, .fini = tear_down);

/* A callback's data is not const; these callbacks only read it. */
static void *word(const char *text)
{
    return (void *)(guintptr)text;
}

static GVariant *run(Future *future, GError **error)
{
    return loop_run_until_complete(loop, future, error);
}

static void assert_class(GError *error, ErrorClass class)
{
    cr_assert_not_null(error);
    cr_assert_eq(error_class(error), class, "%s", error->message);
    g_error_free(error);
}

static GVariant *answer(void *arg, GError **error)
{
    (void)error;
    return g_variant_new_int32(GPOINTER_TO_INT(arg));
}

static GVariant *fail(void *arg, GError **error)
{
    error_set(error, ERROR_INPUT, "%s", (char *)arg);
    return NULL;
}

static GVariant *sleep_and_write(void *arg, GError **error)
{
    int ms = GPOINTER_TO_INT(arg);

    if (!task_sleep(ms * CLOCK_US_PER_MS, error)) {
        g_string_append_printf(log_text, "(%d)", ms);
        return NULL;
    }
    g_string_append_printf(log_text, "%d ", ms);
    return g_variant_new_int32(ms);
}

Test(task, its_result_and_its_failure_are_the_futures)
{
    g_autoptr(Future) good = task_new(loop, answer, GINT_TO_POINTER(42));
    g_autoptr(Future) bad = task_new(NULL, fail, word("bad"));
    GError *error = NULL;

    cr_assert_not(future_running(good));
    cr_assert_eq(g_variant_get_int32(run(good, NULL)), 42);
    cr_assert_null(run(bad, &error));
    assert_class(error, ERROR_INPUT);
}

Test(task, they_wake_in_the_order_of_their_sleep)
{
    g_autoptr(Future) slow = task_new(loop, sleep_and_write, GINT_TO_POINTER(30));
    g_autoptr(Future) quick = task_new(loop, sleep_and_write, GINT_TO_POINTER(1));
    g_autoptr(Future) middle = task_new(loop, sleep_and_write, GINT_TO_POINTER(15));

    run(slow, NULL);
    cr_assert(future_done(quick) && future_done(middle));
    cr_assert_str_eq(log_text->str, "1 15 30 ");
}

static GVariant *take_turns(void *arg, GError **error)
{
    for (int i = 0; i < 3; i++) {
        g_string_append(log_text, arg);
        cr_assert(task_sleep(0, error));
    }
    return NULL;
}

Test(task, a_sleep_of_nothing_gives_way_for_a_round)
{
    g_autoptr(Future) first = task_new(loop, take_turns, word("a"));
    g_autoptr(Future) second = task_new(loop, take_turns, word("b"));

    run(second, NULL);
    cr_assert_str_eq(log_text->str, "ababab");
    cr_assert_str_eq(g_variant_get_type_string(future_result(first, 0, NULL)), "()");
}

/* The sum of 1 to n; each step is a task that awaits the next one. */
static GVariant *sum(void *arg, GError **error)
{
    int n = GPOINTER_TO_INT(arg);
    g_autoptr(Future) next = NULL;
    GVariant *rest;

    if (n == 0)
        return g_variant_new_int32(0);
    next = task_new(NULL, sum, GINT_TO_POINTER(n - 1));
    rest = await(next, error);
    return rest == NULL ? NULL : g_variant_new_int32(n + g_variant_get_int32(rest));
}

Test(task, awaits_nest_deeply)
{
    g_autoptr(Future) future = task_new(loop, sum, GINT_TO_POINTER(2000));

    cr_assert_eq(g_variant_get_int32(run(future, NULL)), 2001000);
}

static GVariant *await_it(void *arg, GError **error)
{
    GVariant *result = await(arg, error);

    return result == NULL ? NULL : g_variant_ref(result);
}

Test(task, failures_pass_through_awaits)
{
    g_autoptr(Future) bad = task_new(loop, fail, word("deep"));
    g_autoptr(Future) future = task_new(loop, await_it, bad);
    GError *error = NULL;

    cr_assert_null(run(future, &error));
    cr_assert_str_eq(error->message, "deep");
    assert_class(error, ERROR_INPUT);
}

static GVariant *await_itself(void *arg, GError **error)
{
    (void)arg;
    return await(task_current(), error);
}

Test(task, await_has_rules)
{
    g_autoptr(Future) future = task_new(loop, await_itself, NULL);
    GError *error = NULL;

    cr_assert_null(run(future, &error));
    assert_class(g_steal_pointer(&error), ERROR_INTERNAL);
    cr_assert_null(await(future, &error));
    assert_class(g_steal_pointer(&error), ERROR_INTERNAL);
    cr_assert_not(task_sleep(1, &error));
    assert_class(error, ERROR_INTERNAL);
    cr_assert_null(task_current());
}

static void *complete_in_thread(void *future)
{
    g_usleep(5000);
    future_set_result(future, g_variant_new_int32(9), NULL);
    return NULL;
}

Test(task, another_thread_completes_what_it_awaits)
{
    g_autoptr(Future) foreign = future_new(NULL);
    g_autoptr(Future) future = task_new(loop, await_it, foreign);
    pthread_t thread;

    pthread_create(&thread, NULL, complete_in_thread, foreign);
    cr_assert_eq(g_variant_get_int32(run(future, NULL)), 9);
    pthread_join(thread, NULL);
}

static Future *sleeper(int ms)
{
    return task_new(loop, sleep_and_write, GINT_TO_POINTER(ms));
}

static void unref_all(Future **futures, int n)
{
    for (int i = 0; i < n; i++)
        future_unref(futures[i]);
}

Test(task, gather_gives_results_in_order)
{
    Future *futures[] = {sleeper(10), sleeper(1), sleeper(5)};
    g_autoptr(Future) all = gather(futures, G_N_ELEMENTS(futures));
    g_autoptr(Future) none = gather(NULL, 0);
    g_autofree char *text = g_variant_print(run(all, NULL), FALSE);

    cr_assert_str_eq(text, "[<10>, <1>, <5>]");
    cr_assert_eq(g_variant_n_children(run(none, NULL)), 0);
    unref_all(futures, G_N_ELEMENTS(futures));
}

Test(task, gather_takes_one_twice)
{
    Future *one = sleeper(1);
    Future *futures[] = {one, one};
    g_autoptr(Future) all = gather(futures, 2);

    cr_assert_eq(g_variant_n_children(run(all, NULL)), 2);
    future_unref(one);
}

Test(task, gather_fails_at_once_and_the_others_go_on)
{
    Future *futures[] = {sleeper(20), task_new(loop, fail, word("bad")), sleeper(5)};
    g_autoptr(Future) all = gather(futures, G_N_ELEMENTS(futures));
    GError *error = NULL;

    cr_assert_null(run(all, &error));
    assert_class(error, ERROR_INPUT);
    cr_assert_str_eq(log_text->str, "");
    run(futures[0], NULL);
    cr_assert_str_eq(log_text->str, "5 20 ");
    unref_all(futures, G_N_ELEMENTS(futures));
}

static GVariant *cancel_it(void *arg, GError **error)
{
    cr_assert(task_sleep(CLOCK_US_PER_MS, error));
    cr_assert(task_cancel(arg));
    return NULL;
}

static void cancel_soon(Future *future)
{
    future_unref(task_new(loop, cancel_it, future));
}

Test(task, cancelling_a_gather_ends_all_of_it)
{
    Future *futures[] = {sleeper(10000), sleeper(20000)};
    g_autoptr(Future) all = gather(futures, G_N_ELEMENTS(futures));
    GError *error = NULL;

    cancel_soon(all);
    cr_assert_null(run(all, &error));
    assert_class(error, ERROR_CANCELLED);
    cr_assert(future_cancelled(all) && future_cancelled(futures[0]) && future_cancelled(futures[1]));
    cr_assert_str_eq(log_text->str, "(10000)(20000)");
    unref_all(futures, G_N_ELEMENTS(futures));
}

Test(task, a_gather_cancelled_before_it_began_ends_all_of_it)
{
    Future *futures[] = {sleeper(10000), sleeper(20000)};
    g_autoptr(Future) all = gather(futures, G_N_ELEMENTS(futures));

    cr_assert(future_cancel(all));
    cr_assert(future_cancelled(futures[0]) && future_cancelled(futures[1]));
    unref_all(futures, G_N_ELEMENTS(futures));
}

Test(task, cancel_is_seen_at_the_await)
{
    g_autoptr(Future) future = sleeper(10000);
    GError *error = NULL;

    cancel_soon(future);
    cr_assert_null(run(future, &error));
    assert_class(error, ERROR_CANCELLED);
    cr_assert(future_cancelled(future));
    cr_assert_not(task_cancel(future));
    cr_assert_str_eq(log_text->str, "(10000)");
}

Test(task, one_that_has_not_begun_never_does)
{
    g_autoptr(Future) by_task = sleeper(1);
    g_autoptr(Future) by_future = sleeper(2);
    g_autoptr(Future) last = sleeper(3);

    cr_assert(task_cancel(by_task));
    cr_assert(future_cancel(by_future));
    run(last, NULL);
    cr_assert(future_cancelled(by_task) && future_cancelled(by_future));
    cr_assert_str_eq(log_text->str, "3 ");
}

Test(task, cancel_goes_to_what_it_awaits)
{
    g_autoptr(Future) inner = sleeper(10000);
    g_autoptr(Future) outer = task_new(loop, await_it, inner);

    cancel_soon(outer);
    cr_assert_null(run(outer, NULL));
    cr_assert(future_cancelled(outer) && future_cancelled(inner));
}

Test(task, one_that_awaits_what_has_begun_elsewhere_gives_up)
{
    g_autoptr(Future) foreign = future_new(NULL);
    g_autoptr(Future) future = task_new(loop, await_it, foreign);

    cancel_soon(future);
    cr_assert(future_begin(foreign));
    cr_assert_null(run(future, NULL));
    cr_assert(future_cancelled(future));
    cr_assert(future_running(foreign));
    future_set_result(foreign, g_variant_new("()"), NULL); /* wakes no task */
}

static gboolean at_the_bottom;

/* Each task awaits the next one; the last one sleeps. */
static GVariant *descend(void *arg, GError **error)
{
    int n = GPOINTER_TO_INT(arg);
    g_autoptr(Future) next = NULL;

    at_the_bottom = n == 0;
    if (n == 0)
        return sleep_and_write(GINT_TO_POINTER(10000), error);
    next = task_new(NULL, descend, GINT_TO_POINTER(n - 1));
    (void)await(next, error);
    return NULL;
}

static GVariant *cancel_when_deep(void *arg, GError **error)
{
    while (!at_the_bottom)
        cr_assert(task_sleep(0, error));
    cr_assert(task_cancel(arg));
    return NULL;
}

Test(task, cancel_goes_down_a_long_chain)
{
    g_autoptr(Future) future = task_new(loop, descend, GINT_TO_POINTER(3000));

    future_unref(task_new(loop, cancel_when_deep, future));
    cr_assert_null(run(future, NULL));
    cr_assert(future_cancelled(future));
    cr_assert_str_eq(log_text->str, "(10000)");
}

static GVariant *await_at(void *arg, GError **error)
{
    return await(*(Future **)arg, error);
}

Test(task, two_that_await_each_other_can_be_cancelled)
{
    Future *first = NULL;
    Future *second = NULL;

    first = task_new(loop, await_at, &second);
    second = task_new(loop, await_at, &first);
    cancel_soon(first);
    cr_assert_null(run(first, NULL));
    cr_assert_null(run(second, NULL));
    cr_assert(future_cancelled(first) && future_cancelled(second));
    future_unref(first);
    future_unref(second);
}

static GVariant *survive(void *arg, GError **error)
{
    (void)arg;
    (void)error;
    task_cancel(task_current());
    cr_assert_not(task_sleep(1, NULL));
    cr_assert(task_sleep(1, NULL));
    return g_variant_new_int32(1);
}

Test(task, cancel_is_seen_once_and_may_be_survived)
{
    g_autoptr(Future) future = task_new(loop, survive, NULL);

    cr_assert_eq(g_variant_get_int32(run(future, NULL)), 1);
    cr_assert_not(future_cancelled(future));
}

static GVariant *await_briefly(void *arg, GError **error)
{
    GVariant *result = await_timeout(arg, 5 * CLOCK_US_PER_MS, error);

    return result == NULL ? NULL : g_variant_ref(result);
}

static GVariant *await_patiently(void *arg, GError **error)
{
    GVariant *result = await_timeout(arg, 60 * CLOCK_US_PER_S, error);

    return result == NULL ? NULL : g_variant_ref(result);
}

Test(task, an_await_ends_with_its_time)
{
    g_autoptr(Future) quick = sleeper(1);
    g_autoptr(Future) slow = sleeper(10000);
    g_autoptr(Future) foreign = future_new(NULL);
    g_autoptr(Future) in_time = task_new(loop, await_patiently, quick);
    g_autoptr(Future) late = task_new(loop, await_briefly, slow);
    g_autoptr(Future) stuck = task_new(loop, await_briefly, foreign);
    GError *error = NULL;

    cr_assert(future_begin(foreign));
    cr_assert_eq(g_variant_get_int32(run(in_time, NULL)), 1);
    cr_assert_null(run(late, &error));
    assert_class(g_steal_pointer(&error), ERROR_TRANSIENT);
    cr_assert(future_cancelled(slow));
    cr_assert_null(run(stuck, &error));
    assert_class(error, ERROR_TRANSIENT);
    future_set_result(foreign, g_variant_new("()"), NULL);
}

static GVariant *clean_up(void *arg, GError **error)
{
    g_autofree char *owned = g_strdup("freed at the end");

    (void)arg;
    if (task_sleep(1000 * CLOCK_US_PER_S, error))
        return NULL;
    cr_assert_not(task_sleep(1, NULL)); /* a closed loop fails every await */
    g_string_append(log_text, owned);
    return NULL;
}

Test(task, closing_the_loop_ends_those_that_wait)
{
    g_autoptr(Loop) own = loop_new(NULL, NULL);
    g_autoptr(Future) waiting = task_new(own, clean_up, NULL);
    g_autoptr(Future) waits_for_it = task_new(own, await_it, waiting);
    g_autoptr(Future) fresh = NULL;
    g_autoptr(Future) refused = NULL;
    GError *error = NULL;

    loop_stop(own);
    cr_assert(loop_run_forever(own, NULL));
    fresh = task_new(own, clean_up, NULL);
    cr_assert(loop_close(own, NULL));
    cr_assert(future_cancelled(waiting) && future_cancelled(waits_for_it) && future_cancelled(fresh));
    cr_assert_str_eq(log_text->str, "freed at the end");
    refused = task_new(own, answer, NULL);
    cr_assert_null(future_result(refused, 0, &error));
    assert_class(error, ERROR_INTERNAL);
}

Test(task, thousands_at_a_time)
{
    enum { N = 5000 };
    g_autofree Future **futures = g_new0(Future *, N);
    g_autoptr(Future) all = NULL;

    for (int i = 0; i < N; i++)
        futures[i] = sleeper(i % 7);
    all = gather(futures, N);
    cr_assert_eq(g_variant_n_children(run(all, NULL)), N);
    unref_all(futures, N);
}

static GVariant *run_outside(Executor *executor, const char *target, GVariant *args, GError **error)
{
    g_autoptr(Future) future = loop_run_in_executor(loop_get(), executor, target, args, NULL, error);
    GVariant *result = future == NULL ? NULL : await(future, error);

    return result == NULL ? NULL : g_variant_ref(result);
}

/* A child that dies in between fails only one await. */
static GVariant *use_children(void *executor, GError **error)
{
    g_autoptr(GVariant) first = run_outside(executor, "square", g_variant_new("(x)", (gint64)7), error);
    GError *died = NULL;

    if (first == NULL)
        return NULL;
    cr_assert_null(run_outside(executor, "die", g_variant_new("(i)", SIGKILL), &died));
    assert_class(died, ERROR_CRASH);
    return run_outside(executor, "square", first, error);
}

Test(task, awaits_what_children_do)
{
    ProcessExecutorOptions options = {.name = "child",
                                      .executable = TEST_BIN "/concurrent_test_child",
                                      .stdio = PROCESS_STDIO_CAPTURE,
                                      .max_workers = 1,
                                      .tasks_in_flight = 1};
    g_autoptr(Executor) executor = process_executor_base(process_executor_new(&options, loop_context(loop)));
    g_autoptr(Future) future = task_new(loop, use_children, executor);
    GError *error = NULL;
    GVariant *result = run(future, &error);
    gint64 square = 0;

    cr_assert_not_null(result, "%s", error == NULL ? "" : error->message);
    g_variant_get(result, "(x)", &square);
    cr_assert_eq(square, 2401);
    executor_shutdown(executor, TRUE, FALSE);
}
