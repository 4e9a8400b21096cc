/* Tests questions of children to their parent, through a process executor. */
#include <criterion/criterion.h>
#include <signal.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/process_executor.h"
#include "concurrent/questions.h"
#include "executor_tests.h"

static guint asked;
static const Future *expected; /* the task that the question `mine` must be about */
static gboolean was_mine;

static GVariant *on_ask(ProcessExecutor *executor, const Future *task, const char *name, GVariant *value,
                        void *data, GError **error)
{
    (void)executor;
    (void)data;
    asked++;
    if (strcmp(name, "double") == 0 && g_variant_is_of_type(value, G_VARIANT_TYPE_INT64))
        return g_variant_new_int64(2 * g_variant_get_int64(value));
    if (strcmp(name, "mine") == 0) {
        was_mine = task != NULL && task == expected;
        return g_variant_new_boolean(was_mine);
    }
    error_set(error, ERROR_INPUT, "no answer to %s", name);
    return NULL;
}

TestSuite(child_ask, .init = setup, .fini = teardown);

static const char *const with_loop[] = {"loop", NULL};

/* One child that runs many tasks at a time. */
static ProcessExecutorOptions options_for(const char *const *args)
{
    ProcessExecutorOptions options = child_options(args);

    options.tasks_in_flight = 4;
    options.concurrent = TRUE;
    options.on_ask = on_ask;
    return options;
}

static Future *submit_ask(Executor *executor, const char *target, const char *name, GVariant *value)
{
    return submit(executor, target, g_variant_new("(sv)", name, value));
}

Test(child_ask, an_answer_comes_back)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) future = submit_ask(executor, "ask", "double", g_variant_new_int64(21));

    cr_assert_eq(g_variant_get_int64(result_of(future)), 42);
    cr_assert_eq(asked, 1u);
}

Test(child_ask, a_refusal_keeps_its_class_and_text)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) unknown = submit_ask(executor, "ask", "the way", g_variant_new("()"));
    g_autoptr(Future) mistyped = submit_ask(executor, "ask", "double", g_variant_new_string("x"));

    fails_with(unknown, ERROR_INPUT, "no answer to the way");
    fails_with(mistyped, ERROR_INPUT, "no answer to double");
}

Test(child_ask, without_anybody_to_answer_it_is_refused)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) future = NULL;

    options.on_ask = NULL;
    executor = start(&options);
    future = submit_ask(executor, "ask", "double", g_variant_new_int64(1));
    fails_with(future, ERROR_INTERNAL, "no response");
}

Test(child_ask, a_child_that_does_one_thing_at_a_time_cannot_ask)
{
    ProcessExecutorOptions options = options_for(NULL);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) future = NULL;

    options.concurrent = FALSE;
    executor = start(&options);
    future = submit_ask(executor, "ask", "double", g_variant_new_int64(1));
    fails_with(future, ERROR_INTERNAL, "cannot ask");
    cr_assert_eq(asked, 0u);
}

Test(child_ask, the_parent_knows_which_task_it_is_about)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) other = submit(executor, "hold", g_variant_new("()"));
    g_autoptr(Future) future = submit_ask(executor, "ask", "mine", g_variant_new("()"));
    g_autoptr(Future) idle = NULL;

    expected = future;
    cr_assert(g_variant_get_boolean(result_of(future)));
    expected = NULL;
    idle = submit_ask(executor, "ask_idly", "mine", g_variant_new("()"));
    cr_assert_not(g_variant_get_boolean(result_of(idle)), "about none");
    (void)other;
}

/* Tasks 1 and 2 are held, by one child each or both by one; no child has 99. All three questions come from
 * the same child: the one with the fewest tasks. */
Test(child_ask, a_child_cannot_ask_about_the_task_of_another)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) first = NULL, second = NULL;
    const guint64 numbers[] = {1, 2, 99};
    guint mine = 0;

    options.max_workers = 2;
    options.tasks_in_flight = 2;
    executor = start(&options);
    first = submit(executor, "hold", g_variant_new("()"));
    second = submit(executor, "hold", g_variant_new("()"));
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autoptr(Future) future = submit(executor, "ask_about", g_variant_new("(t)", numbers[i]));

        expected = numbers[i] == 1 ? first : second;
        (void)result_of(future);
        while (asked < i + 1)
            g_main_context_iteration(context, TRUE);
        mine += was_mine;
    }
    cr_assert_leq(mine, 1u, "one child has one of the two at most");
    cr_assert_eq(events.died, 0u);
}

Test(child_ask, many_at_once_are_all_answered)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) future = submit(executor, "ask_many", g_variant_new("(u)", CHILD_QUESTIONS_MAX));
    g_autoptr(Future) again = NULL;
    guint32 answered, refused;

    g_variant_get(result_of(future), "(uu)", &answered, &refused);
    cr_assert_eq(answered, CHILD_QUESTIONS_MAX);
    again = submit(executor, "ask_many", g_variant_new("(u)", CHILD_QUESTIONS_MAX + 5));
    g_variant_get(result_of(again), "(uu)", &answered, &refused);
    cr_assert_eq(answered, CHILD_QUESTIONS_MAX);
    cr_assert_eq(refused, 5u);
    cr_assert_eq(events.died, 0u);
}

Test(child_ask, a_child_that_dies_with_its_question_open_is_replaced)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) future = submit(executor, "ask_and_die", g_variant_new("()"));
    g_autoptr(Future) after = NULL;

    fails_with(future, ERROR_CRASH, "SIGKILL");
    after = submit_ask(executor, "ask", "double", g_variant_new_int64(4));
    cr_assert_eq(g_variant_get_int64(result_of(after)), 8);
}

Test(child_ask, a_child_that_asks_and_does_not_listen_is_killed)
{
    const char *args[] = {"flood", NULL};
    ProcessExecutorOptions options = options_for(args);
    Executor *executor = start(&options);

    while (events.died == 0)
        g_main_context_iteration(context, TRUE);
    executor_free(executor);
    cr_assert_not_null(strstr(events.obituary, "SIGKILL"), "%s", events.obituary);
}

Test(child_ask, shutdown_waits_for_those_who_ask)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = start(&options);
    g_autoptr(Future) future = submit(executor, "ask_many", g_variant_new("(u)", 100));
    guint32 answered, refused;

    executor_shutdown(executor, TRUE, FALSE);
    g_variant_get(result_of(future), "(uu)", &answered, &refused);
    cr_assert_eq(answered, 100u);
    cr_assert_eq(events.died, 0u);
}

/* Children that the executor gives up */

Test(child_ask, who_is_refused_too_often_is_replaced)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = NULL;

    options.max_workers = 1;
    options.max_refusals = 3;
    executor = start(&options);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(Future) refused = submit_ask(executor, "ask", "the way", g_variant_new("()"));

        fails_with(refused, ERROR_INPUT, "no answer to the way");
    }
    {
        g_autoptr(Future) last = submit_ask(executor, "ask", "the way", g_variant_new("()"));
        g_autoptr(Future) other = NULL;

        fails_with(last, ERROR_CRASH, "sent too much");
        other = submit_ask(executor, "ask", "double", g_variant_new_int64(4));
        cr_assert_eq(g_variant_get_int64(result_of(other)), 8, "another child has taken its place");
    }
}

static guint heard;

static void on_note(ProcessExecutor *executor, const char *name, GVariant *value, void *data)
{
    (void)executor;
    (void)name;
    (void)value;
    (void)data;
    heard++;
}

Test(child_ask, who_says_too_much_is_replaced)
{
    ProcessExecutorOptions options = options_for(with_loop);
    g_autoptr(Executor) executor = NULL;
    g_autoptr(Future) flood = NULL, other = NULL;

    options.max_workers = 1;
    options.notes_per_s = 10;
    options.on_note = on_note;
    executor = start(&options);
    flood = submit(executor, "tell_much", g_variant_new_int64(20000));
    fails_with(flood, ERROR_CRASH, "sent too much");
    cr_assert_leq(heard, 1000u, "what comes after the limit is not heard");
    other = submit(executor, "tell_much", g_variant_new_int64(5));
    cr_assert_not_null(result_of(other));
}
