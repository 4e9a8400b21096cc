/* Tasks that await each other, sleep and are gathered; cancels.c has their cancellation. */
#include "bodies.h"
#include "concurrent/loop_executor.h"
#include "concurrent/thread_executor.h"

/* Results */

static GVariant *result(void *arg, GError **error)
{
    (void)arg;
    say("body", "runs");
    return number(&integers[5], error);
}

static GVariant *failure(void *arg, GError **error)
{
    return fails(arg, error);
}

static GVariant *nothing(void *arg, GError **error)
{
    (void)arg;
    (void)task_sleep(0, error);
    return NULL;
}

static GVariant *await_a_task(void *arg, GError **error)
{
    (void)arg;
    (void)error;
    say_await_taken("number", create(number, &integers[4]));
    say_await_taken("failure", create(fails, NULL));
    return NULL;
}

static GVariant *awaits_a_failure(void *arg, GError **error)
{
    g_autoptr(Future) task = create(fails, NULL);

    (void)arg;
    return await_and_give(task, error);
}

static GVariant *failure_passes_through(void *arg, GError **error)
{
    g_autoptr(Future) middle = create(awaits_a_failure, NULL);

    (void)arg;
    if (await(middle, error) != NULL)
        say("main", "not reached");
    return NULL;
}

static GVariant *nest(void *depth, GError **error)
{
    gint32 below = *(gint32 *)depth - 1;
    g_autoptr(Future) task = NULL;
    GVariant *value;

    if (below < 0)
        return g_variant_new_int32(0);
    task = create(nest, &below);
    value = await(task, error);
    return value != NULL ? g_variant_new_int32(g_variant_get_int32(value) + 1) : NULL;
}

static GVariant *nested_tasks(void *arg, GError **error)
{
    gint32 depth = 50;
    g_autoptr(Future) task = create(nest, &depth);

    (void)arg;
    return await_and_give(task, error);
}

static GVariant *tasks_begin_in_order(void *arg, GError **error)
{
    Future *tasks[] = {create(two_steps, name_a), create(two_steps, name_b), create(two_steps, name_c)};

    (void)arg;
    say_int("created", G_N_ELEMENTS(tasks));
    for (guint i = 0; i < G_N_ELEMENTS(tasks); i++) {
        (void)await(tasks[i], error);
        future_unref(tasks[i]);
    }
    return NULL;
}

static GVariant *states_of_a_task(void *arg, GError **error)
{
    g_autoptr(Future) task = create(two_steps, name_task);

    (void)arg;
    say_task(task);
    (void)task_sleep(0, error);
    say_task(task);
    (void)await(task, error);
    say_task(task);
    say_cancel(task);
    say_task(task);
    return NULL;
}

static GVariant *await_twice(void *arg, GError **error)
{
    g_autoptr(Future) task = create(number, &integers[3]);

    (void)arg;
    (void)error;
    say_await("first", task);
    say_await("second", task);
    return NULL;
}

typedef struct {
    const char *name;
    Future *future;
} Waiting;

static GVariant *waits_and_goes_on(void *data, GError **error)
{
    const Waiting *waiting = data;

    if (await(waiting->future, error) != NULL)
        say(waiting->name, "goes on");
    return NULL;
}

static GVariant *two_await_one(void *arg, GError **error)
{
    g_autoptr(Future) task = create(two_steps, name_task);
    Waiting first = {"a", task};
    Waiting second = {"b", task};
    Future *tasks[] = {create(waits_and_goes_on, &first), create(waits_and_goes_on, &second)};
    g_autoptr(Future) both = gather(tasks, G_N_ELEMENTS(tasks));

    (void)arg;
    (void)await(both, error);
    future_unref(tasks[0]);
    future_unref(tasks[1]);
    return NULL;
}

static GVariant *await_itself(void *arg, GError **error)
{
    (void)arg;
    (void)error;
    say_await("itself", task_current());
    return NULL;
}

static GVariant *says_current(void *task, GError **error)
{
    (void)error;
    say_bool("inner", task_current() == *(Future **)task);
    return NULL;
}

static GVariant *which_is_current(void *arg, GError **error)
{
    const Future *main_task = task_current();
    Future *task = NULL;

    (void)arg;
    task = create(says_current, &task);
    (void)await(task, error);
    future_unref(task);
    say_bool("main", task_current() == main_task);
    return NULL;
}

static GVariant *await_what_is_done(void *arg, GError **error)
{
    g_autoptr(Future) future = loop_create_future(loop_get());
    static char other_name[] = "other";
    g_autoptr(Future) other = NULL;

    (void)arg;
    future_set_result(future, g_variant_new_int32(9), NULL);
    other = create(two_steps, other_name);
    say_await("done", future);
    say("main", "goes on first");
    (void)await(other, error);
    return NULL;
}

static void set_three(void *future)
{
    future_set_result(future, g_variant_new_int32(3), NULL);
}

static GVariant *await_a_call(void *arg, GError **error)
{
    g_autoptr(Future) future = loop_create_future(loop_get());

    (void)arg;
    (void)loop_call_soon(loop_get(), set_three, future, NULL, error);
    say_await("future", future);
    return NULL;
}

/* Sleeping */

static GVariant *says_slept(void *ms, GError **error)
{
    if (task_sleep(*(gint32 *)ms * MS, error))
        say_int("slept", *(gint32 *)ms);
    return NULL;
}

static GVariant *sleepers_wake_by_time(void *arg, GError **error)
{
    static gint32 ms[] = {600, 200, 400};
    Future *tasks[] = {create(says_slept, &ms[0]), create(says_slept, &ms[1]), create(says_slept, &ms[2])};

    (void)arg;
    for (guint i = 0; i < G_N_ELEMENTS(tasks); i++) {
        (void)await(tasks[i], error);
        future_unref(tasks[i]);
    }
    return NULL;
}

static GVariant *sleep_lets_others_run(void *arg, GError **error)
{
    g_autoptr(Future) first = create(two_steps, name_a);
    g_autoptr(Future) second = create(two_steps, name_b);

    (void)arg;
    say_int("main", 1);
    (void)task_sleep(0, error);
    say_int("main", 2);
    (void)task_sleep(0, error);
    say_int("main", 3);
    (void)await(first, error);
    (void)await(second, error);
    return NULL;
}

static GVariant *sleep_is_no_shorter(void *arg, GError **error)
{
    gint64 begin_us = clock_now_us();

    (void)arg;
    (void)task_sleep(50 * MS, error);
    say_bool("too short", clock_now_us() - begin_us < 49 * MS);
    return NULL;
}

/* Gathering */

static GVariant *sleeps_ms(void *ms, GError **error)
{
    return task_sleep(*(gint32 *)ms * MS, error) ? number(ms, error) : NULL;
}

static GVariant *gather_in_order(void *arg, GError **error)
{
    static gint32 ms[] = {30, 10, 20};
    Future *tasks[] = {create(sleeps_ms, &ms[0]), create(sleeps_ms, &ms[1]), create(sleeps_ms, &ms[2])};
    g_autoptr(Future) all = gather(tasks, G_N_ELEMENTS(tasks));

    (void)arg;
    for (guint i = 0; i < G_N_ELEMENTS(tasks); i++)
        future_unref(tasks[i]);
    return await_and_give(all, error);
}

static GVariant *gather_nothing(void *arg, GError **error)
{
    g_autoptr(Future) all = gather(NULL, 0);

    (void)arg;
    return await_and_give(all, error);
}

static GVariant *gather_one_twice(void *arg, GError **error)
{
    g_autoptr(Future) task = create(number, &integers[2]);
    g_autoptr(Future) both = gather((Future *[]){task, task}, 2);

    (void)arg;
    return await_and_give(both, error);
}

static GVariant *goes_on(void *arg, GError **error)
{
    (void)arg;
    if (!task_sleep(300 * MS, error))
        return NULL;
    say("other", "goes on");
    return g_variant_new_int32(1);
}

static GVariant *gather_fails_at_the_first(void *arg, GError **error)
{
    g_autoptr(Future) other = create(goes_on, NULL);
    g_autoptr(Future) failing = create(fails, NULL);

    (void)arg;
    (void)error;
    say_await_taken("gather", gather((Future *[]){other, failing}, 2));
    say_bool("other is done", future_done(other));
    say_await("other", other);
    return NULL;
}

static GVariant *gather_with_a_cancelled(void *arg, GError **error)
{
    static char sleeper_name[] = "sleeper";
    g_autoptr(Future) sleeper = create(sleeps, sleeper_name);
    g_autoptr(Future) other = create(number, &integers[1]);
    g_autoptr(Future) both = gather((Future *[]){sleeper, other}, 2);

    (void)arg;
    (void)task_sleep(0, error);
    (void)task_cancel(sleeper);
    say_await("gather", both);
    say_await("other", other);
    return NULL;
}

static GVariant *gather_is_cancelled(void *arg, GError **error)
{
    g_autoptr(Future) first = create(sleeps, name_a);
    g_autoptr(Future) second = create(sleeps, name_b);
    g_autoptr(Future) both = gather((Future *[]){first, second}, 2);

    (void)arg;
    (void)error;
    begin_all();
    say_cancel(both);
    say_await("gather", both);
    say_task(first);
    say_task(second);
    return NULL;
}

static GVariant *gathers(void *data, GError **error)
{
    Future *const *futures = data;
    g_autoptr(Future) both = gather(futures, 2);

    return await_and_give(both, error);
}

static GVariant *task_that_gathers_is_cancelled(void *arg, GError **error)
{
    Future *tasks[] = {create(sleeps, name_a), create(sleeps, name_b)};
    g_autoptr(Future) outer = create(gathers, tasks);

    (void)arg;
    (void)error;
    begin_all();
    say_cancel(outer);
    say_await("outer", outer);
    for (guint i = 0; i < G_N_ELEMENTS(tasks); i++) {
        say_task(tasks[i]);
        future_unref(tasks[i]);
    }
    return NULL;
}

/* Threads and callbacks */

static void threads_are_awaited_on(Loop *loop, Executor *executor)
{
    Future *first = loop_run_in_executor(loop, executor, "meet", g_variant_new("(ss)", "a", "b"), NULL, NULL);
    Future *second =
        loop_run_in_executor(loop, executor, "meet", g_variant_new("(ss)", "b", "a"), NULL, NULL);

    say_await_taken("first", first);
    say_await_taken("second", second);
    say_await_taken("failure", loop_run_in_executor(loop, executor, "fail",
                                                    g_variant_new_string("no such page"), NULL, NULL));
}

static GVariant *threads_are_awaited(void *arg, GError **error)
{
    const ThreadExecutorOptions options = {.max_workers = 2, .table = targets};
    g_autoptr(Executor) executor = thread_executor_base(thread_executor_new(&options));

    (void)arg;
    (void)error;
    threads_are_awaited_on(loop_get(), executor);
    return NULL;
}

static void say_callback(Future *future, void *data)
{
    (void)data;
    say_result("callback", future, 0);
}

static GVariant *callback_of_a_task(void *arg, GError **error)
{
    g_autoptr(Future) task = create(number, &integers[2]);

    (void)arg;
    future_add_done_callback(task, say_callback, NULL);
    say_await("task", task);
    (void)task_sleep(0, error);
    return NULL;
}

const Scenario tasks_scenarios[] = {
    TASK_SCENARIO(result),
    TASK_SCENARIO(failure),
    TASK_SCENARIO(nothing),
    TASK_SCENARIO(await_a_task),
    TASK_SCENARIO(failure_passes_through),
    TASK_SCENARIO(nested_tasks),
    TASK_SCENARIO(tasks_begin_in_order),
    TASK_SCENARIO(states_of_a_task),
    TASK_SCENARIO(await_twice),
    TASK_SCENARIO(two_await_one),
    TASK_SCENARIO(await_itself),
    TASK_SCENARIO(which_is_current),
    TASK_SCENARIO(await_what_is_done),
    TASK_SCENARIO(await_a_call),
    TASK_SCENARIO(sleepers_wake_by_time),
    TASK_SCENARIO(sleep_lets_others_run),
    TASK_SCENARIO(sleep_is_no_shorter),
    TASK_SCENARIO(gather_in_order),
    TASK_SCENARIO(gather_nothing),
    TASK_SCENARIO(gather_one_twice),
    TASK_SCENARIO(gather_fails_at_the_first),
    TASK_SCENARIO(gather_with_a_cancelled),
    TASK_SCENARIO(gather_is_cancelled),
    TASK_SCENARIO(task_that_gathers_is_cancelled),
    TASK_SCENARIO(threads_are_awaited),
    TASK_SCENARIO(callback_of_a_task),
    {.name = NULL},
};
