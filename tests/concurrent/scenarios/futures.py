"""Futures without an executor: their states, callbacks, wait() and as_completed()."""

import threading
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, Future, as_completed, wait

from scenario import PATIENCE, SHORT, TaskError, attempt, say, say_states, scenario


def new_futures(count):
    return [Future() for _ in range(count)]


def cancel(future):
    """As an executor does it: asked to, and then found out when it was to begin."""
    future.cancel()
    future.set_running_or_notify_cancel()


def say_wait(futures, timeout, when):
    done, not_done = wait(futures, timeout, when)
    say("done", sorted(futures.index(future) for future in done))
    say("not done", sorted(futures.index(future) for future in not_done))


def say_next(order, futures):
    attempt("next", lambda: futures.index(next(order)))


@scenario
def states():
    future = Future()
    say_states(future)
    say("begin", future.set_running_or_notify_cancel())
    say_states(future)
    say("cancel", future.cancel())
    future.set_result(1)
    say_states(future)
    attempt("result", future.result)


@scenario
def states_of_a_cancelled():
    future = Future()
    say("cancel", future.cancel())
    say_states(future)
    say("begin", future.set_running_or_notify_cancel())
    say("cancel again", future.cancel())
    attempt("result", future.result)
    attempt("exception", future.exception)


@scenario
def states_of_a_failed():
    future = Future()
    future.set_running_or_notify_cancel()
    future.set_exception(TaskError("no"))
    say_states(future)
    attempt("result", future.result)
    attempt("result again", future.result)
    say("cancel", future.cancel())


@scenario
def result_from_another_thread():
    future = Future()
    thread = threading.Thread(target=future.set_result, args=(8,))
    attempt("before", future.result, SHORT)
    thread.start()
    attempt("result", future.result, PATIENCE)
    thread.join()


@scenario
def callbacks_before_and_after():
    future = Future()
    future.add_done_callback(lambda _: say("callback", 1))
    future.add_done_callback(lambda _: say("callback", 2))
    say("set", True)
    future.set_result(1)
    say("was set", True)
    future.add_done_callback(lambda _: say("callback", 3))
    say("added", True)


@scenario
def callback_added_twice():
    future = Future()
    count = []
    for _ in range(2):
        future.add_done_callback(count.append)
    future.set_result(1)
    say("calls", len(count))


@scenario
def callback_that_adds_a_callback():
    future = Future()

    def add_another(done):
        say("outer", "begins")
        done.add_done_callback(lambda _: say("inner", "runs"))
        say("outer", "ends")

    future.add_done_callback(add_another)
    future.add_done_callback(lambda _: say("next", "runs"))
    future.set_result(1)


@scenario
def callback_that_fails():
    future = Future()

    def fails(_):
        raise TaskError("a callback's own")

    future.add_done_callback(lambda done: say("first", done.result()))
    future.add_done_callback(fails)
    future.add_done_callback(lambda done: say("third", done.result()))
    future.set_result(4)
    attempt("result", future.result)


@scenario
def callbacks_of_a_cancelled():
    future = Future()
    future.add_done_callback(lambda done: say("first", done.cancelled()))
    future.add_done_callback(lambda done: attempt("second", done.result))
    say("cancel", future.cancel())
    say("cancel again", future.cancel())
    future.add_done_callback(lambda done: say("late", done.cancelled()))


@scenario
def wait_for_all():
    futures = new_futures(3)
    futures[0].set_result(0)
    futures[1].set_exception(TaskError("no"))
    thread = threading.Thread(target=futures[2].set_result, args=(2,))
    thread.start()
    say_wait(futures, PATIENCE, ALL_COMPLETED)
    thread.join()


@scenario
def wait_for_all_with_a_timeout():
    futures = new_futures(3)
    futures[1].set_result(1)
    say_wait(futures, SHORT, ALL_COMPLETED)
    say_wait(futures, 0, ALL_COMPLETED)


@scenario
def wait_for_the_first():
    futures = new_futures(3)
    thread = threading.Thread(target=futures[1].set_result, args=(1,))
    say_wait(futures, SHORT, FIRST_COMPLETED)
    thread.start()
    say_wait(futures, PATIENCE, FIRST_COMPLETED)
    thread.join()


@scenario
def wait_for_the_first_that_is_done():
    futures = new_futures(3)
    futures[2].set_exception(TaskError("no"))
    say_wait(futures, None, FIRST_COMPLETED)


@scenario
def wait_for_the_first_that_is_cancelled():
    futures = new_futures(2)
    cancel(futures[0])
    say_wait(futures, None, FIRST_COMPLETED)


@scenario
def wait_for_the_first_failure():
    futures = new_futures(3)
    futures[0].set_result(0)
    thread = threading.Thread(target=futures[2].set_exception, args=(TaskError("no"),))
    say_wait(futures, SHORT, FIRST_EXCEPTION)
    thread.start()
    say_wait(futures, PATIENCE, FIRST_EXCEPTION)
    thread.join()


@scenario
def wait_for_a_failure_that_was():
    futures = new_futures(2)
    futures[1].set_exception(TaskError("no"))
    say_wait(futures, None, FIRST_EXCEPTION)


@scenario
def wait_for_a_failure_that_never_comes():
    futures = new_futures(2)
    for future in futures:
        future.set_result(0)
    say_wait(futures, None, FIRST_EXCEPTION)


@scenario
def cancelled_is_no_failure():
    futures = new_futures(2)
    cancel(futures[0])
    say_wait(futures, SHORT, FIRST_EXCEPTION)


@scenario
def wait_for_nothing():
    for when in (ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION):
        say_wait([], PATIENCE, when)


@scenario
def wait_for_duplicates():
    future = Future()
    future.set_result(1)
    other = Future()
    done, not_done = wait([future, other, future, other], SHORT)
    say("done", len(done))
    say("not done", len(not_done))


@scenario
def as_they_complete():
    futures = new_futures(3)
    order = as_completed(futures)
    for index in (2, 0, 1):
        futures[index].set_result(index)
        say_next(order, futures)
    say_next(order, futures)
    say_next(order, futures)


@scenario
def finished_ones_first():
    futures = new_futures(3)
    futures[1].set_exception(TaskError("no"))
    order = as_completed(futures)
    say_next(order, futures)
    futures[2].set_result(2)
    say_next(order, futures)
    cancel(futures[0])
    say_next(order, futures)
    say_next(order, futures)


@scenario
def completed_in_another_thread():
    futures = new_futures(2)
    threads = [threading.Thread(target=future.set_result, args=(0,)) for future in futures]
    order = as_completed(futures, PATIENCE)
    threads[1].start()
    say_next(order, futures)
    threads[0].start()
    say_next(order, futures)
    for thread in threads:
        thread.join()


@scenario
def duplicates_complete_once():
    futures = new_futures(2)
    futures[0].set_result(0)
    order = as_completed([futures[0], futures[1], futures[0], futures[1]])
    say_next(order, futures)
    futures[1].set_result(1)
    say_next(order, futures)
    say_next(order, futures)


@scenario
def completed_in_time_and_not():
    futures = new_futures(2)
    futures[0].set_result(0)
    order = as_completed(futures, SHORT)
    say_next(order, futures)
    say_next(order, futures)


@scenario
def nothing_completes():
    order = as_completed([])
    say_next(order, [])
