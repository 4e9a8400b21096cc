/* Tasks that are cancelled or have a time limit. */
#include "bodies.h"
#include "concurrent/loop_executor.h"
#include "concurrent/thread_executor.h"

/* Ignores cancellation. */
static GVariant *stubborn(void *arg, GError **error)
{
    (void)arg;
    if (!task_sleep(NEVER, NULL))
        say("stubborn", "asked to end");
    return task_sleep(MS, error) ? g_variant_new_int32(7) : NULL;
}

static GVariant *cancel_before_it_begins(void *arg, GError **error)
{
    g_autoptr(Future) task = create(two_steps, name_task);

    (void)arg;
    (void)error;
    say_cancel(task);
    say_await("task", task);
    say_task(task);
    return NULL;
}

static GVariant *cancel_while_it_sleeps(void *arg, GError **error)
{
    g_autoptr(Future) task = create(sleeps, name_task);

    (void)arg;
    (void)error;
    begin_all();
    say_cancel(task);
    say_task(task);
    say_await("task", task);
    say_task(task);
    say_bool("cancel again", task_cancel(task));
    return NULL;
}

static GVariant *cancel_twice(void *arg, GError **error)
{
    g_autoptr(Future) task = create(sleeps, name_task);

    (void)arg;
    (void)error;
    begin_all();
    say_cancel(task);
    say_cancel(task);
    say_await("task", task);
    return NULL;
}

static GVariant *cancel_what_is_done(void *arg, GError **error)
{
    g_autoptr(Future) task = create(number, &integers[6]);

    (void)arg;
    (void)await(task, error);
    say_cancel(task);
    say_await("task", task);
    return NULL;
}

static GVariant *cancel_is_ignored(void *arg, GError **error)
{
    g_autoptr(Future) task = create(stubborn, NULL);

    (void)arg;
    (void)error;
    begin_all();
    say_cancel(task);
    say_await("task", task);
    say_task(task);
    return NULL;
}

static GVariant *fails_when_cancelled(void *arg, GError **error)
{
    (void)arg;
    if (!task_sleep(NEVER, NULL))
        error_set(error, ERROR_INPUT, "could not clean up");
    return NULL;
}

static GVariant *failure_instead_of_cancelled(void *arg, GError **error)
{
    g_autoptr(Future) task = create(fails_when_cancelled, NULL);

    (void)arg;
    (void)error;
    begin_all();
    (void)task_cancel(task);
    say_await("task", task);
    say_task(task);
    return NULL;
}

static GVariant *waits_or_is_cancelled(void *future, GError **error)
{
    GVariant *result = await_and_give(future, error);

    if (result == NULL)
        say("outer", "cancelled");
    return result;
}

static GVariant *cancel_goes_down(void *arg, GError **error)
{
    g_autoptr(Future) inner = create(sleeps, name_inner);
    g_autoptr(Future) outer = create(waits_or_is_cancelled, inner);

    (void)arg;
    (void)error;
    begin_all();
    say_cancel(outer);
    say_await("outer", outer);
    say_task(inner);
    return NULL;
}

static GVariant *waits_and_gives_eight(void *inner, GError **error)
{
    (void)error;
    say_await("inner's result", inner);
    return g_variant_new_int32(8);
}

static GVariant *cancel_does_not_go_up(void *arg, GError **error)
{
    g_autoptr(Future) inner = create(sleeps, name_inner);
    g_autoptr(Future) outer = create(waits_and_gives_eight, inner);

    (void)arg;
    (void)error;
    begin_all();
    (void)task_cancel(inner);
    say_await("outer", outer);
    return NULL;
}

static GVariant *says_what_it_awaits(void *future, GError **error)
{
    (void)error;
    say_await("future", future);
    return NULL;
}

static GVariant *cancel_a_task_whose_future_is_done(void *arg, GError **error)
{
    g_autoptr(Future) future = loop_create_future(loop_get());
    g_autoptr(Future) task = create(says_what_it_awaits, future);

    (void)arg;
    (void)error;
    begin_all();
    future_set_result(future, g_variant_new_int32(1), NULL);
    say_cancel(task);
    say_await("task", task);
    return NULL;
}

static void say_sleep(const char *what, gint64 duration_us)
{
    g_autoptr(GError) error = NULL;

    if (task_sleep(duration_us, &error))
        say(what, "slept");
    else
        say_error(what, error);
}

static GVariant *cancels_itself(void *arg, GError **error)
{
    (void)arg;
    (void)error;
    say_cancel(task_current());
    say_sleep("sleep", NEVER);
    say_sleep("second sleep", 0);
    return g_variant_new_int32(3);
}

static GVariant *cancel_itself(void *arg, GError **error)
{
    (void)arg;
    (void)error;
    say_await_taken("task", create(cancels_itself, NULL));
    return NULL;
}

static GVariant *cancel_cancels_what_is_awaited(void *arg, GError **error)
{
    g_autoptr(Future) future = loop_create_future(loop_get());
    g_autoptr(Future) task = create(await_and_give, future);

    (void)arg;
    (void)error;
    begin_all();
    (void)task_cancel(task);
    say_await("task", task);
    say_bool("future cancelled", future_cancelled(future));
    return NULL;
}

/* Time limits */

static GVariant *await_in_time(void *arg, GError **error)
{
    g_autoptr(Future) good = create(number, &integers[4]);
    g_autoptr(Future) bad = create(fails, NULL);

    (void)arg;
    (void)error;
    say_await_timeout("number", good, PATIENCE_US);
    say_await_timeout("failure", bad, PATIENCE_US);
    return NULL;
}

static GVariant *await_too_long(void *arg, GError **error)
{
    g_autoptr(Future) task = create(sleeps, name_task);

    (void)arg;
    (void)error;
    say_await_timeout("task", task, SHORT_US);
    say_task(task);
    return NULL;
}

static GVariant *await_a_future_too_long(void *arg, GError **error)
{
    g_autoptr(Future) future = loop_create_future(loop_get());

    (void)arg;
    (void)error;
    say_await_timeout("future", future, SHORT_US);
    say_bool("cancelled", future_cancelled(future));
    return NULL;
}

static GVariant *waits_with_patience(void *future, GError **error)
{
    GVariant *result = await_timeout(future, PATIENCE_US, error);

    return result != NULL ? g_variant_ref(result) : NULL;
}

static GVariant *cancelled_while_it_waits_for_a_limited_time(void *arg, GError **error)
{
    g_autoptr(Future) inner = create(sleeps, name_inner);
    g_autoptr(Future) task = create(waits_with_patience, inner);

    (void)arg;
    (void)error;
    begin_all();
    (void)task_cancel(task);
    say_await("task", task);
    say_task(inner);
    return NULL;
}

static GVariant *awaits_a_meeting(void *executor, GError **error)
{
    g_autoptr(Future) meeting =
        loop_run_in_executor(loop_get(), executor, "meet", g_variant_new("(ss)", "began", "go"), NULL, error);

    return meeting != NULL ? await_and_give(meeting, error) : NULL;
}

static GVariant *task_gives_up_what_runs_in_a_thread(void *arg, GError **error)
{
    const ThreadExecutorOptions options = {.max_workers = 1, .table = targets};
    g_autoptr(Executor) executor = thread_executor_base(thread_executor_new(&options));
    g_autoptr(Future) task = create(awaits_a_meeting, executor);

    (void)arg;
    (void)task_sleep(0, error);
    wait_for_file("began");
    (void)task_cancel(task);
    say_await("task", task);
    touch("go");
    return NULL;
}

const Scenario cancels_scenarios[] = {
    TASK_SCENARIO(cancel_before_it_begins),
    TASK_SCENARIO(cancel_while_it_sleeps),
    TASK_SCENARIO(cancel_twice),
    TASK_SCENARIO(cancel_what_is_done),
    TASK_SCENARIO(cancel_is_ignored),
    TASK_SCENARIO(failure_instead_of_cancelled),
    TASK_SCENARIO(cancel_goes_down),
    TASK_SCENARIO(cancel_does_not_go_up),
    TASK_SCENARIO(cancel_a_task_whose_future_is_done),
    TASK_SCENARIO(cancel_itself),
    TASK_SCENARIO(cancel_cancels_what_is_awaited),
    TASK_SCENARIO(await_in_time),
    TASK_SCENARIO(await_too_long),
    TASK_SCENARIO(await_a_future_too_long),
    TASK_SCENARIO(cancelled_while_it_waits_for_a_limited_time),
    TASK_SCENARIO(task_gives_up_what_runs_in_a_thread),
    {.name = NULL},
};
