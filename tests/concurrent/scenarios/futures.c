/* Futures without an executor: their states, callbacks, futures_wait() and futures_as_completed(). */
#include "concurrent/futures.h"
#include "concurrent/thread.h"
#include "scenario.h"

/* The futures of one scenario. */
typedef struct {
    Future *at[3];
    guint n;
} Set;

static Set new_futures(guint n)
{
    Set set = {.n = n};

    for (guint i = 0; i < n; i++)
        set.at[i] = future_new(NULL);
    return set;
}

static void release(Set *set)
{
    for (guint i = 0; i < set->n; i++)
        future_unref(set->at[i]);
}

static void succeed(void *future)
{
    future_set_result(future, g_variant_new_int32(4), NULL);
}

static void fail(void *future)
{
    future_set_exception(future, g_error_new_literal(error_quark(), ERROR_INPUT, "no"));
}

static Thread *start(ThreadTarget target, Future *future)
{
    Thread *thread = thread_new(NULL, FALSE, target, future);

    g_assert(thread_start(thread, NULL));
    return thread;
}

/* Takes ownership of thread. */
static void join(Thread *thread)
{
    g_assert(thread_join(thread, CLOCK_FOREVER, NULL));
    thread_free(thread);
}

static gint32 index_in(const Set *set, const Future *future)
{
    for (guint i = 0; i < set->n; i++)
        if (set->at[i] == future)
            return (gint32)i;
    return -1;
}

/* Takes ownership of list. */
static void say_indices(const char *what, const Set *set, GPtrArray *list)
{
    g_autoptr(GPtrArray) futures = list;
    g_autoptr(GVariant) indices = NULL;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("ai"));
    for (guint i = 0; i < futures->len; i++)
        g_variant_builder_add(&builder, "i", index_in(set, futures->pdata[i]));
    indices = g_variant_ref_sink(g_variant_builder_end(&builder));
    say_value(what, indices);
}

static void say_wait(const Set *set, gint64 timeout_us, FuturesWhen when)
{
    GPtrArray *done;
    GPtrArray *not_done;

    (void)futures_wait(set->at, set->n, timeout_us, when, &done, &not_done);
    say_indices("done", set, done);
    say_indices("not done", set, not_done);
}

static void say_next(FuturesCompleted *order, const Set *set)
{
    GError *error = NULL;
    g_autoptr(Future) future = futures_completed_next(order, &error);

    if (future != NULL)
        say_int("next", index_in(set, future));
    else
        say_outcome("next", NULL, error);
}

/* States */

static void states(void)
{
    g_autoptr(Future) future = future_new(NULL);

    say_states(future);
    say_bool("begin", future_begin(future));
    say_states(future);
    say_bool("cancel", future_cancel(future));
    future_set_result(future, g_variant_new_int32(1), NULL);
    say_states(future);
    say_result("result", future, CLOCK_FOREVER);
}

static void states_of_a_cancelled(void)
{
    g_autoptr(Future) future = future_new(NULL);

    say_bool("cancel", future_cancel(future));
    say_states(future);
    say_bool("begin", future_begin(future));
    say_bool("cancel again", future_cancel(future));
    say_result("result", future, CLOCK_FOREVER);
    say_exception("exception", future, CLOCK_FOREVER);
}

static void states_of_a_failed(void)
{
    g_autoptr(Future) future = future_new(NULL);

    future_begin(future);
    fail(future);
    say_states(future);
    say_result("result", future, CLOCK_FOREVER);
    say_result("result again", future, CLOCK_FOREVER);
    say_bool("cancel", future_cancel(future));
}

static void set_eight(void *future)
{
    future_set_result(future, g_variant_new_int32(8), NULL);
}

static void result_from_another_thread(void)
{
    g_autoptr(Future) future = future_new(NULL);
    Thread *thread;

    say_result("before", future, SHORT_US);
    thread = start(set_eight, future);
    say_result("result", future, PATIENCE_US);
    join(thread);
}

/* Callbacks */

static void say_number(Future *future, void *number)
{
    (void)future;
    say_int("callback", *(gint32 *)number);
}

static void callbacks_before_and_after(void)
{
    static gint32 numbers[] = {1, 2, 3};
    g_autoptr(Future) future = future_new(NULL);

    future_add_done_callback(future, say_number, &numbers[0]);
    future_add_done_callback(future, say_number, &numbers[1]);
    say_bool("set", TRUE);
    succeed(future);
    say_bool("was set", TRUE);
    future_add_done_callback(future, say_number, &numbers[2]);
    say_bool("added", TRUE);
}

static void count(Future *future, void *calls)
{
    (void)future;
    ++*(guint *)calls;
}

static void callback_added_twice(void)
{
    g_autoptr(Future) future = future_new(NULL);
    guint calls = 0;

    future_add_done_callback(future, count, &calls);
    future_add_done_callback(future, count, &calls);
    succeed(future);
    say_int("calls", calls);
}

static void say_runs(Future *future, void *who)
{
    (void)future;
    say(who, "runs");
}

static void add_another(Future *future, void *data)
{
    static char inner[] = "inner";

    (void)data;
    say("outer", "begins");
    future_add_done_callback(future, say_runs, inner);
    say("outer", "ends");
}

static void callback_that_adds_a_callback(void)
{
    static char next[] = "next";
    g_autoptr(Future) future = future_new(NULL);

    future_add_done_callback(future, add_another, NULL);
    future_add_done_callback(future, say_runs, next);
    succeed(future);
}

static void say_done(Future *future, void *who)
{
    say_result(who, future, 0);
}

/* A callback in C reports its failure in its own data. */
static void fail_by_itself(Future *future, void *error)
{
    (void)future;
    error_set(error, ERROR_INPUT, "a callback's own");
}

static void callback_that_fails(void)
{
    static char first[] = "first";
    static char third[] = "third";
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GError) error = NULL;

    future_add_done_callback(future, say_done, first);
    future_add_done_callback(future, fail_by_itself, &error);
    future_add_done_callback(future, say_done, third);
    succeed(future);
    say_result("result", future, CLOCK_FOREVER);
}

static void say_cancelled(Future *future, void *who)
{
    say_bool(who, future_cancelled(future));
}

static void callbacks_of_a_cancelled(void)
{
    static char names[][7] = {"first", "second", "late"};
    g_autoptr(Future) future = future_new(NULL);

    future_add_done_callback(future, say_cancelled, names[0]);
    future_add_done_callback(future, say_done, names[1]);
    say_bool("cancel", future_cancel(future));
    say_bool("cancel again", future_cancel(future));
    future_add_done_callback(future, say_cancelled, names[2]);
}

/* Waiting for many */

static void wait_for_all(void)
{
    Set set = new_futures(3);
    Thread *thread;

    succeed(set.at[0]);
    fail(set.at[1]);
    thread = start(succeed, set.at[2]);
    say_wait(&set, PATIENCE_US, FUTURES_ALL_COMPLETED);
    join(thread);
    release(&set);
}

static void wait_for_all_with_a_timeout(void)
{
    Set set = new_futures(3);

    succeed(set.at[1]);
    say_wait(&set, SHORT_US, FUTURES_ALL_COMPLETED);
    say_wait(&set, 0, FUTURES_ALL_COMPLETED);
    release(&set);
}

static void wait_for_the_first(void)
{
    Set set = new_futures(3);
    Thread *thread;

    say_wait(&set, SHORT_US, FUTURES_FIRST_COMPLETED);
    thread = start(succeed, set.at[1]);
    say_wait(&set, PATIENCE_US, FUTURES_FIRST_COMPLETED);
    join(thread);
    release(&set);
}

static void wait_for_the_first_that_is_done(void)
{
    Set set = new_futures(3);

    fail(set.at[2]);
    say_wait(&set, CLOCK_FOREVER, FUTURES_FIRST_COMPLETED);
    release(&set);
}

static void wait_for_the_first_that_is_cancelled(void)
{
    Set set = new_futures(2);

    future_cancel(set.at[0]);
    say_wait(&set, CLOCK_FOREVER, FUTURES_FIRST_COMPLETED);
    release(&set);
}

static void wait_for_the_first_failure(void)
{
    Set set = new_futures(3);
    Thread *thread;

    succeed(set.at[0]);
    say_wait(&set, SHORT_US, FUTURES_FIRST_EXCEPTION);
    thread = start(fail, set.at[2]);
    say_wait(&set, PATIENCE_US, FUTURES_FIRST_EXCEPTION);
    join(thread);
    release(&set);
}

static void wait_for_a_failure_that_was(void)
{
    Set set = new_futures(2);

    fail(set.at[1]);
    say_wait(&set, CLOCK_FOREVER, FUTURES_FIRST_EXCEPTION);
    release(&set);
}

static void wait_for_a_failure_that_never_comes(void)
{
    Set set = new_futures(2);

    succeed(set.at[0]);
    succeed(set.at[1]);
    say_wait(&set, CLOCK_FOREVER, FUTURES_FIRST_EXCEPTION);
    release(&set);
}

static void cancelled_is_no_failure(void)
{
    Set set = new_futures(2);

    future_cancel(set.at[0]);
    say_wait(&set, SHORT_US, FUTURES_FIRST_EXCEPTION);
    release(&set);
}

static void wait_for_nothing(void)
{
    const Set none = {.n = 0};

    say_wait(&none, PATIENCE_US, FUTURES_ALL_COMPLETED);
    say_wait(&none, PATIENCE_US, FUTURES_FIRST_COMPLETED);
    say_wait(&none, PATIENCE_US, FUTURES_FIRST_EXCEPTION);
}

static void wait_for_duplicates(void)
{
    Set set = new_futures(2);
    Future *twice[] = {set.at[0], set.at[1], set.at[0], set.at[1]};
    g_autoptr(GPtrArray) done = NULL;
    g_autoptr(GPtrArray) not_done = NULL;

    succeed(set.at[0]);
    (void)futures_wait(twice, G_N_ELEMENTS(twice), SHORT_US, FUTURES_ALL_COMPLETED, &done, &not_done);
    say_int("done", done->len);
    say_int("not done", not_done->len);
    release(&set);
}

/* As they are completed */

static void as_they_complete(void)
{
    const guint order_of_ends[] = {2, 0, 1};
    Set set = new_futures(3);
    g_autoptr(FuturesCompleted) order = futures_as_completed(set.at, set.n, CLOCK_FOREVER);

    for (guint i = 0; i < G_N_ELEMENTS(order_of_ends); i++) {
        succeed(set.at[order_of_ends[i]]);
        say_next(order, &set);
    }
    say_next(order, &set);
    say_next(order, &set);
    release(&set);
}

static void finished_ones_first(void)
{
    Set set = new_futures(3);
    g_autoptr(FuturesCompleted) order = NULL;

    fail(set.at[1]);
    order = futures_as_completed(set.at, set.n, CLOCK_FOREVER);
    say_next(order, &set);
    succeed(set.at[2]);
    say_next(order, &set);
    future_cancel(set.at[0]);
    say_next(order, &set);
    say_next(order, &set);
    release(&set);
}

static void completed_in_another_thread(void)
{
    Set set = new_futures(2);
    g_autoptr(FuturesCompleted) order = futures_as_completed(set.at, set.n, PATIENCE_US);
    Thread *second = start(succeed, set.at[1]);
    Thread *first;

    say_next(order, &set);
    first = start(succeed, set.at[0]);
    say_next(order, &set);
    join(first);
    join(second);
    release(&set);
}

static void duplicates_complete_once(void)
{
    Set set = new_futures(2);
    Future *twice[] = {set.at[0], set.at[1], set.at[0], set.at[1]};
    g_autoptr(FuturesCompleted) order = NULL;

    succeed(set.at[0]);
    order = futures_as_completed(twice, G_N_ELEMENTS(twice), CLOCK_FOREVER);
    say_next(order, &set);
    succeed(set.at[1]);
    say_next(order, &set);
    say_next(order, &set);
    release(&set);
}

static void completed_in_time_and_not(void)
{
    Set set = new_futures(2);
    g_autoptr(FuturesCompleted) order = NULL;

    succeed(set.at[0]);
    order = futures_as_completed(set.at, set.n, SHORT_US);
    say_next(order, &set);
    say_next(order, &set);
    release(&set);
}

static void nothing_completes(void)
{
    const Set none = {.n = 0};
    g_autoptr(FuturesCompleted) order = futures_as_completed(NULL, 0, CLOCK_FOREVER);

    say_next(order, &none);
}

const Scenario futures_scenarios[] = {
    SCENARIO(states),
    SCENARIO(states_of_a_cancelled),
    SCENARIO(states_of_a_failed),
    SCENARIO(result_from_another_thread),
    SCENARIO(callbacks_before_and_after),
    SCENARIO(callback_added_twice),
    SCENARIO(callback_that_adds_a_callback),
    SCENARIO(callback_that_fails),
    SCENARIO(callbacks_of_a_cancelled),
    SCENARIO(wait_for_all),
    SCENARIO(wait_for_all_with_a_timeout),
    SCENARIO(wait_for_the_first),
    SCENARIO(wait_for_the_first_that_is_done),
    SCENARIO(wait_for_the_first_that_is_cancelled),
    SCENARIO(wait_for_the_first_failure),
    SCENARIO(wait_for_a_failure_that_was),
    SCENARIO(wait_for_a_failure_that_never_comes),
    SCENARIO(cancelled_is_no_failure),
    SCENARIO(wait_for_nothing),
    SCENARIO(wait_for_duplicates),
    SCENARIO(as_they_complete),
    SCENARIO(finished_ones_first),
    SCENARIO(completed_in_another_thread),
    SCENARIO(duplicates_complete_once),
    SCENARIO(completed_in_time_and_not),
    SCENARIO(nothing_completes),
    {.name = NULL},
};
