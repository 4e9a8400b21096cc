"""Coroutines: tasks that await each other, sleep and are gathered; cancels.py is their end."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import targets
from scenario import TaskError, say, say_error, scenario

MS = 0.001
NEVER = 3600


def as_task(function):
    """Runs the coroutine function as the first task of a loop of its own."""

    def run():
        loop = asyncio.new_event_loop()
        task = loop.create_task(function())
        try:
            say("main", loop.run_until_complete(task))
        except BaseException as error:
            say_error("main", error)
        loop.close()

    run.__name__, run.__module__ = function.__name__, function.__module__
    return scenario(run)


async def attempt(what, awaitable):
    try:
        result = await awaitable
    except BaseException as error:
        say_error(what, error)
    else:
        say(what, result)


def say_task(task):
    say("done", task.done())
    say("cancelled", task.cancelled())


async def number(n):
    return n


async def fails():
    raise TaskError("no such page")


async def sleeps(name):
    """For ever; says how it ends."""
    try:
        await asyncio.sleep(NEVER)
    except asyncio.CancelledError:
        say(name, "cancelled")
        raise
    say(name, "slept")


async def two_steps(name):
    say(name, 1)
    await asyncio.sleep(0)
    say(name, 2)


create = asyncio.create_task


@as_task
async def result():
    say("body", "runs")
    return 5


@as_task
async def failure():
    raise TaskError("no such page")


@as_task
async def nothing():
    await asyncio.sleep(0)


@as_task
async def await_a_task():
    await attempt("number", create(number(4)))
    await attempt("failure", create(fails()))


@as_task
async def failure_passes_through():
    async def middle():
        return await create(fails())

    await create(middle())
    say("main", "not reached")


@as_task
async def nested_tasks():
    async def nest(depth):
        return 0 if depth == 0 else 1 + await create(nest(depth - 1))

    return await create(nest(50))


@as_task
async def tasks_begin_in_order():
    tasks = [create(two_steps(name)) for name in ("a", "b", "c")]
    say("created", len(tasks))
    for task in tasks:
        await task


@as_task
async def states_of_a_task():
    task = create(two_steps("task"))
    say_task(task)
    await asyncio.sleep(0)
    say_task(task)
    await task
    say_task(task)
    say("cancel", task.cancel())
    say_task(task)


@as_task
async def await_twice():
    task = create(number(3))
    await attempt("first", task)
    await attempt("second", task)


@as_task
async def two_await_one():
    task = create(two_steps("task"))

    async def waits(name):
        await task
        say(name, "goes on")

    await asyncio.gather(create(waits("a")), create(waits("b")))


@as_task
async def await_itself():
    await attempt("itself", asyncio.current_task())


@as_task
async def which_is_current():
    async def inner():
        say("inner", asyncio.current_task() is task)

    main = asyncio.current_task()
    task = create(inner())
    await task
    say("main", asyncio.current_task() is main)


@as_task
async def await_what_is_done():
    future = asyncio.get_running_loop().create_future()
    future.set_result(9)
    other = create(two_steps("other"))
    await attempt("done", future)
    say("main", "goes on first")
    await other


@as_task
async def await_a_call():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, 3)
    await attempt("future", future)


@as_task
async def sleepers_wake_by_time():
    async def sleeper(ms):
        await asyncio.sleep(ms * MS)
        say("slept", ms)

    tasks = [create(sleeper(ms)) for ms in (600, 200, 400)]
    for task in tasks:
        await task


@as_task
async def sleep_lets_others_run():
    tasks = [create(two_steps(name)) for name in ("a", "b")]
    say("main", 1)
    await asyncio.sleep(0)
    say("main", 2)
    await asyncio.sleep(0)
    say("main", 3)
    for task in tasks:
        await task


@as_task
async def sleep_is_no_shorter():
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await asyncio.sleep(50 * MS)
    say("too short", loop.time() - begin < 49 * MS)


@as_task
async def gather_in_order():
    async def sleeper(ms):
        await asyncio.sleep(ms * MS)
        return ms

    return await asyncio.gather(*[create(sleeper(ms)) for ms in (30, 10, 20)])


@as_task
async def gather_nothing():
    return list(await asyncio.gather())


@as_task
async def gather_one_twice():
    task = create(number(2))
    return await asyncio.gather(task, task)


@as_task
async def gather_fails_at_the_first():
    async def goes_on():
        await asyncio.sleep(300 * MS)
        say("other", "goes on")
        return 1

    other = create(goes_on())
    await attempt("gather", asyncio.gather(other, create(fails())))
    say("other is done", other.done())
    await attempt("other", other)


@as_task
async def gather_with_a_cancelled():
    sleeper, other = create(sleeps("sleeper")), create(number(1))
    both = asyncio.gather(sleeper, other)
    await asyncio.sleep(0)
    sleeper.cancel()
    await attempt("gather", both)
    await attempt("other", other)


@as_task
async def gather_is_cancelled():
    tasks = [create(sleeps("a")), create(sleeps("b"))]
    both = asyncio.gather(*tasks)
    await asyncio.sleep(MS)
    say("cancel", both.cancel())
    await attempt("gather", both)
    for task in tasks:
        say_task(task)


@as_task
async def task_that_gathers_is_cancelled():
    tasks = [create(sleeps("a")), create(sleeps("b"))]

    async def gathers():
        await asyncio.gather(*tasks)

    outer = create(gathers())
    await asyncio.sleep(MS)
    say("cancel", outer.cancel())
    await attempt("outer", outer)
    for task in tasks:
        say_task(task)


@as_task
async def threads_are_awaited():
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(2) as executor:
        first = loop.run_in_executor(executor, targets.meet, "a", "b")
        second = loop.run_in_executor(executor, targets.meet, "b", "a")
        await attempt("first", first)
        await attempt("second", second)
        await attempt("failure", loop.run_in_executor(executor, targets.fail, "no such page"))


@as_task
async def callback_of_a_task():
    def call(task):
        say("callback", task.result())

    task = create(number(2))
    task.add_done_callback(call)
    await attempt("task", task)
    await asyncio.sleep(0)
