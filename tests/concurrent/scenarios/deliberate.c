/* Deliberate differences from Python; docs/CONCURRENT.md gives the reasons, and `differential` knows both
 * outputs. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "concurrent/futures.h"
#include "concurrent/pool.h"
#include "concurrent/process_executor.h"
#include "concurrent/thread.h"
#include "concurrent/thread_executor.h"
#include "scenario.h"

static ProcessExecutor *processes_new(guint workers)
{
    const ProcessExecutorOptions options = {.name = "child", .max_workers = workers, .tasks_in_flight = 1};

    return process_executor_new(&options, g_main_context_default());
}

static Pool *pool_of_one(GVariant *initializer_args)
{
    const PoolOptions options = {.processes = 1, .initializer_args = initializer_args};

    return pool_new(&options, g_main_context_default());
}

static GVariant *meeting(const char *other)
{
    return g_variant_new("(ss)", "began", other);
}

static void dead_child_of_an_executor(void)
{
    g_autoptr(Executor) executor = process_executor_base(processes_new(1));
    g_autoptr(Future) killed = executor_submit(executor, "die", g_variant_new_int32(SIGKILL), NULL, NULL);
    g_autoptr(Future) next = NULL;

    say_result("killed", killed, CLOCK_FOREVER);
    next = executor_submit(executor, "square", g_variant_new_int32(3), NULL, NULL);
    say_result("next", next, CLOCK_FOREVER);
}

static void dead_child_of_a_pool(void)
{
    g_autoptr(Pool) pool = pool_of_one(NULL);
    g_autoptr(Future) killed = pool_apply_async(pool, "die", g_variant_new_int32(SIGKILL), NULL, NULL);
    g_autoptr(Future) next = NULL;

    say_result("killed", killed, PATIENCE_US);
    next = pool_apply_async(pool, "square", g_variant_new_int32(3), NULL, NULL);
    say_result("next", next, PATIENCE_US);
}

static void pool_whose_initializer_fails(void)
{
    g_autoptr(Pool) pool = pool_of_one(g_variant_new_string("no codec"));
    g_autoptr(Future) square = pool_apply_async(pool, "square", g_variant_new_int32(3), NULL, NULL);

    say_result("square", square, PATIENCE_US);
}

static void terminated_pool(void)
{
    g_autoptr(Pool) pool = pool_of_one(NULL);
    g_autoptr(Future) future = pool_apply_async(pool, "meet", meeting("never"), NULL, NULL);

    serve_until_file("began");
    pool_terminate(pool);
    say_result("get", future, SHORT_US);
}

static GVariant *next_of_hundred(void *consumed)
{
    guint *n = consumed;

    return *n < 100 ? ((*n)++, meeting("go")) : NULL;
}

static void imap_is_lazy(void)
{
    g_autoptr(Pool) pool = pool_of_one(NULL);
    guint consumed = 0;
    g_autoptr(PoolIterator) iterator = pool_imap(pool, "meet", next_of_hundred, &consumed, NULL);
    GVariant *result;

    g_assert(!pool_iterator_next(iterator, SHORT_US, &result, NULL));
    say_bool("all consumed before the first result", consumed == 100);
}

static void children_of_an_idle_executor(void)
{
    ProcessExecutor *processes = processes_new(2);
    g_autoptr(Executor) executor = process_executor_base(processes);
    g_autoptr(GArray) status = process_executor_status(processes);

    (void)executor;
    say_int("children", status->len);
}

static void tasks_while_nobody_waits(void)
{
    g_autoptr(Executor) executor = process_executor_base(processes_new(1));
    g_autoptr(Future) future = executor_submit(executor, "meet", meeting(""), NULL, NULL);

    g_usleep(10 * SHORT_US);
    say_bool("began", access("began", F_OK) == 0);
    say_result("result", future, CLOCK_FOREVER);
}

static void processes_at_the_end_of_the_program(void)
{
    static Executor *executor; /* static, so that the leak check finds it reachable */

    executor = process_executor_base(processes_new(1));
    future_unref(executor_submit(executor, "meet", meeting("go"), NULL, NULL));
    future_unref(executor_submit(executor, "log", g_variant_new_int32(1), NULL, NULL));
    serve_until_file("began");
    touch("go");
}

/* Arguments that cannot be serialised in C: they refer to a descriptor that is missing. */
static void arguments_that_cannot_cross(void)
{
    g_autoptr(Executor) executor = process_executor_base(processes_new(1));
    GError *error = NULL;
    g_autoptr(Future) future = executor_submit(executor, "check", g_variant_new_handle(0), NULL, &error);

    say_accepted("submit", future != NULL, error);
}

static void running_task_hears_of_its_cancel(void)
{
    const ThreadExecutorOptions options = {.max_workers = 1, .table = targets};
    g_autoptr(Executor) executor = thread_executor_base(thread_executor_new(&options));
    g_autoptr(Future) future =
        executor_submit(executor, "meet_the_end", g_variant_new_string("began"), NULL, NULL);

    wait_for_file("began");
    say_bool("cancel", future_cancel(future));
    say_result("result", future, CLOCK_FOREVER);
}

static void cancelled_future_is_done(void)
{
    g_autoptr(Future) future = future_new(NULL);
    g_autoptr(GPtrArray) done = NULL;

    future_cancel(future);
    say_bool("done", future_done(future));
    (void)futures_wait(&future, 1, SHORT_US, FUTURES_ALL_COMPLETED, &done, NULL);
    say_int("waited for", done->len);
}

static void say_where(Future *future, void *data)
{
    (void)future;
    (void)data;
    say_bool("on the main thread", gettid() == getpid());
}

static void callbacks_of_processes(void)
{
    g_autoptr(Executor) executor = process_executor_base(processes_new(1));
    g_autoptr(Future) future = executor_submit(executor, "meet", meeting("go"), NULL, NULL);

    future_add_done_callback(future, say_where, NULL);
    touch("go");
    (void)future_result(future, CLOCK_FOREVER, NULL);
}

/* Loops and tasks */

static void say_runs(Future *future, void *data)
{
    (void)future;
    (void)data;
    say("callback", "runs");
}

static void callbacks_on_the_loop(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) future = loop_create_future(loop);

    future_add_done_callback(future, say_runs, NULL);
    future_set_result(future, g_variant_new_int32(1), NULL);
    say_bool("set", TRUE);
    (void)loop_run_until_complete(loop, future, NULL);
}

static GVariant *sleeps_for_an_hour(void *arg, GError **error)
{
    (void)arg;
    (void)task_sleep(3600 * CLOCK_US_PER_S, error);
    return NULL;
}

static void stop(void *loop)
{
    loop_stop(loop);
}

static void closed_loop_with_a_task(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) task = task_new(loop, sleeps_for_an_hour, NULL);

    (void)loop_call_later(loop, SHORT_US, stop, loop, NULL, NULL);
    g_assert(loop_run_forever(loop, NULL));
    g_assert(loop_close(loop, NULL));
    say_bool("done", future_done(task));
    say_bool("cancelled", future_cancelled(task));
}

static GVariant *cancels_itself_and_awaits(void *arg, GError **error)
{
    g_autoptr(Future) future = loop_create_future(loop_get());

    (void)arg;
    future_set_result(future, g_variant_new_int32(1), NULL);
    (void)task_cancel(task_current());
    if (await(future, error) != NULL)
        say("await", "gave a result");
    return NULL;
}

static void cancel_before_an_await_of_what_is_done(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) task = task_new(loop, cancels_itself_and_awaits, NULL);
    GError *error = NULL;
    GVariant *result = loop_run_until_complete(loop, task, &error);

    say_outcome("main", result, error);
}

static void get_loop(void *data)
{
    (void)data;
    say_accepted("get", loop_get() != NULL, NULL);
}

static void loop_of_another_thread(void)
{
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, get_loop, NULL);

    g_assert(thread_start(thread, NULL));
    (void)thread_join(thread, CLOCK_FOREVER, NULL);
}

/* Processes */

static Process *start_daemon(const char *target, GVariant *args)
{
    Process *process =
        process_new(&(ProcessOptions){.name = target, .target = target, .target_args = args, .daemon = TRUE});

    g_assert(process_start(process, NULL));
    return process;
}

static void daemon_of_a_killed_parent(void)
{
    g_autoptr(Process) process = start_daemon("meet", meeting("never"));

    wait_for_file("began");
    g_assert(process_is_alive(process));
    kill(getpid(), SIGKILL);
}

static void daemon_with_a_child(void)
{
    g_autoptr(Process) process = start_daemon("start_a_child", g_variant_new("()"));
    int exitcode;

    (void)process_join(process, CLOCK_FOREVER);
    g_assert(process_exitcode(process, &exitcode));
    say_int("exit code", exitcode);
}

static void released_while_it_runs(void)
{
    Process *process = start_daemon("meet", meeting("never"));
    pid_t pid = process_pid(process);

    wait_for_file("began");
    process_free(process);
    say_accepted("close", TRUE, NULL);
    say_bool("alive", kill(pid, 0) == 0);
}

static void terminate_before_start(void)
{
    g_autoptr(Process) process = process_new(
        &(ProcessOptions){.name = "square", .target = "square", .target_args = g_variant_new_int32(2)});

    process_terminate(process);
    say_accepted("terminate", TRUE, NULL);
}

const Scenario deliberate_scenarios[] = {
    SCENARIO(dead_child_of_an_executor),
    SCENARIO(dead_child_of_a_pool),
    SCENARIO(pool_whose_initializer_fails),
    SCENARIO(terminated_pool),
    SCENARIO(imap_is_lazy),
    SCENARIO(children_of_an_idle_executor),
    SCENARIO(tasks_while_nobody_waits),
    SCENARIO(processes_at_the_end_of_the_program),
    SCENARIO(arguments_that_cannot_cross),
    SCENARIO(running_task_hears_of_its_cancel),
    SCENARIO(cancelled_future_is_done),
    SCENARIO(callbacks_of_processes),
    SCENARIO(callbacks_on_the_loop),
    SCENARIO(closed_loop_with_a_task),
    SCENARIO(cancel_before_an_await_of_what_is_done),
    SCENARIO(loop_of_another_thread),
    SCENARIO(daemon_of_a_killed_parent),
    SCENARIO(daemon_with_a_child),
    SCENARIO(released_while_it_runs),
    SCENARIO(terminate_before_start),
    {.name = NULL},
};
