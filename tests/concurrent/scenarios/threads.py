"""threading.Thread, called by its function and as a worker object with a run() of its own."""

import threading

from scenario import SHORT, say, say_accepted, say_lines, scenario, touch, wait_for_file, write_line


def meet(mine, other):
    touch(mine)
    wait_for_file(other)


def joined(thread, timeout=None):
    thread.join(timeout)
    return not thread.is_alive()


class Fibonacci(threading.Thread):
    def __init__(self, n):
        super().__init__(name="fibonacci")
        self.n = n
        self.result = 0

    def run(self):
        a, b = 0, 1
        for _ in range(self.n):
            a, b = b, a + b
        self.result = a


@scenario
def life():
    thread = threading.Thread(target=meet, args=("began", "go"))
    say("alive", thread.is_alive())
    thread.start()
    wait_for_file("began")
    say("alive", thread.is_alive())
    touch("go")
    say("joined", joined(thread))
    say("alive", thread.is_alive())
    say("joined again", joined(thread))


@scenario
def start_twice():
    thread = threading.Thread(target=meet, args=("began", "go"))
    say_accepted("start", thread.start)
    say_accepted("start while it runs", thread.start)
    touch("go")
    say("joined", joined(thread))
    say_accepted("start after its end", thread.start)


@scenario
def join_before_start():
    thread = threading.Thread(target=touch, args=("began",))
    say_accepted("join", thread.join)
    say_accepted("start", thread.start)
    say_accepted("join", thread.join)


@scenario
def join_with_a_timeout():
    thread = threading.Thread(target=meet, args=("began", "go"))
    thread.start()
    say("joined at once", joined(thread, 0))
    say("joined", joined(thread, SHORT))
    say("alive", thread.is_alive())
    touch("go")
    say("joined", joined(thread))
    say("joined at once", joined(thread, 0))


@scenario
def join_itself():
    def join_own():
        say_accepted("join", threading.current_thread().join)

    thread = threading.Thread(target=join_own)
    thread.start()
    say("joined", joined(thread))


@scenario
def names_and_flags():
    thread = threading.Thread(name="loader", target=touch, args=("began",))
    daemon = threading.Thread(name="ticker", target=touch, args=("began",), daemon=True)
    say("name", thread.name)
    say("name", daemon.name)
    say("daemon", thread.daemon)
    say("daemon", daemon.daemon)


@scenario
def which_is_current():
    thread = threading.Thread(target=lambda: say("current, in it", threading.current_thread() is thread))
    thread.start()
    thread.join()
    say("current, outside", threading.current_thread() is thread)


@scenario
def worker_objects():
    workers = [Fibonacci(n) for n in (1, 10, 50)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        say("result", worker.result)


@scenario
def all_started_then_joined():
    names = ["a", "b", "c"]
    threads = [threading.Thread(target=meet, args=(name, names[i - 1])) for i, name in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        say("joined", joined(thread))


@scenario
def thread_that_starts_a_thread():
    def start_another():
        inner = threading.Thread(target=write_line, args=("log", "inner"))
        inner.start()
        inner.join()
        write_line("log", "outer")

    thread = threading.Thread(target=start_another)
    thread.start()
    thread.join()
    say_lines("log")


@scenario
def daemon_may_be_joined():
    thread = threading.Thread(target=meet, args=("began", "go"), daemon=True)
    thread.start()
    say("joined", joined(thread, SHORT))
    touch("go")
    say("joined", joined(thread))


@scenario
def thread_at_the_end_of_the_program():
    def write_late():
        threading.Event().wait(SHORT)  # the main thread is at its end by then, or soon
        write_line("log", "written")

    threading.Thread(target=write_late).start()
    say("main thread", "ends")


@scenario
def daemon_at_the_end_of_the_program():
    threading.Thread(target=meet, args=("began", "never"), daemon=True).start()
    wait_for_file("began")
    say("main thread", "ends")


@scenario
def thread_started_at_the_end_of_the_program():
    def start_another():
        threading.Event().wait(SHORT)
        threading.Thread(target=write_line, args=("log", "written")).start()

    threading.Thread(target=start_another).start()
