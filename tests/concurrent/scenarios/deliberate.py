"""Where ours differs on purpose; docs/CONCURRENT.md gives the reasons, and `differential` knows what both sides say."""

import asyncio
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from multiprocessing import Pool, Process, active_children

import targets
from scenario import SHORT, attempt, say, say_accepted, scenario, touch, wait_for_file


@scenario
def dead_child_of_an_executor():
    with ProcessPoolExecutor(1) as executor:
        attempt("killed", executor.submit(targets.die, signal.SIGKILL).result)
        try:
            attempt("next", executor.submit(targets.square, 3).result)
        except Exception:
            say("next", "broken")


@scenario
def dead_child_of_a_pool():
    with Pool(1) as pool:
        attempt("killed", pool.apply_async(targets.die, (signal.SIGKILL,)).get, 1)
        attempt("next", pool.apply, targets.square, (3,))


@scenario
def pool_whose_initializer_fails():
    with Pool(1, initializer=targets.refuse_to_initialize, initargs=("no codec",)) as pool:
        attempt("square", pool.apply_async(targets.square, (3,)).get, 1)


@scenario
def terminated_pool():
    pool = Pool(1)
    result = pool.apply_async(targets.meet, ("began", "never"))
    wait_for_file("began")
    pool.terminate()
    attempt("get", result.get, 0.5)


@scenario
def imap_is_lazy():
    consumed = []

    def pairs():
        for n in range(100):
            consumed.append(n)
            yield ("began", "go")

    with Pool(1) as pool:
        iterator = pool.imap(targets.meet_pair, pairs())
        for _ in range(100):
            attempt_quietly(iterator.next, SHORT)
            if len(consumed) == 100:
                break
        say("all consumed before the first result", len(consumed) == 100)


def attempt_quietly(function, *args):
    try:
        function(*args)
    except Exception:
        pass


@scenario
def children_of_an_idle_executor():
    with ProcessPoolExecutor(2):
        say("children", len(active_children()))


@scenario
def tasks_while_nobody_waits():
    with ProcessPoolExecutor(1) as executor:
        future = executor.submit(targets.meet, "began", "")
        wait_for_file("began")
        say("began", True)
        attempt("result", future.result)


@scenario
def processes_at_the_end_of_the_program():
    executor = ProcessPoolExecutor(1)
    executor.submit(targets.meet, "began", "go")
    executor.submit(targets.log, 1)
    wait_for_file("began")
    touch("go")


@scenario
def arguments_that_cannot_cross():
    with ProcessPoolExecutor(1) as executor:
        say_accepted("submit", executor.submit, targets.check, lambda: None)


@scenario
def running_task_hears_of_its_cancel():
    with ThreadPoolExecutor(1) as executor:
        future = executor.submit(targets.meet, "began", "cancelled")
        wait_for_file("began")
        say("cancel", future.cancel())
        touch("cancelled")
        attempt("result", future.result)


@scenario
def cancelled_future_is_done():
    future = Future()
    future.cancel()
    say("done", future.done())
    say("waited for", len(wait([future], SHORT).done))


@scenario
def callbacks_of_processes():
    with ProcessPoolExecutor(1) as executor:
        future = executor.submit(targets.meet, "began", "go")
        future.add_done_callback(lambda _: say("on the main thread", targets.on_main_thread(0)))
        touch("go")


@scenario
def callbacks_on_the_loop():
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    future.add_done_callback(lambda _: say("callback", "runs"))
    future.set_result(1)
    say("set", True)
    loop.run_until_complete(future)
    loop.close()


@scenario
def closed_loop_with_a_task():
    async def sleeps():
        await asyncio.sleep(3600)

    loop = asyncio.new_event_loop()
    task = loop.create_task(sleeps())
    loop.call_later(SHORT, loop.stop)
    loop.run_forever()
    loop.close()
    say("done", task.done())
    say("cancelled", task.cancelled())


@scenario
def cancel_before_an_await_of_what_is_done():
    async def main():
        future = asyncio.get_running_loop().create_future()
        future.set_result(1)
        asyncio.current_task().cancel()
        await future
        say("await", "gave a result")
        raise asyncio.CancelledError

    loop = asyncio.new_event_loop()
    attempt("main", loop.run_until_complete, loop.create_task(main()))
    loop.close()


@scenario
def loop_of_another_thread():
    thread = threading.Thread(target=lambda: say_accepted("get", asyncio.get_event_loop))
    thread.start()
    thread.join()


@scenario
def daemon_of_a_killed_parent():
    process = Process(target=targets.meet, args=("began", "never"), daemon=True)
    process.start()
    wait_for_file("began")
    os.kill(os.getpid(), signal.SIGKILL)


@scenario
def daemon_with_a_child():
    process = Process(target=targets.start_a_child, daemon=True)
    process.start()
    process.join()
    say("exit code", process.exitcode)


@scenario
def released_while_it_runs():
    process = Process(target=targets.meet, args=("began", "never"), daemon=True)
    process.start()
    wait_for_file("began")
    say_accepted("close", process.close)
    say("alive", process.is_alive())


@scenario
def terminate_before_start():
    process = Process(target=targets.square, args=(2,))
    say_accepted("terminate", process.terminate)
