"""multiprocessing.Process."""

import atexit
import signal
from multiprocessing import Process

import targets
from scenario import SHORT, attempt, say, say_accepted, say_lines, scenario, touch, wait_for_file


def new_process(target, *args, daemon=False):
    return Process(name=target.__name__, target=target, args=args, daemon=daemon)


def joined(process, timeout=None):
    """Whether it is known to have ended after a join."""
    try:
        process.join(timeout)
    except AssertionError:
        return False
    return not process.is_alive()


def say_state(process):
    say("alive", process.is_alive())
    say("exit code", process.exitcode)


def say_end_of(target, *args):
    process = new_process(target, *args)
    process.start()
    say("joined", joined(process))
    say_state(process)
    process.close()


@scenario
def life():
    process = new_process(targets.meet, "began", "go")
    say_state(process)
    say("has a pid", process.pid is not None)
    process.start()
    wait_for_file("began")
    say_state(process)
    say("has a pid", process.pid is not None)
    touch("go")
    say("joined", joined(process))
    say_state(process)
    say("joined again", joined(process))


@scenario
def target_that_returns():
    say_end_of(targets.square, 3)


@scenario
def target_that_returns_nothing():
    say_end_of(targets.return_nothing)


@scenario
def target_that_fails():
    say_end_of(targets.fail, "no such page")


@scenario
def target_that_exits():
    for status in (0, 1, 7, 255):
        say_end_of(targets.leave, status)


@scenario
def target_that_exits_at_once():
    say_end_of(targets.leave_at_once, 9)


@scenario
def target_that_aborts():
    say_end_of(targets.die, signal.SIGABRT)


@scenario
def target_that_kills_itself():
    say_end_of(targets.die, signal.SIGKILL)


@scenario
def terminate():
    process = new_process(targets.meet, "began", "never")
    process.start()
    wait_for_file("began")
    process.terminate()
    say("joined", joined(process))
    say_state(process)
    process.terminate()
    say_state(process)


@scenario
def kill():
    process = new_process(targets.meet, "began", "never")
    process.start()
    wait_for_file("began")
    process.kill()
    say("joined", joined(process))
    say_state(process)


@scenario
def terminate_a_daemon():
    process = new_process(targets.meet, "began", "never", daemon=True)
    process.start()
    wait_for_file("began")
    process.terminate()
    say("joined", joined(process))
    say_state(process)


@scenario
def start_twice():
    process = new_process(targets.meet, "began", "go")
    say_accepted("start", process.start)
    say_accepted("start while it runs", process.start)
    touch("go")
    say("joined", joined(process))
    say_accepted("start after its end", process.start)
    say_state(process)


@scenario
def join_before_start():
    process = new_process(targets.square, 3)
    say("joined", joined(process))
    say_accepted("start", process.start)
    say("joined", joined(process))


@scenario
def join_with_a_timeout():
    process = new_process(targets.meet, "began", "go")
    process.start()
    say("joined at once", joined(process, 0))
    say("joined", joined(process, SHORT))
    say_state(process)
    touch("go")
    say("joined", joined(process))
    say("joined at once", joined(process, 0))
    say_state(process)


@scenario
def names_and_flags():
    process = new_process(targets.square, 3)
    daemon = new_process(targets.fail, "no", daemon=True)
    say("name", process.name)
    say("name", daemon.name)
    say("daemon", process.daemon)
    say("daemon", daemon.daemon)


@scenario
def several_at_once():
    names = ["a", "b", "c"]
    processes = [new_process(targets.meet, name, names[i - 1]) for i, name in enumerate(names)]
    for process in processes:
        process.start()
    for process in processes:
        say("joined", joined(process))
        say("exit code", process.exitcode)


@scenario
def arguments_reach_the_child():
    process = new_process(targets.wait_and_write, "go", "log")
    process.start()
    touch("go")
    say("joined", joined(process))
    say_lines("log")


@scenario
def daemon_at_the_end_of_the_program():
    process = new_process(targets.meet, "began", "never", daemon=True)
    process.start()
    wait_for_file("began")
    say("alive", process.is_alive())


@scenario
def child_at_the_end_of_the_program():
    process = new_process(targets.wait_and_write, "the program exits", "log")
    process.start()
    say("alive", process.is_alive())
    atexit.register(touch, "the program exits")


@scenario
def failed_child_does_not_fail_the_program():
    process = new_process(targets.leave, 3)
    say_accepted("start", process.start)
    atexit.register(touch, "the program exits")
