"""asyncio's loop, used without coroutines."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import targets
from scenario import TaskError, attempt, say, say_accepted, scenario, touch

MS = 0.001


def with_loop(function):
    """Runs the function with a loop of its own, which is closed afterwards."""

    def run():
        loop = asyncio.new_event_loop()
        function(loop)
        loop.close()

    run.__name__, run.__module__ = function.__name__, function.__module__
    return scenario(run)


@with_loop
def run_until_complete(loop):
    future = loop.create_future()
    loop.call_soon(future.set_result, 5)
    attempt("result", loop.run_until_complete, future)
    attempt("of one that is done", loop.run_until_complete, future)


@with_loop
def run_until_failure(loop):
    future = loop.create_future()
    loop.call_soon(future.set_exception, TaskError("no such page"))
    attempt("result", loop.run_until_complete, future)


@with_loop
def run_until_cancelled(loop):
    future = loop.create_future()
    loop.call_soon(future.cancel)
    attempt("result", loop.run_until_complete, future)
    say("cancelled", future.cancelled())


@with_loop
def stopped_before_it_is_complete(loop):
    future = loop.create_future()
    loop.call_soon(loop.stop)
    attempt("result", loop.run_until_complete, future)
    loop.call_soon(future.set_result, 5)
    attempt("second time", loop.run_until_complete, future)


@with_loop
def run_forever_until_stop(loop):
    say("running", loop.is_running())
    loop.call_soon(lambda: say("running", loop.is_running()))
    loop.call_soon(loop.stop)
    loop.call_soon(say, "same round", True)
    say_accepted("run", loop.run_forever)
    say("running", loop.is_running())


@with_loop
def stop_before_it_runs(loop):
    def first():
        say("call", "first")
        loop.call_soon(second)

    def second():
        say("call", "second")
        loop.stop()

    loop.call_soon(first)
    loop.stop()
    say_accepted("run", loop.run_forever)
    say("between", True)
    say_accepted("run", loop.run_forever)


@with_loop
def calls_in_order(loop):
    for n in range(5):
        loop.call_soon(say, "call", n)
    loop.call_soon(loop.stop)
    loop.run_forever()


@with_loop
def calls_made_by_calls(loop):
    def outer(n):
        say("outer", n)
        loop.call_soon(say, "inner", n)
        if n == 2:
            loop.call_soon(loop.stop)

    loop.call_soon(outer, 1)
    loop.call_soon(outer, 2)
    loop.run_forever()


@with_loop
def later_calls_by_time(loop):
    loop.call_later(60 * MS, say, "after", 60)
    loop.call_later(20 * MS, say, "after", 20)
    loop.call_later(40 * MS, say, "after", 40)
    loop.call_later(80 * MS, loop.stop)
    loop.call_soon(say, "after", 0)
    loop.run_forever()


@with_loop
def later_is_not_earlier(loop):
    begin = loop.time()
    loop.call_later(50 * MS, loop.stop)
    loop.run_forever()
    say("too early", loop.time() - begin < 50 * MS)


@with_loop
def cancelled_calls_do_not_run(loop):
    soon = loop.call_soon(say, "soon", True)
    later = loop.call_later(10 * MS, say, "later", True)
    loop.call_later(30 * MS, loop.stop)
    soon.cancel()
    later.cancel()
    loop.run_forever()
    say("stopped", True)


@with_loop
def calls_from_another_thread(loop):
    def call():
        for n in range(5):
            loop.call_soon_threadsafe(say, "call", n)
        loop.call_soon_threadsafe(loop.stop)

    thread = threading.Thread(target=call)
    loop.call_soon(thread.start)
    loop.run_forever()
    thread.join()


@with_loop
def calls_from_another_thread_before_it_runs(loop):
    thread = threading.Thread(target=loop.call_soon_threadsafe, args=(say, "from", "thread"))
    thread.start()
    thread.join()
    loop.call_soon(say, "from", "here")
    loop.call_later(10 * MS, loop.stop)
    loop.run_forever()


@with_loop
def run_while_it_runs(loop):
    future = loop.create_future()

    def again():
        say_accepted("run forever", loop.run_forever)
        say_accepted("run until complete", loop.run_until_complete, future)
        say_accepted("close", loop.close)
        say("closed", loop.is_closed())
        loop.stop()

    loop.call_soon(again)
    say_accepted("run", loop.run_forever)


@with_loop
def other_loop_in_the_same_thread(loop):
    other = asyncio.new_event_loop()
    loop.call_soon(lambda: say_accepted("other", other.run_forever))
    loop.call_soon(loop.stop)
    loop.run_forever()
    other.stop()
    say_accepted("other, afterwards", other.run_forever)
    other.close()


@scenario
def use_after_close():
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    say("closed", loop.is_closed())
    say_accepted("close", loop.close)
    say("closed", loop.is_closed())
    say_accepted("close again", loop.close)
    say_accepted("run forever", loop.run_forever)
    say_accepted("run until complete", loop.run_until_complete, future)
    say_accepted("call soon", loop.call_soon, say, "call", True)
    say_accepted("call later", loop.call_later, 0, say, "call", True)
    say_accepted("call from a thread", loop.call_soon_threadsafe, say, "call", True)


@scenario
def close_drops_calls():
    loop = asyncio.new_event_loop()
    loop.call_soon(say, "never", True)
    loop.call_later(0, say, "never", True)
    loop.close()
    say("closed", loop.is_closed())


@with_loop
def runs_again_and_again(loop):
    for n in range(3):
        future = loop.create_future()
        loop.call_soon(future.set_result, n)
        attempt("result", loop.run_until_complete, future)
    loop.call_soon(loop.stop)
    say_accepted("run forever", loop.run_forever)


@with_loop
def which_loop_runs(loop):
    loop.call_soon(lambda: say("running here", asyncio.get_event_loop() is loop))
    loop.call_soon(loop.stop)
    loop.run_forever()


@with_loop
def executor_on_the_loop(loop):
    with ThreadPoolExecutor(1) as executor:
        held = loop.run_in_executor(executor, targets.meet, "began", "go")
        loop.call_soon(say, "loop", "goes on")
        loop.call_soon(touch, "go")
        attempt("result", loop.run_until_complete, held)
        failing = loop.run_in_executor(executor, targets.fail, "no such page")
        attempt("failure", loop.run_until_complete, failing)


@with_loop
def executor_that_was_shut_down(loop):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    say_accepted("run in executor", loop.run_in_executor, executor, targets.square, 1)


@with_loop
def cancel_in_the_executor(loop):
    with ThreadPoolExecutor(1) as executor:
        first = loop.run_in_executor(executor, targets.meet, "began", "go")
        second = loop.run_in_executor(executor, targets.log, 2)
        second.cancel()
        attempt("second", loop.run_until_complete, second)
        touch("go")
        attempt("first", loop.run_until_complete, first)
