#!/usr/bin/python3
"""What ends a thumbmill, and what does not: the reader of its log, signals that come too early, being the first process of
a container."""

import os
import signal
import subprocess
import unittest

import harness
from harness import SMALL_OUTPUTS, DirectoryCase, clean_environment, processes, wait_until

THUMBMILL = os.path.join(harness.BIN, "thumbmill")


def blocked(pid):
    """The numbers of the signals that the process holds back."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        mask = next(int(line.split()[1], 16) for line in file if line.startswith("SigBlk"))
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def state(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


class SignalCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def start(self, *arguments, wrapper=(), **options):
        child = subprocess.Popen([*wrapper, THUMBMILL, *arguments], stdin=subprocess.DEVNULL, env=clean_environment(), **options)
        self.addCleanup(lambda: (child.poll() is None and child.kill(), child.wait()))
        return child


class TestReaders(SignalCase):
    def test_a_run_whose_log_nobody_reads_any_more(self):
        """As in `thumbmill run 2>&1 | head -1`."""
        sizes = self.add_photographs(6, 300)
        self.add("broken.jpg", b"no image")
        reader, writer = os.pipe()
        child = self.start("run", "-c", self.configure(), "--log-level", "debug", stdout=writer, stderr=writer)
        os.close(writer)
        os.close(reader)
        self.assertEqual(child.wait(60), 1)
        self.assert_all_made(sizes)

    def test_a_daemon_whose_log_nobody_reads_any_more(self):
        reader, writer = os.pipe()
        child = self.start("daemon", "-c", self.configure(every="1s"), "--log-level", "debug", stdout=writer, stderr=writer)
        os.close(writer)
        self.assertTrue(os.read(reader, 1))
        os.close(reader)
        sizes = self.add_photographs(2, 300)
        self.assertTrue(wait_until(lambda: len(self.made()) == 4, 30))
        self.assert_all_made(sizes)
        child.terminate()
        self.assertEqual(child.wait(30), 0)


class TestEarlySignals(SignalCase):
    def start_and_signal(self, command, number, wanted):
        """As soon as main() has begun; before that no program can do anything about signals."""
        child = self.start(command, "-c", self.configure())
        self.assertTrue(wait_until(lambda: wanted <= blocked(child.pid), 10, 0))
        child.send_signal(number)
        return child

    def test_a_daemon_is_told_to_stop_while_it_starts(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            child = self.start_and_signal("daemon", number, {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP})
            self.assertEqual(child.wait(30), 0)

    def test_a_daemon_is_told_to_reload_while_it_starts(self):
        sizes = self.add_photographs(1, 300)
        child = self.start_and_signal("daemon", signal.SIGHUP, {signal.SIGHUP})
        self.assertTrue(wait_until(lambda: len(self.made()) == 2, 30))
        self.assert_all_made(sizes)
        child.terminate()
        self.assertEqual(child.wait(30), 0)

    def test_a_run_is_told_to_stop_while_it_starts(self):
        self.add_photographs(20, 900)
        child = self.start_and_signal("run", signal.SIGTERM, {signal.SIGTERM, signal.SIGINT})
        self.assertEqual(child.wait(30), 3)


@harness.needs_root
class TestFirstProcess(SignalCase):
    """In a container a daemon is process 1, with nobody above it that reaps orphans, or to whom signals mean anything
    that it does not listen to itself."""

    IN_CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")

    def start_daemon(self):
        child = self.start("daemon", "-c", self.configure(every="1s"), wrapper=self.IN_CONTAINER, stderr=subprocess.DEVNULL)
        first = wait_until(lambda: processes("thumbmill"), 10)
        self.assertTrue(first)
        return child, next(iter(first))

    def test_orphans_are_reaped(self):
        child, first = self.start_daemon()
        sizes = self.add_photographs(2, 300)
        self.assertTrue(wait_until(lambda: len(self.made()) == 4, 30))
        ended = subprocess.run(["nsenter", "-t", str(first), "-p", "sh", "-c", "sleep 0.3 & exit 0"], check=False, timeout=30)
        self.assertEqual(ended.returncode, 0)
        with open(f"/proc/{first}/task/{first}/children", encoding="utf-8") as file:
            children = [int(pid) for pid in file.read().split()]
        orphans = [pid for pid in children if pid not in processes()]
        self.assertEqual(len(orphans), 1)
        self.assertTrue(wait_until(lambda: state(orphans[0]) is None, 10), f"left as {state(orphans[0])}")
        self.assert_all_made(sizes)
        os.kill(first, signal.SIGTERM)
        self.assertEqual(child.wait(30), 0)

    def test_its_own_children_are_still_its_own(self):
        child, first = self.start_daemon()
        supervisor = wait_until(lambda: processes("thumbmill-supervisor"), 10)
        os.kill(next(iter(supervisor)), signal.SIGKILL)
        self.assertTrue(wait_until(lambda: set(processes("thumbmill-supervisor")) - set(supervisor), 10))
        sizes = self.add_photographs(2, 300)
        self.assertTrue(wait_until(lambda: len(self.made()) == 4, 30))
        self.assert_all_made(sizes)
        os.kill(first, signal.SIGTERM)
        self.assertEqual(child.wait(30), 0)

    def test_a_run_obeys_signals(self):
        self.add_photographs(40, 1500)
        child = self.start("run", "-c", self.configure(workers={"count": 1}), wrapper=self.IN_CONTAINER,
                           stderr=subprocess.DEVNULL)
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 20))
        os.kill(next(iter(processes("thumbmill"))), signal.SIGTERM)
        self.assertEqual(child.wait(60), 3)


if __name__ == "__main__":
    unittest.main()
