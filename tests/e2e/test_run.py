#!/usr/bin/python3
"""What cron asks of `thumbmill run`: one at a time, within a time, and quiet."""

import os
import signal
import socket
import unittest

from harness import DirectoryCase, Run, SMALL_OUTPUTS, cpu_seconds, processes, slow_png, wait_until, write_config


class RunCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.folder, "state")

    def start_slow(self, **sections):
        """A run that is busy for seconds with a-slow.png."""
        self.add("a-slow.png", slow_png(16000, 12000))
        config = self.configure(limits={"max_pixels": "400M", "max_source_bytes": "1G"}, **sections)
        run = Run(config)
        busy = wait_until(lambda: [pid for pid in processes("thumbmill-imager") if cpu_seconds(pid) > 0.3], 30)
        self.assertTrue(busy, "no imager is busy")
        return run

    def kill(self, run):
        os.kill(run.pid, signal.SIGKILL)
        run.finish()
        os.unlink(os.path.join(self.source, "a-slow.png"))

    def assert_refused(self, run, first):
        self.assertEqual(run.finish(10), 5, run.stderr)
        self.assertIn(f"pid={first.pid}", run.stderr)
        self.assertIn(f"host={socket.gethostname()}", run.stderr)
        self.assertRegex(run.stderr, r"since=20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
        self.assertEqual(len(run.stderr.splitlines()), 1)
        self.assertEqual(run.stdout, "")


class TestLock(RunCase):
    def two_at_once(self, **sections):
        first = self.start_slow(**sections)
        second = Run(self.config)
        self.assert_refused(second, first)
        self.assertFalse(os.path.exists(second.report_path), "the report is that of the run at work")
        # another file, other outputs, the same stores
        other = write_config(os.path.join(self.folder, "other.yaml"), f"file://{self.source}/", f"file://{self.destination}/",
                             self.outputs[:1], **sections)
        self.assert_refused(Run(other), first)
        self.assertTrue(first.is_running())
        self.kill(first)
        self.add_photographs(1, 200)
        self.run_to_end(self.config)

    def locks(self):
        return [name for name in os.listdir(self.state) if name.endswith(".lock")]

    def test_the_second_of_two_names_the_first_and_after_kill_9_the_next_runs_at_once(self):
        self.two_at_once(state_directory=self.state)
        self.assertEqual(self.locks(), [], "a run that ends removes its lock")

    def test_without_a_state_directory(self):
        self.two_at_once()

    def test_a_state_directory_that_cannot_be_written(self):
        with open(self.state, "w", encoding="utf-8") as file:
            file.write("no directory")
        first = self.start_slow(state_directory=self.state)
        second = Run(self.config)
        self.assertEqual(second.finish(10), 5)
        self.assertIn(self.state, second.stderr)
        self.assertIn(f"pid={first.pid}", second.stderr)
        self.kill(first)

    def test_the_directory_that_systemd_names(self):
        self.add("a-slow.png", slow_png(8000, 6000))
        run = Run(self.configure(), environment={"STATE_DIRECTORY": f"{self.state}:/nowhere"})
        self.assertTrue(wait_until(lambda: os.path.isdir(self.state) and self.locks(), 10))
        self.assertEqual(run.finish(), 0, run.stderr)

    def test_other_stores_are_not_locked(self):
        first = self.start_slow(state_directory=self.state)
        other = write_config(os.path.join(self.folder, "other.yaml"), {"url": f"file://{self.source}/", "include": ["*.jpg"]},
                             f"file://{self.folder}/elsewhere/", self.outputs, state_directory=self.state)
        self.run_to_end(other)
        self.assertTrue(first.is_running())
        self.kill(first)

    def test_a_dry_run_is_in_nobodys_way(self):
        first = self.start_slow(state_directory=self.state)
        plan = self.run_to_end(self.config, "--dry-run")
        self.assertIn("a-slow.png", plan.stdout)
        self.kill(first)

    def test_many_at_the_same_moment(self):
        sizes = self.add_photographs(4, 300)
        self.configure(state_directory=self.state)
        runs = [Run(self.config, report=False) for _ in range(8)]
        codes = [run.finish() for run in runs]
        self.assertEqual(set(codes) - {0, 5}, set(), codes)
        self.assertIn(0, codes)
        self.assertIn(5, codes)
        self.assert_all_made(sizes)


class TestDuration(RunCase):
    def test_nothing_more_begins_and_what_is_in_flight_is_finished(self):
        self.add("a-slow.png", slow_png(8000, 6000))
        sizes = {"a-slow.png": (8000, 6000), **self.add_photographs(300, 300)}
        config = self.configure(workers={"count": 1, "tasks_in_flight": 1})
        run = self.run_to_end(config, "--max-duration", "1s", expect=3)
        self.assertEqual(run.stderr, "", "to stop when told so is no failure")
        done = run.report["objects"]["done"]
        self.assertGreaterEqual(done, 1)
        self.assertLess(done, len(sizes))
        self.assertEqual(run.report["outputs"]["made"], len(self.outputs) * done)
        self.assertEqual(len(self.made()), len(self.outputs) * done)
        self.assert_complete_or_absent()
        self.run_to_end(config, "--max-duration", "1h")
        self.assert_all_made(sizes)

    def test_what_is_no_time_is_said(self):
        self.configure()
        for text in ("0", "0s", "-1s", "10", "soon", "", "1y", "9000d", "99999999999999999999h"):
            run = Run(self.config, "--max-duration", text, report=False)
            self.assertEqual(run.finish(), 2, text)
            self.assertIn("--max-duration", run.stderr)


class TestQuiet(RunCase):
    def test_success_says_nothing(self):
        self.add_photographs(2, 200)
        for _ in range(2):
            run = self.run_to_end(self.configure(state_directory=self.state))
            self.assertEqual((run.stdout, run.stderr), ("", ""))


if __name__ == "__main__":
    unittest.main()
