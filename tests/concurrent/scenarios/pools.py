"""multiprocessing.Pool."""

import threading
from multiprocessing import Pool

import targets
from scenario import PATIENCE, SHORT, attempt, say, say_accepted, say_lines, scenario, touch, wait_for_file


def say_items(iterator, count):
    for _ in range(count):
        attempt("next", next, iterator)


def say_recycling(pids):
    """Which results come from the same process as the one before."""
    say("process", ["same" if pid == before else "fresh" for before, pid in zip(pids, pids[1:])])


@scenario
def apply():
    with Pool(2) as pool:
        attempt("square", pool.apply, targets.square, (7,))
        attempt("failure", pool.apply, targets.fail, ("no such page",))
        attempt("nothing", pool.apply, targets.return_nothing)
        attempt("square", pool.apply, targets.square, (8,))


@scenario
def apply_async():
    with Pool(1) as pool:
        result = pool.apply_async(targets.meet, ("began", "go"))
        say("ready", result.ready())
        attempt("get", result.get, SHORT)
        touch("go")
        attempt("get", result.get, PATIENCE)
        attempt("get again", result.get)
        say("ready", result.ready())


@scenario
def two_at_once():
    with Pool(2) as pool:
        first = pool.apply_async(targets.meet, ("a", "b"))
        second = pool.apply_async(targets.meet, ("b", "a"))
        attempt("first", first.get)
        attempt("second", second.get)


@scenario
def callbacks():
    with Pool(1) as pool:
        good = pool.apply_async(targets.square, (3,), callback=lambda value: say("callback", value),
                                error_callback=lambda error: say("error callback", str(error)))
        attempt("good", good.get)
        bad = pool.apply_async(targets.fail, ("no",), callback=lambda value: say("callback", value),
                               error_callback=lambda error: say("error callback", str(error)))
        attempt("bad", bad.get)


@scenario
def callbacks_in_order():
    with Pool(1) as pool:
        for n in range(5):
            pool.apply_async(targets.square, (n,), callback=lambda value: say("callback", value))
        pool.close()
        pool.join()


@scenario
def callback_that_submits():
    with Pool(1) as pool:
        submitted = threading.Event()
        second = []

        def submit_another(value):
            say("callback", value)
            second.append(pool.apply_async(targets.square, (value,)))
            submitted.set()

        first = pool.apply_async(targets.square, (3,), callback=submit_another)
        attempt("first", first.get)
        submitted.wait()
        attempt("second", second[0].get)


@scenario
def map_in_chunks():
    with Pool(2) as pool:
        for chunksize in (1, 3, 10, 1000, None):
            say("squares", pool.map(targets.square, range(10), chunksize))


@scenario
def map_of_nothing():
    with Pool(1) as pool:
        say("squares", pool.map(targets.square, []))
        result = pool.map_async(targets.square, [])
        say("squares", result.get(PATIENCE))
        say("ready", result.ready())


@scenario
def map_with_a_failing_item():
    with Pool(2) as pool:
        attempt("map", pool.map, targets.check, [1, 2, -3, 4], 1)
        attempt("map of chunks", pool.map, targets.check, [1, 2, -3, 4], 2)
        attempt("afterwards", pool.map, targets.check, [1, 2], 1)


@scenario
def rest_of_a_failing_chunk():
    with Pool(1) as pool:
        attempt("map", pool.map, targets.log, [1, 2, -3, 4, 5, 6], 4)
        say_lines("log")


@scenario
def map_async():
    with Pool(1) as pool:
        result = pool.map_async(targets.square, [1, 2, 3], callback=lambda value: say("callback", value))
        attempt("get", result.get)
        result = pool.map_async(targets.check, [1, -2, 3], chunksize=1, callback=lambda value: say("callback", value),
                                error_callback=lambda error: say("error callback", str(error)))
        attempt("get", result.get)


@scenario
def imap_is_in_order():
    with Pool(2) as pool:
        iterator = pool.imap(targets.meet_pair, [("a", "b"), ("b", ""), ("c", "")])
        say_items(iterator, 5)


@scenario
def imap_unordered_gives_what_is_done():
    with Pool(2) as pool:
        iterator = pool.imap_unordered(targets.meet_pair, [("a", "go"), ("b", "")])
        say_items(iterator, 1)
        touch("go")
        say_items(iterator, 2)


@scenario
def imap_unordered_gives_each_once():
    with Pool(2) as pool:
        say("squares", sorted(pool.imap_unordered(targets.square, range(20))))


@scenario
def imap_of_nothing():
    with Pool(1) as pool:
        say_items(pool.imap(targets.square, []), 2)
        say_items(pool.imap_unordered(targets.square, []), 2)


@scenario
def imap_goes_on_behind_a_failure():
    with Pool(1) as pool:
        say_items(pool.imap(targets.check, [1, -2, 3]), 5)


@scenario
def imap_unordered_goes_on_behind_a_failure():
    with Pool(1) as pool:
        say_items(pool.imap_unordered(targets.check, [1, -2, 3]), 5)


@scenario
def imap_with_a_timeout():
    with Pool(1) as pool:
        iterator = pool.imap(targets.meet_pair, [("a", "go"), ("b", "")])
        attempt("next", iterator.next, SHORT)
        attempt("next", iterator.next, SHORT)
        touch("go")
        attempt("next", iterator.next, PATIENCE)
        attempt("next", iterator.next, PATIENCE)
        attempt("next", iterator.next, PATIENCE)


@scenario
def submit_after_close():
    with Pool(1) as pool:
        before = pool.apply_async(targets.meet, ("began", "go"))
        pool.close()
        say_accepted("apply", pool.apply, targets.square, (1,))
        say_accepted("apply_async", pool.apply_async, targets.square, (1,))
        say_accepted("map", pool.map, targets.square, [1])
        say_accepted("imap", pool.imap, targets.square, [1])
        touch("go")
        attempt("before", before.get)
        pool.close()
        say_accepted("join", pool.join)


@scenario
def join_before_close():
    with Pool(1) as pool:
        say_accepted("join", pool.join)
        attempt("square", pool.apply, targets.square, (2,))
        say_accepted("join", pool.join)


@scenario
def join_after_close():
    with Pool(2) as pool:
        results = [pool.apply_async(targets.square, (n,)) for n in range(10)]
        pool.close()
        say_accepted("join", pool.join)
        say("ready", [result.ready() for result in results])
        say("results", [result.get() for result in results])
        say_accepted("join again", pool.join)


@scenario
def terminate_does_not_wait():
    pool = Pool(1)
    pool.apply_async(targets.meet, ("began", "never"), callback=lambda _: say("callback", True),
                     error_callback=lambda _: say("error callback", True))
    wait_for_file("began")
    pool.terminate()
    say_accepted("join", pool.join)
    say_accepted("apply", pool.apply, targets.square, (1,))
    pool.terminate()
    say_accepted("join again", pool.join)


@scenario
def terminate_after_close():
    pool = Pool(1)
    pool.apply_async(targets.meet, ("began", "never"))
    wait_for_file("began")
    pool.close()
    pool.terminate()
    say_accepted("join", pool.join)


@scenario
def fresh_process_after_some_tasks():
    with Pool(1, maxtasksperchild=2) as pool:
        say_recycling([pool.apply(targets.process_id, (n,)) for n in range(5)])


@scenario
def one_process_for_all_tasks():
    with Pool(1) as pool:
        say_recycling([pool.apply(targets.process_id, (n,)) for n in range(5)])


@scenario
def chunk_is_one_task():
    with Pool(1, maxtasksperchild=1) as pool:
        say_recycling(pool.map(targets.process_id, range(6), 2))


@scenario
def initializer():
    with Pool(2, initializer=targets.initialize, initargs=(5,)) as pool:
        say("initialized", pool.map(targets.initialized_with, range(4), 1))


@scenario
def initializer_of_fresh_processes():
    with Pool(1, initializer=targets.initialize, initargs=(6,), maxtasksperchild=1) as pool:
        say("initialized", pool.map(targets.initialized_with, range(3), 1))
