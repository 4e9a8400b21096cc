"""One interface: each function here is two scenarios, thread_executor/NAME and process_executor/NAME."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import targets
from scenario import PATIENCE, SCENARIOS, SHORT, attempt, say, say_accepted, say_lines, say_states, touch, wait_for_file


def with_executors(workers):
    def register(function):
        def run(kind):
            with kind(workers) as executor:
                function(executor)

        SCENARIOS[f"thread_executor/{function.__name__}"] = lambda: run(ThreadPoolExecutor)
        SCENARIOS[f"process_executor/{function.__name__}"] = lambda: run(ProcessPoolExecutor)
        return function

    return register


def say_results(results):
    """What a map gives, to its end or its first failure, and what it gives after that."""
    try:
        for value in results:
            say("item", value)
    except Exception as error:
        attempt("failed", raise_again, error)
    attempt("after", next, results)


def raise_again(error):
    raise error


@with_executors(2)
def result(executor):
    future = executor.submit(targets.square, 7)
    attempt("result", future.result)
    attempt("exception", future.exception)
    attempt("result again", future.result)
    say_states(future)


@with_executors(2)
def failure(executor):
    future = executor.submit(targets.fail, "no such page")
    attempt("result", future.result)
    attempt("exception", lambda: str(future.exception()))
    say_states(future)
    attempt("others", executor.submit(targets.square, 3).result)


@with_executors(1)
def order_of_submission(executor):
    futures = [executor.submit(targets.log, n) for n in range(10)]
    for future in reversed(futures):
        attempt("result", future.result)
    say_lines("log")


@with_executors(2)
def two_at_once(executor):
    first = executor.submit(targets.meet, "a", "b")
    second = executor.submit(targets.meet, "b", "a")
    attempt("first", first.result)
    attempt("second", second.result)


@with_executors(1)
def large_value(executor):
    attempt("length", executor.submit(targets.length, "x" * 300000).result)


@with_executors(2)
def map_is_in_order(executor):
    say_results(executor.map(targets.meet, ["a", "b", "c"], ["b", "", ""]))


@with_executors(2)
def map_of_nothing(executor):
    say_results(executor.map(targets.square, []))


@with_executors(2)
def map_with_a_failing_item(executor):
    say_results(executor.map(targets.check, [1, 2, -3, 4]))


@with_executors(2)
def map_with_a_timeout(executor):
    executor.submit(targets.square, 1).result()  # what starts slowly has started
    say_results(executor.map(targets.meet, ["a", "b", "c"], ["", "", "go"], timeout=2))
    touch("go")


@with_executors(2)
def map_in_time(executor):
    say_results(executor.map(targets.square, [1, 2, 3], timeout=PATIENCE))


@with_executors(2)
def map_of_chunks(executor):
    for chunksize in (1, 3, 7, 100):
        say("squares", list(executor.map(targets.square, range(10), chunksize=chunksize)))


@with_executors(1)
def chunk_with_a_failing_item(executor):
    say_results(executor.map(targets.check, [1, -2, 3], chunksize=3))


@with_executors(1)
def failing_item_behind_a_good_chunk(executor):
    say_results(executor.map(targets.check, [1, 2, 3, 4, -5, 6], chunksize=3))


@with_executors(2)
def shutdown_waits(executor):
    futures = [executor.submit(targets.square, n) for n in range(5)]
    executor.shutdown(wait=True)
    say("done", [future.done() for future in futures])


@with_executors(1)
def shutdown_without_waiting(executor):
    future = executor.submit(targets.meet, "began", "go")
    wait_for_file("began")
    executor.shutdown(wait=False)
    say("done", future.done())
    touch("go")
    attempt("result", future.result)


@with_executors(1)
def shutdown_that_cancels(executor):
    futures = [executor.submit(targets.meet, "began", "go") for _ in range(10)]
    wait_for_file("began")
    executor.shutdown(wait=False, cancel_futures=True)
    touch("go")
    attempt("first", futures[0].result)
    attempt("last", futures[-1].result)


@with_executors(1)
def shutdown_that_waits_and_cancels(executor):
    futures = [executor.submit(targets.meet, "began", "go") for _ in range(10)]
    wait_for_file("began")
    touch("go")
    executor.shutdown(wait=True, cancel_futures=True)
    say("first done", futures[0].done())
    say("last done", futures[-1].done())


@with_executors(1)
def submit_after_shutdown(executor):
    executor.shutdown()
    say_accepted("submit", executor.submit, targets.square, 1)
    executor.shutdown()
    say_accepted("submit after the second", executor.submit, targets.square, 1)


@with_executors(1)
def map_after_shutdown(executor):
    executor.shutdown()
    attempt("map", lambda: next(executor.map(targets.square, [1])))


@with_executors(1)
def cancel_what_is_pending(executor):
    futures = [executor.submit(targets.meet, "began", "go") for _ in range(10)]
    wait_for_file("began")
    last = futures[-1]
    say_states(last)
    say("cancel", last.cancel())
    say("cancel again", last.cancel())
    say_states(last)
    attempt("result", last.result)
    attempt("exception", last.exception)
    touch("go")
    attempt("the first", futures[0].result)


@with_executors(1)
def cancelled_tasks_do_not_run(executor):
    first = executor.submit(targets.meet, "began", "go")
    futures = [executor.submit(targets.log, n) for n in range(10)]
    wait_for_file("began")
    for future in futures[5:]:
        say("cancel", future.cancel())
    touch("go")
    attempt("first", first.result)
    executor.shutdown()
    say_lines("log")


@with_executors(1)
def cancel_what_runs(executor):
    future = executor.submit(targets.meet, "began", "go")
    wait_for_file("began")
    say_states(future)
    say("cancel", future.cancel())
    say_states(future)
    touch("go")
    attempt("result", future.result)


@with_executors(1)
def cancel_what_is_done(executor):
    good = executor.submit(targets.square, 5)
    bad = executor.submit(targets.fail, "no")
    attempt("good", good.result)
    attempt("bad", bad.result)
    say("cancel good", good.cancel())
    say("cancel bad", bad.cancel())
    attempt("good", good.result)


@with_executors(1)
def callbacks_in_order(executor):
    future = executor.submit(targets.meet, "began", "go")
    for name in ("first", "second", "third"):
        future.add_done_callback(lambda done, name=name: say(name, done.result()))
    touch("go")
    executor.shutdown()
    future.add_done_callback(lambda done: say("late", done.result()))


@with_executors(1)
def callback_of_a_cancelled(executor):
    futures = [executor.submit(targets.meet, "began", "go") for _ in range(10)]
    wait_for_file("began")
    futures[-1].add_done_callback(lambda done: say("callback, cancelled", done.cancelled()))
    say("cancel", futures[-1].cancel())
    say("cancel again", futures[-1].cancel())
    touch("go")


@with_executors(1)
def callback_of_a_failure(executor):
    future = executor.submit(targets.fail, "no such page")
    future.add_done_callback(lambda done: attempt("callback", done.result))
    executor.shutdown()


@with_executors(1)
def result_with_a_timeout(executor):
    future = executor.submit(targets.meet, "began", "go")
    attempt("result", future.result, SHORT)
    attempt("exception", future.exception, SHORT)
    attempt("at once", future.result, 0)
    say("done", future.done())
    touch("go")
    attempt("result", future.result, PATIENCE)
