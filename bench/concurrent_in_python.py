"""The same work as bench/concurrent.c with Python's standard library: a line "name value" each.

Nothing replaces a killed process there: ProcessPoolExecutor is broken by it, and multiprocessing.Pool hangs when
the dead one held the lock of its queue.
"""
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

TASKS = 5000
THREAD_TASKS = 30000
CHUNKED = 200000
ROUND_TRIPS = 2000


def noop(value):
    return value


def rate(executor, count):
    executor.submit(noop, 1).result()
    start = time.perf_counter()
    for future in [executor.submit(noop, 1) for _ in range(count)]:
        future.result()
    return round(count / (time.perf_counter() - start))


def tasks(cpus):
    with ProcessPoolExecutor(cpus) as executor:
        print("process_tasks_per_s", rate(executor, TASKS))
        start = time.perf_counter()
        for _ in executor.map(noop, range(CHUNKED), chunksize=100):
            pass
        print("process_chunk100_per_s", round(CHUNKED / (time.perf_counter() - start)))


def threads(cpus):
    with ThreadPoolExecutor(cpus) as executor:
        print("thread_tasks_per_s", rate(executor, THREAD_TASKS))


def round_trip():
    times = []
    with ProcessPoolExecutor(1) as executor:
        executor.submit(noop, 1).result()
        for _ in range(ROUND_TRIPS):
            start = time.perf_counter()
            executor.submit(noop, 1).result()
            times.append((time.perf_counter() - start) * 1e6)
    times.sort()
    print("round_trip_median_us", round(statistics.median(times)))
    print("round_trip_p99_us", round(times[len(times) * 99 // 100]))


if __name__ == "__main__":
    tasks(len(os.sched_getaffinity(0)))
    threads(len(os.sched_getaffinity(0)))
    round_trip()
