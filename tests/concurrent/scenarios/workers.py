"""What belongs to one kind of executor: initializers, chunks, threads, the end of the program."""

import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait

import targets
from scenario import attempt, say, say_lines, scenario, touch, wait_for_file


@scenario
def initializer_of_threads():
    with ThreadPoolExecutor(2, initializer=targets.initialize, initargs=(5,)) as executor:
        say("initialized", list(executor.map(targets.initialized_with, range(4))))


@scenario
def initializer_of_processes():
    with ProcessPoolExecutor(2, initializer=targets.initialize, initargs=(5,)) as executor:
        say("initialized", list(executor.map(targets.initialized_with, range(4))))


def say_broken(executor):
    """Whether a task is refused when it is handed in, or fails when its result is asked for, is a race."""
    for what in ("first", "second"):
        try:
            say(what, executor.submit(targets.square, 2).result())
        except RuntimeError:
            say(what, "does not run")
    executor.shutdown()


@scenario
def initializer_of_threads_that_fails():
    say_broken(ThreadPoolExecutor(1, initializer=targets.refuse_to_initialize, initargs=("no",)))


@scenario
def initializer_of_processes_that_fails():
    say_broken(ProcessPoolExecutor(1, initializer=targets.refuse_to_initialize, initargs=("no",)))


@scenario
def rest_of_a_failing_chunk():
    with ProcessPoolExecutor(1) as executor:
        results = executor.map(targets.log, [1, -2, 3], chunksize=3)
        attempt("first", next, results)
    say_lines("log")


@scenario
def where_threads_run():
    with ThreadPoolExecutor(1) as executor:
        attempt("task on the main thread", executor.submit(targets.on_main_thread, 0).result)
        future = executor.submit(targets.meet, "began", "go")
        future.add_done_callback(lambda _: say("callback on the main thread", targets.on_main_thread(0)))
        touch("go")
    future.add_done_callback(lambda _: say("late callback on the main thread", targets.on_main_thread(0)))


@scenario
def where_a_canceller_runs_callbacks():
    with ThreadPoolExecutor(1) as executor:
        executor.submit(targets.meet, "began", "go")
        future = executor.submit(targets.square, 1)
        future.add_done_callback(lambda _: say("callback on the main thread", targets.on_main_thread(0)))
        wait_for_file("began")
        say("cancel", future.cancel())
        touch("go")


@scenario
def task_that_submits_a_task():
    with ThreadPoolExecutor(2) as executor:
        outer = executor.submit(lambda: executor.submit(targets.square, 6).result() + 1)
        attempt("result", outer.result)


@scenario
def callback_that_submits_a_task():
    with ThreadPoolExecutor(1) as executor:
        submitted = threading.Event()
        inner = []

        def submit_another(_):
            inner.append(executor.submit(targets.square, 6))
            submitted.set()

        executor.submit(targets.square, 1).add_done_callback(submit_another)
        submitted.wait()
        attempt("result", inner[0].result)


@scenario
def futures_of_threads_and_processes():
    with ThreadPoolExecutor(1) as threads, ProcessPoolExecutor(1) as processes:
        futures = [threads.submit(targets.meet, "began", "go"), processes.submit(targets.square, 3)]
        done, not_done = wait(futures, return_when=FIRST_COMPLETED)
        say("done", len(done))
        say("not done", len(not_done))
        order = as_completed(futures)
        attempt("first", next(order).result)
        touch("go")
        attempt("second", next(order).result)


@scenario
def threads_at_the_end_of_the_program():
    executor = ThreadPoolExecutor(1)
    for n in range(5):
        executor.submit(targets.log, n)
