/* The loop without tasks. */
#include "concurrent/loop.h"

#include "concurrent/loop_executor.h"
#include "concurrent/thread.h"
#include "concurrent/thread_executor.h"
#include "scenario.h"

#define MS CLOCK_US_PER_MS

/* Functions of calls */

static void stop(void *loop)
{
    loop_stop(loop);
}

static void succeed(void *future)
{
    future_set_result(future, g_variant_new_int32(5), NULL);
}

static void fail(void *future)
{
    future_set_exception(future, g_error_new_literal(error_quark(), ERROR_INPUT, "no such page"));
}

static void cancel(void *future)
{
    future_cancel(future);
}

static void say_true(void *what)
{
    say_bool(what, TRUE);
}

static void say_call(void *number)
{
    say_int("call", *(gint32 *)number);
}

static void soon(Loop *loop, LoopFunc func, void *data)
{
    g_assert(loop_call_soon(loop, func, data, NULL, NULL) != 0);
}

static void later(Loop *loop, gint64 delay_us, LoopFunc func, void *data)
{
    g_assert(loop_call_later(loop, delay_us, func, data, NULL, NULL) != 0);
}

/* Operations on the loop */

static void say_run(const char *what, Loop *loop)
{
    GError *error = NULL;
    gboolean ran = loop_run_forever(loop, &error);

    say_accepted(what, ran, error);
}

static void say_run_until(const char *what, Loop *loop, Future *future)
{
    GError *error = NULL;
    GVariant *result = loop_run_until_complete(loop, future, &error);

    say_outcome(what, result, error);
}

static void run(Loop *loop)
{
    g_assert(loop_run_forever(loop, NULL));
}

static void run_until_complete(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) future = loop_create_future(loop);

    soon(loop, succeed, future);
    say_run_until("result", loop, future);
    say_run_until("of one that is done", loop, future);
}

static void run_until_failure(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) future = loop_create_future(loop);

    soon(loop, fail, future);
    say_run_until("result", loop, future);
}

static void run_until_cancelled(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) future = loop_create_future(loop);

    soon(loop, cancel, future);
    say_run_until("result", loop, future);
    say_bool("cancelled", future_cancelled(future));
}

static void stopped_before_it_is_complete(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) future = loop_create_future(loop);

    soon(loop, stop, loop);
    say_run_until("result", loop, future);
    soon(loop, succeed, future);
    say_run_until("second time", loop, future);
}

static void say_running(void *loop)
{
    say_bool("running", loop_is_running(loop));
}

static void run_forever_until_stop(void)
{
    static char same_round[] = "same round";
    g_autoptr(Loop) loop = new_loop();

    say_running(loop);
    soon(loop, say_running, loop);
    soon(loop, stop, loop);
    soon(loop, say_true, same_round);
    say_run("run", loop);
    say_running(loop);
}

static void second_call(void *loop)
{
    say("call", "second");
    loop_stop(loop);
}

static void first_call(void *loop)
{
    say("call", "first");
    soon(loop, second_call, loop);
}

static void stop_before_it_runs(void)
{
    g_autoptr(Loop) loop = new_loop();

    soon(loop, first_call, loop);
    loop_stop(loop);
    say_run("run", loop);
    say_bool("between", TRUE);
    say_run("run", loop);
}

static gint32 numbers[] = {0, 1, 2, 3, 4};

static void calls_in_order(void)
{
    g_autoptr(Loop) loop = new_loop();

    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        soon(loop, say_call, &numbers[i]);
    soon(loop, stop, loop);
    run(loop);
}

typedef struct {
    Loop *loop;
    gint32 number;
} Outer;

static void say_inner(void *outer)
{
    say_int("inner", ((Outer *)outer)->number);
}

static void say_outer(void *data)
{
    Outer *outer = data;

    say_int("outer", outer->number);
    soon(outer->loop, say_inner, outer);
    if (outer->number == 2)
        soon(outer->loop, stop, outer->loop);
}

static void calls_made_by_calls(void)
{
    g_autoptr(Loop) loop = new_loop();
    Outer outers[] = {{loop, 1}, {loop, 2}};

    soon(loop, say_outer, &outers[0]);
    soon(loop, say_outer, &outers[1]);
    run(loop);
}

static void say_after(void *ms)
{
    say_int("after", *(gint32 *)ms);
}

static void later_calls_by_time(void)
{
    static gint32 ms[] = {60, 20, 40, 0};
    g_autoptr(Loop) loop = new_loop();

    for (guint i = 0; i < 3; i++)
        later(loop, ms[i] * MS, say_after, &ms[i]);
    later(loop, 80 * MS, stop, loop);
    soon(loop, say_after, &ms[3]);
    run(loop);
}

static void later_is_not_earlier(void)
{
    g_autoptr(Loop) loop = new_loop();
    gint64 begin_us = clock_now_us();

    later(loop, 50 * MS, stop, loop);
    run(loop);
    say_bool("too early", clock_now_us() - begin_us < 50 * MS);
}

static void cancelled_calls_do_not_run(void)
{
    static char what_soon[] = "soon";
    static char what_later[] = "later";
    g_autoptr(Loop) loop = new_loop();
    guint64 first = loop_call_soon(loop, say_true, what_soon, NULL, NULL);
    guint64 second = loop_call_later(loop, 10 * MS, say_true, what_later, NULL, NULL);

    later(loop, 30 * MS, stop, loop);
    loop_cancel_call(loop, first);
    loop_cancel_call(loop, second);
    run(loop);
    say_bool("stopped", TRUE);
}

static void call_five_times(void *loop)
{
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        g_assert(loop_call_soon_threadsafe(loop, say_call, &numbers[i], NULL, NULL));
    g_assert(loop_call_soon_threadsafe(loop, stop, loop, NULL, NULL));
}

static void start(void *thread)
{
    g_assert(thread_start(thread, NULL));
}

static void calls_from_another_thread(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, call_five_times, loop);

    soon(loop, start, thread);
    run(loop);
    (void)thread_join(thread, CLOCK_FOREVER, NULL);
}

static void say_from(void *who)
{
    say("from", who);
}

static void call_once(void *loop)
{
    static char who[] = "thread";

    g_assert(loop_call_soon_threadsafe(loop, say_from, who, NULL, NULL));
}

static void calls_from_another_thread_before_it_runs(void)
{
    static char here[] = "here";
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Thread) thread = thread_new(NULL, FALSE, call_once, loop);

    start(thread);
    (void)thread_join(thread, CLOCK_FOREVER, NULL);
    soon(loop, say_from, here);
    later(loop, 10 * MS, stop, loop);
    run(loop);
}

/* Rules */

static void say_close(const char *what, Loop *loop)
{
    GError *error = NULL;
    gboolean closed = loop_close(loop, &error);

    say_accepted(what, closed, error);
}

static void again(void *data)
{
    Loop *loop = data;
    g_autoptr(Future) future = loop_create_future(loop);
    GError *error = NULL;

    say_run("run forever", loop);
    (void)loop_run_until_complete(loop, future, &error);
    say_accepted("run until complete", error == NULL, error);
    say_close("close", loop);
    say_bool("closed", loop_is_closed(loop));
    loop_stop(loop);
}

static void run_while_it_runs(void)
{
    g_autoptr(Loop) loop = new_loop();

    soon(loop, again, loop);
    say_run("run", loop);
}

static void run_other(void *other)
{
    say_run("other", other);
}

static void other_loop_in_the_same_thread(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Loop) other = new_loop();

    soon(loop, run_other, other);
    soon(loop, stop, loop);
    run(loop);
    loop_stop(other);
    say_run("other, afterwards", other);
}

static void say_calls(Loop *loop)
{
    static char what[] = "call";
    GError *error = NULL;
    guint64 number = loop_call_soon(loop, say_true, what, NULL, &error);
    gboolean accepted;

    say_accepted("call soon", number != 0, g_steal_pointer(&error));
    number = loop_call_later(loop, 0, say_true, what, NULL, &error);
    say_accepted("call later", number != 0, g_steal_pointer(&error));
    accepted = loop_call_soon_threadsafe(loop, say_true, what, NULL, &error);
    say_accepted("call from a thread", accepted, error);
}

static void use_after_close(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Future) future = loop_create_future(loop);
    GError *error = NULL;

    say_bool("closed", loop_is_closed(loop));
    say_close("close", loop);
    say_bool("closed", loop_is_closed(loop));
    say_close("close again", loop);
    say_run("run forever", loop);
    (void)loop_run_until_complete(loop, future, &error);
    say_accepted("run until complete", error == NULL, error);
    say_calls(loop);
}

static void close_drops_calls(void)
{
    static char never[] = "never";
    g_autoptr(Loop) loop = new_loop();

    soon(loop, say_true, never);
    later(loop, 0, say_true, never);
    g_assert(loop_close(loop, NULL));
    say_bool("closed", loop_is_closed(loop));
}

typedef struct {
    Future *future;
    gint32 number;
} Answer;

static void give_answer(void *data)
{
    const Answer *answer = data;

    future_set_result(answer->future, g_variant_new_int32(answer->number), NULL);
}

static void runs_again_and_again(void)
{
    g_autoptr(Loop) loop = new_loop();

    for (gint32 i = 0; i < 3; i++) {
        g_autoptr(Future) future = loop_create_future(loop);
        Answer answer = {future, i};

        soon(loop, give_answer, &answer);
        say_run_until("result", loop, future);
    }
    soon(loop, stop, loop);
    say_run("run forever", loop);
}

static void say_running_here(void *loop)
{
    say_bool("running here", loop_get() == loop);
}

static void which_loop_runs(void)
{
    g_autoptr(Loop) loop = new_loop();

    soon(loop, say_running_here, loop);
    soon(loop, stop, loop);
    run(loop);
}

/* Executors */

static Executor *one_thread(void)
{
    return thread_executor_base(
        thread_executor_new(&(ThreadExecutorOptions){.max_workers = 1, .table = targets}));
}

static Future *meet_in(Loop *loop, Executor *executor)
{
    return loop_run_in_executor(loop, executor, "meet", g_variant_new("(ss)", "began", "go"), NULL, NULL);
}

static void say_goes_on(void *data)
{
    (void)data;
    say("loop", "goes on");
}

static void executor_on_the_loop(void)
{
    static char go[] = "go";
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Executor) executor = one_thread();
    g_autoptr(Future) held = meet_in(loop, executor);
    g_autoptr(Future) failing = NULL;

    soon(loop, say_goes_on, NULL);
    soon(loop, touch_data, go);
    say_run_until("result", loop, held);
    failing = loop_run_in_executor(loop, executor, "fail", g_variant_new_string("no such page"), NULL, NULL);
    say_run_until("failure", loop, failing);
}

static void executor_that_was_shut_down(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Executor) executor = one_thread();
    g_autoptr(Future) future = NULL;
    GError *error = NULL;

    executor_shutdown(executor, TRUE, FALSE);
    future = loop_run_in_executor(loop, executor, "square", g_variant_new_int32(1), NULL, &error);
    say_accepted("run in executor", future != NULL, error);
}

static void cancel_in_the_executor(void)
{
    g_autoptr(Loop) loop = new_loop();
    g_autoptr(Executor) executor = one_thread();
    g_autoptr(Future) first = meet_in(loop, executor);
    g_autoptr(Future) second =
        loop_run_in_executor(loop, executor, "log", g_variant_new_int32(2), NULL, NULL);

    future_cancel(second);
    say_run_until("second", loop, second);
    touch("go");
    say_run_until("first", loop, first);
}

const Scenario loops_scenarios[] = {
    SCENARIO(run_until_complete),
    SCENARIO(run_until_failure),
    SCENARIO(run_until_cancelled),
    SCENARIO(stopped_before_it_is_complete),
    SCENARIO(run_forever_until_stop),
    SCENARIO(stop_before_it_runs),
    SCENARIO(calls_in_order),
    SCENARIO(calls_made_by_calls),
    SCENARIO(later_calls_by_time),
    SCENARIO(later_is_not_earlier),
    SCENARIO(cancelled_calls_do_not_run),
    SCENARIO(calls_from_another_thread),
    SCENARIO(calls_from_another_thread_before_it_runs),
    SCENARIO(run_while_it_runs),
    SCENARIO(other_loop_in_the_same_thread),
    SCENARIO(use_after_close),
    SCENARIO(close_drops_calls),
    SCENARIO(runs_again_and_again),
    SCENARIO(which_loop_runs),
    SCENARIO(executor_on_the_loop),
    SCENARIO(executor_that_was_shut_down),
    SCENARIO(cancel_in_the_executor),
    {.name = NULL},
};
