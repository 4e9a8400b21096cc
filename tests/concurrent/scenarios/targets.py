"""What the tasks and the children of the scenarios do; targets.c is its counterpart in C."""

import os
import sys
import threading
import time
from multiprocessing import Process

from scenario import TaskError, touch, wait_for_file, write_line

initialized = 0


def initialize(value):
    global initialized
    initialized = value


def refuse_to_initialize(text):
    raise TaskError(text)


def initialized_with(_n):
    return initialized


def square(n):
    return n * n


def length(text):
    return len(text)


def fail(text):
    raise TaskError(text)


def check(n):
    if n < 0:
        raise TaskError(f"{n} is negative")
    return n


def log(n):
    write_line("log", n)
    return check(n)


def meet(mine, other):
    """Makes the file `mine` and waits for the file `other`; either may be empty."""
    if mine:
        touch(mine)
    if other:
        wait_for_file(other)
    return mine


def meet_pair(pair):
    return meet(*pair)


def wait_and_write(other, name):
    """So late that whoever does not wait for it is gone."""
    wait_for_file(other)
    time.sleep(0.3)
    write_line(name, "written")


def process_id(_n):
    return os.getpid()


def on_main_thread(_n):
    return threading.current_thread() is threading.main_thread()


def return_nothing():
    pass


def leave(status):
    sys.exit(status)


def leave_at_once(status):
    os._exit(status)


def die(signal_number):
    os.kill(os.getpid(), signal_number)
    time.sleep(60)


def start_a_child():
    process = Process(target=square, args=(2,))
    process.start()
    process.join()
    sys.exit(process.exitcode)
