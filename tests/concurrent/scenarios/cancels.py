"""Tasks that are cancelled, or have a time limit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import targets
from scenario import PATIENCE, SHORT, TaskError, say, touch, wait_for_file
from tasks import MS, NEVER, as_task, attempt, create, fails, number, say_task, sleeps, two_steps


async def stubborn():
    """Is asked to end, and does not."""
    try:
        await asyncio.sleep(NEVER)
    except asyncio.CancelledError:
        say("stubborn", "asked to end")
    await asyncio.sleep(1 * MS)
    return 7


@as_task
async def cancel_before_it_begins():
    task = create(two_steps("task"))
    say("cancel", task.cancel())
    await attempt("task", task)
    say_task(task)


@as_task
async def cancel_while_it_sleeps():
    task = create(sleeps("task"))
    await asyncio.sleep(MS)
    say("cancel", task.cancel())
    say_task(task)
    await attempt("task", task)
    say_task(task)
    say("cancel again", task.cancel())


@as_task
async def cancel_twice():
    task = create(sleeps("task"))
    await asyncio.sleep(MS)
    say("cancel", task.cancel())
    say("cancel", task.cancel())
    await attempt("task", task)


@as_task
async def cancel_what_is_done():
    task = create(number(6))
    await task
    say("cancel", task.cancel())
    await attempt("task", task)


@as_task
async def cancel_is_ignored():
    task = create(stubborn())
    await asyncio.sleep(MS)
    say("cancel", task.cancel())
    await attempt("task", task)
    say_task(task)


@as_task
async def failure_instead_of_cancelled():
    async def fails_when_cancelled():
        try:
            await asyncio.sleep(NEVER)
        except asyncio.CancelledError:
            raise TaskError("could not clean up") from None

    task = create(fails_when_cancelled())
    await asyncio.sleep(MS)
    task.cancel()
    await attempt("task", task)
    say_task(task)


@as_task
async def cancel_goes_down():
    inner = create(sleeps("inner"))

    async def waits():
        try:
            await inner
        except asyncio.CancelledError:
            say("outer", "cancelled")
            raise

    outer = create(waits())
    await asyncio.sleep(MS)
    say("cancel", outer.cancel())
    await attempt("outer", outer)
    say_task(inner)


@as_task
async def cancel_does_not_go_up():
    inner = create(sleeps("inner"))

    async def waits():
        await attempt("inner's result", inner)
        return 8

    outer = create(waits())
    await asyncio.sleep(MS)
    inner.cancel()
    await attempt("outer", outer)


@as_task
async def cancel_a_task_whose_future_is_done():
    future = asyncio.get_running_loop().create_future()

    async def waits():
        await attempt("future", future)

    task = create(waits())
    await asyncio.sleep(MS)
    future.set_result(1)
    say("cancel", task.cancel())
    await attempt("task", task)


@as_task
async def cancel_itself():
    async def cancels_itself():
        say("cancel", asyncio.current_task().cancel())
        await attempt("sleep", asyncio.sleep(NEVER, "slept"))
        await attempt("second sleep", asyncio.sleep(0, "slept"))
        return 3

    await attempt("task", create(cancels_itself()))


@as_task
async def cancel_cancels_what_is_awaited():
    future = asyncio.get_running_loop().create_future()

    async def waits():
        await future

    task = create(waits())
    await asyncio.sleep(MS)
    task.cancel()
    await attempt("task", task)
    say("future cancelled", future.cancelled())


@as_task
async def await_in_time():
    await attempt("number", asyncio.wait_for(create(number(4)), PATIENCE))
    await attempt("failure", asyncio.wait_for(create(fails()), PATIENCE))


@as_task
async def await_too_long():
    task = create(sleeps("task"))
    await attempt("task", asyncio.wait_for(task, SHORT))
    say_task(task)


@as_task
async def await_a_future_too_long():
    future = asyncio.get_running_loop().create_future()
    await attempt("future", asyncio.wait_for(future, SHORT))
    say("cancelled", future.cancelled())


@as_task
async def cancelled_while_it_waits_for_a_limited_time():
    inner = create(sleeps("inner"))

    async def waits():
        await asyncio.wait_for(inner, PATIENCE)

    task = create(waits())
    await asyncio.sleep(MS)
    task.cancel()
    await attempt("task", task)
    say_task(inner)


@as_task
async def task_gives_up_what_runs_in_a_thread():
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as executor:

        async def waits():
            await loop.run_in_executor(executor, targets.meet, "began", "go")

        task = create(waits())
        await asyncio.sleep(0)
        wait_for_file("began")
        task.cancel()
        await attempt("task", task)
        touch("go")
