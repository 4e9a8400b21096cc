#!/usr/bin/python3
"""Processes that stand still: one that hangs is killed and replaced, and everything is made; all of them together, as when a
machine is suspended or a container frozen, just go on afterwards.

THUMBMILL_PAUSE_S is for how long all of them are stopped (6).
"""

import os
import signal
import sys
import time
import unittest

import harness
from harness import SMALL_OUTPUTS, Daemon, DirectoryCase, Run, encode, photograph, processes, wait_until

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "servers"))
from hanging_fuse import HangingFuse  # noqa: E402

PAUSE_S = float(os.environ.get("THUMBMILL_PAUSE_S", "6"))
ROLES = ("thumbmill-supervisor", "thumbmill-worker", "thumbmill-imager")
HEARTBEAT_S = 2


def send(number, *pids):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class HangCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def configure_quick(self, **sections):
        return self.configure(workers={"count": 2, "task_timeout": "3s"}, heartbeat_timeout=f"{HEARTBEAT_S}s", **sections)

    def start_run(self, *arguments, count=24):
        """(run, sizes) in the middle of it."""
        sizes = self.add_photographs(count, 1200)
        self.age_originals()
        run = Run(self.configure_quick(), "--log-level", "info", *arguments)
        self.assertTrue(wait_until(lambda: self.made() and len(processes("thumbmill-imager")) == 2, 30))
        return run, sizes

    def start_daemon(self):
        sizes = self.add_photographs(24, 1200)
        self.age_originals()
        daemon = Daemon(self.configure_quick(schedule="0 0 1 1 *"))
        self.addCleanup(daemon.abandon)
        self.assertTrue(wait_until(lambda: self.made() and len(processes("thumbmill-imager")) == 2, 30), daemon.log())
        return daemon, sizes

    def stop_one(self, role):
        pid = next(iter(processes(role)))
        send(signal.SIGSTOP, pid)
        self.assertTrue(wait_until(lambda: pid not in processes(role), 40), f"{role} is still there")


def has_children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return bool(file.read())
    except OSError:
        return False


class TestHang(HangCase):
    def test_each_process_of_a_run(self):
        for role in ROLES:
            with self.subTest(role=role):
                self.empty_folders()
                run, sizes = self.start_run()
                self.stop_one(role)
                self.assertEqual(run.finish(60), 0, run.stderr)
                self.assertEqual(run.report["objects"]["failed"], 0)
                self.assert_all_made(sizes)

    def test_each_process_of_a_daemon(self):
        for role in ROLES:
            with self.subTest(role=role):
                self.empty_folders()
                daemon, sizes = self.start_daemon()
                self.stop_one(role)
                self.assertTrue(wait_until(lambda: len(self.made()) == 2 * len(sizes), 60), daemon.log())
                self.assertEqual(daemon.stop(), 0, daemon.log())
                self.assertEqual([record["failed"] for record in daemon.passes()], ["0"] * len(daemon.passes()))
                self.assert_all_made(sizes)

    def empty_folders(self):
        for folder in (self.source, self.destination):
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.isdir(path):
                    for below in os.listdir(path):
                        os.unlink(os.path.join(path, below))
                else:
                    os.unlink(path)

    def test_a_supervisor_that_hangs_and_a_limit_of_the_run(self):
        """Another supervisor would only be told to stop."""
        run, _ = self.start_run("--max-duration", "3s")
        self.stop_one("thumbmill-supervisor")
        self.assertIn(run.finish(60), (0, 3), run.stderr)

    def test_a_supervisor_that_hangs_while_it_is_told_to_stop(self):
        run, _ = self.start_run()
        send(signal.SIGSTOP, next(iter(processes("thumbmill-supervisor"))))
        send(signal.SIGTERM, run.pid)
        self.assertEqual(run.finish(60), 3, run.stderr)

    def test_supervisors_that_all_hang(self):
        run, _ = self.start_run()
        while run.is_running():
            send(signal.SIGSTOP, *filter(has_children, processes("thumbmill-supervisor")))  # one that starts has a minute to do so
            time.sleep(0.1)
        self.assertEqual(run.finish(60), 3, run.stderr)
        self.assertIn("restarting with another supervisor", run.stderr)


@harness.needs_root
class TestDeadFileSystem(HangCase):
    """As NFS whose server is away: who waits for it cannot be killed."""

    def mount(self, count=8):
        sizes, files = {}, {"0-hangs.jpg": b"x" * 1000}
        for number in range(count):
            image = photograph(number, 600)
            files[f"photo-{number}.jpg"] = encode(image, "jpeg")
            sizes[f"photo-{number}.jpg"] = image.size
        fuse = HangingFuse(self.source, files, hanging={"0-hangs.jpg"})
        self.addCleanup(fuse.close)
        return fuse, sizes

    def test_a_worker_that_cannot_be_killed(self):
        """Each that reads the file is left behind, and its place taken; all others are made."""
        fuse, sizes = self.mount()
        config = self.configure(workers={"count": 2, "tasks_in_flight": 1}, heartbeat_timeout="1s")
        run = Run(config, "--log-level", "info")
        self.assertTrue(fuse.asked.wait(30))
        self.assertTrue(wait_until(lambda: len(self.made()) == 2 * len(sizes), 60))
        self.assertTrue(wait_until(lambda: len(processes("thumbmill-worker")) > 2, 60), "none was replaced")
        fuse.close()
        self.assertEqual(run.finish(120), 1, run.stderr)
        self.assertIn("could not be killed and was abandoned", run.stderr)
        self.assertEqual([failure["key"] for failure in run.report["failures"]], ["0-hangs.jpg"])
        self.assert_all_made(sizes)

    def test_a_run_whose_end_such_a_worker_would_delay(self):
        fuse, _ = self.mount(count=1)
        config = self.configure(workers={"count": 1}, heartbeat_timeout="30s", stop_timeout="1s")
        run = Run(config)
        self.assertTrue(fuse.asked.wait(30))
        send(signal.SIGTERM, run.pid)
        try:
            self.assertEqual(run.child.wait(60), 3)
        finally:
            fuse.close()  # who is left behind holds what its standard error is
            run.finish(60)


class TestPause(HangCase):
    def pause(self, last=()):
        """Stops all for PAUSE_S; those of `last` for a second more."""
        pids = list(processes())
        send(signal.SIGSTOP, *pids)
        time.sleep(PAUSE_S)
        send(signal.SIGCONT, *(pid for pid in pids if pid not in last))
        if last:
            time.sleep(1)
            send(signal.SIGCONT, *last)

    def test_all_of_a_run(self):
        run, sizes = self.start_run()
        self.pause()
        self.assertEqual(run.finish(120), 0, run.stderr)
        self.assertEqual(run.report["objects"]["failed"], 0)
        self.assertEqual(run.report["processes"]["crashes"], 0)
        self.assertNotIn("killed", run.stderr)
        self.assert_all_made(sizes)

    def test_parents_that_continue_first(self):
        """What they wait for is late, since it stood still too."""
        run, sizes = self.start_run()
        self.pause(last=processes("thumbmill-imager"))
        self.assertEqual(run.finish(120), 0, run.stderr)
        self.assertEqual(run.report["processes"]["crashes"], 0, run.stderr)
        self.assertNotIn("killed", run.stderr)
        self.assert_all_made(sizes)

    def test_all_of_a_daemon(self):
        daemon, sizes = self.start_daemon()
        self.pause()
        self.assertTrue(daemon.wait_for_passes(1, 120), daemon.log())
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertEqual(daemon.passes()[0]["failed"], "0")
        self.assertEqual(daemon.records("the supervisor did not respond"), [])
        self.assert_all_made(sizes)

    def test_a_main_process_that_continues(self):
        run, sizes = self.start_run()
        send(signal.SIGSTOP, run.pid)
        time.sleep(2 * HEARTBEAT_S + 1)
        send(signal.SIGCONT, run.pid)
        self.assertEqual(run.finish(60), 0, run.stderr)
        self.assertNotIn("killed", run.stderr)
        self.assert_all_made(sizes)


if __name__ == "__main__":
    unittest.main()
