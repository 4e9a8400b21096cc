/* Tests of the common interface: each function here is two scenarios, thread_executor/NAME and
 * process_executor/NAME. */
#include "concurrent/executor_map.h"
#include "scenario.h"

enum { MANY = 10 };

static Future *submit(Executor *executor, const char *target, gint32 n)
{
    return executor_submit(executor, target, g_variant_new_int32(n), NULL, NULL);
}

static Future *submit_text(Executor *executor, const char *target, const char *text)
{
    return executor_submit(executor, target, g_variant_new_string(text), NULL, NULL);
}

static Future *submit_meeting(Executor *executor, const char *mine, const char *other)
{
    return executor_submit(executor, "meet", g_variant_new("(ss)", mine, other), NULL, NULL);
}

static void release(Future **futures, guint n)
{
    for (guint i = 0; i < n; i++)
        future_unref(futures[i]);
}

/* Submits a task that runs until the file `go` exists, and others queued behind it. */
static void submit_many_meetings(Executor *executor, Future **ret_futures)
{
    for (guint i = 0; i < MANY; i++)
        ret_futures[i] = submit_meeting(executor, "began", "go");
    serve_until_file("began");
}

static void result(Executor *executor)
{
    g_autoptr(Future) future = submit(executor, "square", 7);

    say_result("result", future, CLOCK_FOREVER);
    say_exception("exception", future, CLOCK_FOREVER);
    say_result("result again", future, CLOCK_FOREVER);
    say_states(future);
}

static void failure(Executor *executor)
{
    g_autoptr(Future) future = submit_text(executor, "fail", "no such page");
    g_autoptr(Future) other = submit(executor, "square", 3);

    say_result("result", future, CLOCK_FOREVER);
    say_exception("exception", future, CLOCK_FOREVER);
    say_states(future);
    say_result("others", other, CLOCK_FOREVER);
}

static void order_of_submission(Executor *executor)
{
    Future *futures[MANY];

    for (gint32 i = 0; i < MANY; i++)
        futures[i] = submit(executor, "log", i);
    for (guint i = MANY; i > 0; i--)
        say_result("result", futures[i - 1], CLOCK_FOREVER);
    say_lines("log");
    release(futures, MANY);
}

static void two_at_once(Executor *executor)
{
    g_autoptr(Future) first = submit_meeting(executor, "a", "b");
    g_autoptr(Future) second = submit_meeting(executor, "b", "a");

    say_result("first", first, CLOCK_FOREVER);
    say_result("second", second, CLOCK_FOREVER);
}

static void large_value(Executor *executor)
{
    g_autofree char *text = g_strnfill(300000, 'x');
    g_autoptr(Future) future = submit_text(executor, "length", text);

    say_result("length", future, CLOCK_FOREVER);
}

/* Maps */

static ExecutorMap *map_numbers(Executor *executor, const char *target, const gint32 *numbers, gsize n,
                                guint chunksize)
{
    const ExecutorMapOptions options = {.timeout_us = CLOCK_FOREVER, .chunksize = chunksize};
    g_autofree GVariant **items = g_new(GVariant *, n + 1);

    for (gsize i = 0; i < n; i++)
        items[i] = g_variant_new_int32(numbers[i]);
    return executor_map_array(executor, target, items, n, &options);
}

/* Reports what a map yields, to its end or its first failure, and what it yields after that. Takes ownership
 * of map. */
static void say_results(ExecutorMap *map)
{
    GError *error = NULL;
    GVariant *value;

    while ((value = executor_map_next(map, &error)) != NULL)
        say_taken("item", value, NULL);
    if (error != NULL)
        say_outcome("failed", NULL, g_steal_pointer(&error));
    value = executor_map_next(map, &error);
    say_taken("after", value, error);
    executor_map_free(map);
}

static void map_is_in_order(Executor *executor)
{
    GVariant *items[] = {g_variant_new("(ss)", "a", "b"), g_variant_new("(ss)", "b", ""),
                         g_variant_new("(ss)", "c", "")};

    say_results(executor_map_array(executor, "meet", items, G_N_ELEMENTS(items), NULL));
}

static void map_of_nothing(Executor *executor)
{
    say_results(map_numbers(executor, "square", NULL, 0, 0));
}

static void map_with_a_failing_item(Executor *executor)
{
    say_results(map_numbers(executor, "check", (const gint32[]){1, 2, -3, 4}, 4, 0));
}

static void map_with_a_timeout(Executor *executor)
{
    GVariant *items[] = {g_variant_new("(ss)", "a", ""), g_variant_new("(ss)", "b", ""),
                         g_variant_new("(ss)", "c", "go")};
    const ExecutorMapOptions options = {.timeout_us = 2 * CLOCK_US_PER_S};
    g_autoptr(Future) first = submit(executor, "square", 1);

    (void)future_result(first, CLOCK_FOREVER, NULL); /* waits until workers have started */
    say_results(executor_map_array(executor, "meet", items, G_N_ELEMENTS(items), &options));
    touch("go");
}

static void map_in_time(Executor *executor)
{
    GVariant *items[] = {g_variant_new_int32(1), g_variant_new_int32(2), g_variant_new_int32(3)};
    const ExecutorMapOptions options = {.timeout_us = PATIENCE_US};

    say_results(executor_map_array(executor, "square", items, G_N_ELEMENTS(items), &options));
}

static void map_of_chunks(Executor *executor)
{
    const gint32 numbers[MANY] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const guint sizes[] = {1, 3, 7, 100};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(ExecutorMap) map = map_numbers(executor, "square", numbers, MANY, sizes[i]);
        g_autoptr(GVariant) squares = NULL;
        GVariantBuilder builder;
        GVariant *value;

        g_variant_builder_init(&builder, G_VARIANT_TYPE("ai"));
        while ((value = executor_map_next(map, NULL)) != NULL) {
            g_variant_builder_add_value(&builder, value);
            g_variant_unref(value);
        }
        squares = g_variant_ref_sink(g_variant_builder_end(&builder));
        say_value("squares", squares);
    }
}

static void chunk_with_a_failing_item(Executor *executor)
{
    say_results(map_numbers(executor, "check", (const gint32[]){1, -2, 3}, 3, 3));
}

static void failing_item_behind_a_good_chunk(Executor *executor)
{
    say_results(map_numbers(executor, "check", (const gint32[]){1, 2, 3, 4, -5, 6}, 6, 3));
}

/* Shutdown */

static void shutdown_waits(Executor *executor)
{
    Future *futures[5];
    g_autoptr(GVariant) list = NULL;
    GVariantBuilder done;

    for (gint32 i = 0; i < 5; i++)
        futures[i] = submit(executor, "square", i);
    executor_shutdown(executor, TRUE, FALSE);
    g_variant_builder_init(&done, G_VARIANT_TYPE("ab"));
    for (guint i = 0; i < 5; i++)
        g_variant_builder_add(&done, "b", future_done(futures[i]));
    list = g_variant_ref_sink(g_variant_builder_end(&done));
    say_value("done", list);
    release(futures, 5);
}

static void shutdown_without_waiting(Executor *executor)
{
    g_autoptr(Future) future = submit_meeting(executor, "began", "go");

    serve_until_file("began");
    executor_shutdown(executor, FALSE, FALSE);
    say_bool("done", future_done(future));
    touch("go");
    say_result("result", future, CLOCK_FOREVER);
}

static void shutdown_that_cancels(Executor *executor)
{
    Future *futures[MANY];

    submit_many_meetings(executor, futures);
    executor_shutdown(executor, FALSE, TRUE);
    touch("go");
    say_result("first", futures[0], CLOCK_FOREVER);
    say_result("last", futures[MANY - 1], CLOCK_FOREVER);
    release(futures, MANY);
}

static void shutdown_that_waits_and_cancels(Executor *executor)
{
    Future *futures[MANY];

    submit_many_meetings(executor, futures);
    touch("go");
    executor_shutdown(executor, TRUE, TRUE);
    say_bool("first done", future_done(futures[0]));
    say_bool("last done", future_done(futures[MANY - 1]));
    release(futures, MANY);
}

static void say_submit(const char *what, Executor *executor)
{
    GError *error = NULL;
    g_autoptr(Future) future = executor_submit(executor, "square", g_variant_new_int32(1), NULL, &error);

    say_accepted(what, future != NULL, error);
}

static void submit_after_shutdown(Executor *executor)
{
    executor_shutdown(executor, TRUE, FALSE);
    say_submit("submit", executor);
    executor_shutdown(executor, TRUE, FALSE);
    say_submit("submit after the second", executor);
}

static void map_after_shutdown(Executor *executor)
{
    g_autoptr(ExecutorMap) map = NULL;
    g_autoptr(GVariant) value = NULL;
    GError *error = NULL;

    executor_shutdown(executor, TRUE, FALSE);
    map = map_numbers(executor, "square", (const gint32[]){1}, 1, 0);
    value = executor_map_next(map, &error);
    say_accepted("map", value != NULL, error);
}

/* Cancelling */

static void cancel_what_is_pending(Executor *executor)
{
    Future *futures[MANY];
    Future *last;

    submit_many_meetings(executor, futures);
    last = futures[MANY - 1];
    say_states(last);
    say_bool("cancel", future_cancel(last));
    say_bool("cancel again", future_cancel(last));
    say_states(last);
    say_result("result", last, CLOCK_FOREVER);
    say_exception("exception", last, CLOCK_FOREVER);
    touch("go");
    say_result("the first", futures[0], CLOCK_FOREVER);
    release(futures, MANY);
}

static void cancelled_tasks_do_not_run(Executor *executor)
{
    g_autoptr(Future) first = submit_meeting(executor, "began", "go");
    Future *futures[MANY];

    for (gint32 i = 0; i < MANY; i++)
        futures[i] = submit(executor, "log", i);
    serve_until_file("began");
    for (guint i = MANY / 2; i < MANY; i++)
        say_bool("cancel", future_cancel(futures[i]));
    touch("go");
    say_result("first", first, CLOCK_FOREVER);
    executor_shutdown(executor, TRUE, FALSE);
    say_lines("log");
    release(futures, MANY);
}

static void cancel_what_runs(Executor *executor)
{
    g_autoptr(Future) future = submit_meeting(executor, "began", "go");

    serve_until_file("began");
    say_states(future);
    say_bool("cancel", future_cancel(future));
    say_states(future);
    touch("go");
    say_result("result", future, CLOCK_FOREVER);
}

static void cancel_what_is_done(Executor *executor)
{
    g_autoptr(Future) good = submit(executor, "square", 5);
    g_autoptr(Future) bad = submit_text(executor, "fail", "no");

    say_result("good", good, CLOCK_FOREVER);
    say_result("bad", bad, CLOCK_FOREVER);
    say_bool("cancel good", future_cancel(good));
    say_bool("cancel bad", future_cancel(bad));
    say_result("good", good, CLOCK_FOREVER);
}

/* Callbacks */

static void say_done(Future *future, void *what)
{
    say_result(what, future, 0);
}

static void say_cancelled(Future *future, void *what)
{
    say_bool(what, future_cancelled(future));
}

static void callbacks_in_order(Executor *executor)
{
    static char names[][7] = {"first", "second", "third", "late"};
    g_autoptr(Future) future = submit_meeting(executor, "began", "go");

    for (guint i = 0; i < 3; i++)
        future_add_done_callback(future, say_done, names[i]);
    touch("go");
    executor_shutdown(executor, TRUE, FALSE);
    future_add_done_callback(future, say_done, names[3]);
}

static void callback_of_a_cancelled(Executor *executor)
{
    static char what[] = "callback, cancelled";
    Future *futures[MANY];

    submit_many_meetings(executor, futures);
    future_add_done_callback(futures[MANY - 1], say_cancelled, what);
    say_bool("cancel", future_cancel(futures[MANY - 1]));
    say_bool("cancel again", future_cancel(futures[MANY - 1]));
    touch("go");
    release(futures, MANY);
}

static void callback_of_a_failure(Executor *executor)
{
    static char what[] = "callback";
    g_autoptr(Future) future = submit_text(executor, "fail", "no such page");

    future_add_done_callback(future, say_done, what);
    executor_shutdown(executor, TRUE, FALSE);
}

static void result_with_a_timeout(Executor *executor)
{
    g_autoptr(Future) future = submit_meeting(executor, "began", "go");

    say_result("result", future, SHORT_US);
    say_exception("exception", future, SHORT_US);
    say_result("at once", future, 0);
    say_bool("done", future_done(future));
    touch("go");
    say_result("result", future, PATIENCE_US);
}

const Scenario executors_scenarios[] = {
    EXECUTOR_SCENARIO(result, 2),
    EXECUTOR_SCENARIO(failure, 2),
    EXECUTOR_SCENARIO(order_of_submission, 1),
    EXECUTOR_SCENARIO(two_at_once, 2),
    EXECUTOR_SCENARIO(large_value, 1),
    EXECUTOR_SCENARIO(map_is_in_order, 2),
    EXECUTOR_SCENARIO(map_of_nothing, 2),
    EXECUTOR_SCENARIO(map_with_a_failing_item, 2),
    EXECUTOR_SCENARIO(map_with_a_timeout, 2),
    EXECUTOR_SCENARIO(map_in_time, 2),
    EXECUTOR_SCENARIO(map_of_chunks, 2),
    EXECUTOR_SCENARIO(chunk_with_a_failing_item, 1),
    EXECUTOR_SCENARIO(failing_item_behind_a_good_chunk, 1),
    EXECUTOR_SCENARIO(shutdown_waits, 2),
    EXECUTOR_SCENARIO(shutdown_without_waiting, 1),
    EXECUTOR_SCENARIO(shutdown_that_cancels, 1),
    EXECUTOR_SCENARIO(shutdown_that_waits_and_cancels, 1),
    EXECUTOR_SCENARIO(submit_after_shutdown, 1),
    EXECUTOR_SCENARIO(map_after_shutdown, 1),
    EXECUTOR_SCENARIO(cancel_what_is_pending, 1),
    EXECUTOR_SCENARIO(cancelled_tasks_do_not_run, 1),
    EXECUTOR_SCENARIO(cancel_what_runs, 1),
    EXECUTOR_SCENARIO(cancel_what_is_done, 1),
    EXECUTOR_SCENARIO(callbacks_in_order, 1),
    EXECUTOR_SCENARIO(callback_of_a_cancelled, 1),
    EXECUTOR_SCENARIO(callback_of_a_failure, 1),
    EXECUTOR_SCENARIO(result_with_a_timeout, 1),
    {.name = NULL},
};
