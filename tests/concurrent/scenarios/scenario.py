"""What the scenarios have in common: a vocabulary for what is observed, and files as signals.

A scenario is a function that prints what it observes, one line each; scenario.h is its counterpart in C. It runs
in a process and an empty directory of its own, and a file there is how tasks, children and the scenario wait for
each other: it means the same to threads, to children and to both languages.
"""

import os
import time

SCENARIOS = {}

SHORT = 0.05  # for what cannot end meanwhile
PATIENCE = 60  # for what must end, however busy the machine is


class TaskError(Exception):
    """How a task fails on purpose."""


def scenario(function):
    """Registers a function as GROUP/NAME, after its module and itself."""
    group = function.__module__
    SCENARIOS[f"{group}/{function.__name__}"] = function
    return function


def text_of(value):
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(text_of(item) for item in value) + "]"
    return str(value)


def say(what, value):
    print(f"{what}: {text_of(value)}")


# Of whatever module: concurrent.futures, multiprocessing and asyncio have their own of the same names.
WORDS = {
    "TimeoutError": "timeout",
    "CancelledError": "cancelled",
    "StopIteration": "end",
    "BrokenProcessPool": "broken",
}


def say_error(what, error):
    if isinstance(error, TaskError):
        say(what, f"error {error}")
    else:
        say(what, WORDS.get(type(error).__name__, "refused"))


def attempt(what, function, *args):
    """Says what the call returns or raises."""
    try:
        result = function(*args)
    except BaseException as error:  # CancelledError is no Exception
        say_error(what, error)
    else:
        say(what, result)


def say_accepted(what, function, *args):
    try:
        function(*args)
    except Exception:
        say(what, "refused")
    else:
        say(what, "accepted")


def say_states(future):
    say("done", future.done())
    say("running", future.running())
    say("cancelled", future.cancelled())


def touch(name):
    with open(name, "w", encoding="ascii"):
        pass


def wait_for_file(name):
    while not os.path.exists(name):
        time.sleep(0.002)


def write_line(name, text):
    """Appends, in one piece whoever else does."""
    with open(name, "a", encoding="ascii") as file:
        file.write(f"{text}\n")


def say_lines(name):
    lines = []
    if os.path.exists(name):
        with open(name, encoding="ascii") as file:
            lines = file.read().split()
    say(name, " ".join(lines))
