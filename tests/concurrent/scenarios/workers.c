/* Features of only one kind of executor: initializers, chunks, threads, the end of the program. */
#include "concurrent/executor_map.h"
#include "concurrent/futures.h"
#include "concurrent/process_executor.h"
#include "concurrent/thread_executor.h"
#include "scenario.h"

static gboolean initialize_thread(GVariant *args, void *data, GError **error)
{
    (void)data;
    return initialize(args, error);
}

static Executor *threads_new(guint workers, GVariant *initializer_args)
{
    const ThreadExecutorOptions options = {.max_workers = workers,
                                           .table = targets,
                                           .initializer = initialize_thread,
                                           .initializer_args = initializer_args};

    return thread_executor_base(thread_executor_new(&options));
}

static Executor *processes_new(guint workers, GVariant *initializer_args)
{
    const ProcessExecutorOptions options = {
        .name = "child", .max_workers = workers, .tasks_in_flight = 1, .initializer_args = initializer_args};

    return process_executor_base(process_executor_new(&options, g_main_context_default()));
}

/* Waits until its tasks and their callbacks have ended. */
static void finish(Executor *executor)
{
    executor_shutdown(executor, TRUE, FALSE);
    executor_free(executor);
}

static Future *submit(Executor *executor, const char *target, gint32 n)
{
    return executor_submit(executor, target, g_variant_new_int32(n), NULL, NULL);
}

static Future *submit_meeting(Executor *executor)
{
    return executor_submit(executor, "meet", g_variant_new("(ss)", "began", "go"), NULL, NULL);
}

/* Takes ownership of executor. */
static void say_initialized(Executor *executor)
{
    GVariant *items[4];
    g_autoptr(ExecutorMap) map = NULL;
    g_autoptr(GVariant) list = NULL;
    GVariantBuilder values;
    GVariant *value;

    for (gint32 i = 0; i < 4; i++)
        items[i] = g_variant_new_int32(i);
    map = executor_map_array(executor, "initialized_with", items, 4, NULL);
    g_variant_builder_init(&values, G_VARIANT_TYPE("ai"));
    while ((value = executor_map_next(map, NULL)) != NULL) {
        g_variant_builder_add_value(&values, value);
        g_variant_unref(value);
    }
    list = g_variant_ref_sink(g_variant_builder_end(&values));
    say_value("initialized", list);
    finish(executor);
}

static void initializer_of_threads(void)
{
    say_initialized(threads_new(2, g_variant_new_int32(5)));
}

static void initializer_of_processes(void)
{
    say_initialized(processes_new(2, g_variant_new_int32(5)));
}

/* Whether a task is refused at submission or fails when its result is read is a race. Takes ownership of
 * executor. */
static void say_broken(Executor *executor)
{
    const char *const names[] = {"first", "second"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Future) future = executor_submit(executor, "square", g_variant_new_int32(2), NULL, &error);

        if (future != NULL)
            (void)future_result(future, CLOCK_FOREVER, &error);
        say(names[i], error != NULL && error_class(error) == ERROR_INTERNAL ? "does not run" : "runs");
    }
    finish(executor);
}

static void initializer_of_threads_that_fails(void)
{
    say_broken(threads_new(1, g_variant_new_string("no")));
}

static void initializer_of_processes_that_fails(void)
{
    say_broken(processes_new(1, g_variant_new_string("no")));
}

static void rest_of_a_failing_chunk(void)
{
    GVariant *items[] = {g_variant_new_int32(1), g_variant_new_int32(-2), g_variant_new_int32(3)};
    Executor *executor = processes_new(1, NULL);
    ExecutorMap *map = executor_map_array(executor, "log", items, G_N_ELEMENTS(items),
                                          &(ExecutorMapOptions){.timeout_us = CLOCK_FOREVER, .chunksize = 3});
    GError *error = NULL;
    GVariant *value = executor_map_next(map, &error);

    say_taken("first", value, error);
    executor_map_free(map);
    finish(executor);
    say_lines("log");
}

static void say_where(Future *future, void *what)
{
    (void)future;
    say_bool(what, gettid() == getpid());
}

static char on_main[] = "callback on the main thread";

static void where_threads_run(void)
{
    static char late[] = "late callback on the main thread";
    Executor *executor = threads_new(1, NULL);
    g_autoptr(Future) task = submit(executor, "on_main_thread", 0);
    g_autoptr(Future) future = NULL;

    say_result("task on the main thread", task, CLOCK_FOREVER);
    future = submit_meeting(executor);
    future_add_done_callback(future, say_where, on_main);
    touch("go");
    finish(executor);
    future_add_done_callback(future, say_where, late);
}

static void where_a_canceller_runs_callbacks(void)
{
    Executor *executor = threads_new(1, NULL);
    g_autoptr(Future) future = NULL;

    future_unref(submit_meeting(executor));
    future = submit(executor, "square", 1);
    future_add_done_callback(future, say_where, on_main);
    wait_for_file("began");
    say_bool("cancel", future_cancel(future));
    touch("go");
    finish(executor);
}

/* A call table whose data points to the executor. */
static void submit_another(Call *call, GVariant *args, FdList *fds, void *data)
{
    Executor *executor = *(Executor **)data;
    g_autoptr(Future) inner = NULL;

    (void)fds;
    if (g_variant_get_int32(args) == 0) {
        call_return(call, g_variant_new_int32(36), NULL);
        return;
    }
    inner = submit(executor, "submit_another", 0);
    call_return(call, g_variant_new_int32(g_variant_get_int32(future_result(inner, CLOCK_FOREVER, NULL)) + 1),
                NULL);
}

static void task_that_submits_a_task(void)
{
    static const CallTarget own[] = {{"submit_another", "i", submit_another}};
    Executor *executor = NULL;
    g_autoptr(Future) outer = NULL;

    executor = thread_executor_base(
        thread_executor_new(&(ThreadExecutorOptions){.max_workers = 2, .table = {own, 1, &executor}}));
    outer = submit(executor, "submit_another", 1);
    say_result("result", outer, CLOCK_FOREVER);
    finish(executor);
}

typedef struct {
    Executor *executor;
    Future *submitted; /* done when inner is set */
    Future *inner;
} Chain;

static void submit_the_next(Future *future, void *data)
{
    Chain *chain = data;

    (void)future;
    chain->inner = submit(chain->executor, "square", 6);
    future_set_result(chain->submitted, g_variant_new("()"), NULL);
}

static void callback_that_submits_a_task(void)
{
    Chain chain = {.executor = threads_new(1, NULL), .submitted = future_new(NULL)};
    g_autoptr(Future) outer = submit(chain.executor, "square", 1);

    future_add_done_callback(outer, submit_the_next, &chain);
    (void)future_result(chain.submitted, CLOCK_FOREVER, NULL);
    say_result("result", chain.inner, CLOCK_FOREVER);
    finish(chain.executor);
    future_unref(chain.inner);
    future_unref(chain.submitted);
}

static void say_next_result(const char *what, FuturesCompleted *order)
{
    g_autoptr(Future) future = futures_completed_next(order, NULL);

    say_result(what, future, CLOCK_FOREVER);
}

static void futures_of_threads_and_processes(void)
{
    Executor *threads = threads_new(1, NULL);
    Executor *processes = processes_new(1, NULL);
    g_autoptr(Future) held = submit_meeting(threads);
    g_autoptr(Future) squared = submit(processes, "square", 3);
    Future *futures[] = {held, squared};
    g_autoptr(GPtrArray) done = NULL;
    g_autoptr(GPtrArray) not_done = NULL;
    g_autoptr(FuturesCompleted) order = NULL;

    (void)futures_wait(futures, 2, CLOCK_FOREVER, FUTURES_FIRST_COMPLETED, &done, &not_done);
    say_int("done", done->len);
    say_int("not done", not_done->len);
    order = futures_as_completed(futures, 2, CLOCK_FOREVER);
    say_next_result("first", order);
    touch("go");
    say_next_result("second", order);
    finish(processes);
    finish(threads);
}

static void threads_at_the_end_of_the_program(void)
{
    static Executor *executor; /* static, so that the leak check finds it reachable */

    executor = threads_new(1, NULL);
    for (gint32 i = 0; i < 5; i++)
        future_unref(submit(executor, "log", i));
}

const Scenario workers_scenarios[] = {
    SCENARIO(initializer_of_threads),
    SCENARIO(initializer_of_processes),
    SCENARIO(initializer_of_threads_that_fails),
    SCENARIO(initializer_of_processes_that_fails),
    SCENARIO(rest_of_a_failing_chunk),
    SCENARIO(where_threads_run),
    SCENARIO(where_a_canceller_runs_callbacks),
    SCENARIO(task_that_submits_a_task),
    SCENARIO(callback_that_submits_a_task),
    SCENARIO(futures_of_threads_and_processes),
    SCENARIO(threads_at_the_end_of_the_program),
    {.name = NULL},
};
