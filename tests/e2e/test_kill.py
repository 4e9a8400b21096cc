#!/usr/bin/python3
"""Processes that die, hang or are told to stop at any moment lose nothing and leave nothing half written.

THUMBMILL_SEED repeats a run's random moments; THUMBMILL_KILLS is how often each kind of process is killed (20).
"""

import json
import os
import random
import signal
import subprocess
import time
import unittest

import harness
from harness import DirectoryCase, Run, SMALL_OUTPUTS, cpu_seconds, processes, slow_png, wait_until

SEED = int(os.environ.get("THUMBMILL_SEED", random.SystemRandom().randrange(10**6)))
KILLS = int(os.environ.get("THUMBMILL_KILLS", "20"))
SOURCES = 16
LEFT_S = 10  # for what has to end at once, on a busy machine


def kill(pid, number=signal.SIGKILL):
    """FALSE if it was gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


class KillCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def setUp(self):
        super().setUp()
        print(f"THUMBMILL_SEED={SEED}", flush=True)
        self.random = random.Random(f"{SEED} {self.id()}")

    def empty_destination(self):
        for path in self.made().values():
            os.unlink(path)

    def await_share(self, run, sizes, least, most):
        """Waits until the run has made a random share of the outputs, and for a moment more. Unlike a time, that is the same part
        of the run however busy this machine is."""
        share, total = self.random.uniform(least, most), len(sizes) * len(self.outputs)
        wait_until(lambda: len(self.made()) >= share * total or not run.is_running(), 60)
        time.sleep(self.random.uniform(0, 0.05))

    def assert_nothing_runs(self):
        self.assertTrue(wait_until(lambda: not processes(), LEFT_S), f"left {LEFT_S} s later: {processes()}")

    def start_with_slow_object(self, **sections):
        """(run, pid of the imager that is busy with a-slow.png)"""
        self.add("a-slow.png", slow_png(16000, 12000))
        self.age_originals()
        config = self.configure(limits={"max_pixels": "400M", "max_source_bytes": "1G"}, **sections)
        run = Run(config)
        busy = wait_until(lambda: [pid for pid in processes("thumbmill-imager") if cpu_seconds(pid) > 0.6], 30)
        self.assertTrue(busy, "no imager is busy")
        return run, busy[0]


class TestKilledChildren(KillCase):
    def kill_some(self, role):
        sizes = self.add_photographs(SOURCES, 900)
        config = self.configure(workers={"count": 2})
        self.age_originals()
        kills = crashes = tries = 0
        while kills < KILLS:
            tries += 1
            self.assertLess(tries, 4 * KILLS, "too many runs ended before their process could be killed")
            self.empty_destination()
            run = Run(config)
            self.assertTrue(wait_until(lambda: processes(role), 10), "no such process appears")
            self.await_share(run, sizes, 0, 0.8)
            alive = sorted(processes(role))
            if alive and run.is_running():
                kills += kill(self.random.choice(alive))
            self.assert_complete_or_absent()
            self.assertEqual(run.finish(), 0, f"try {tries}, seed {SEED}: {run.stderr}")
            self.assert_all_made(sizes)
            report = run.report
            self.assertEqual(report["objects"]["failed"], 0)
            crashes += report["processes"]["crashes"]
        self.assertGreaterEqual(crashes, KILLS // 2, "deaths are counted in the report")

    def test_killed_imagers(self):
        self.kill_some("thumbmill-imager")

    def test_killed_workers(self):
        self.kill_some("thumbmill-worker")


class TestKilledParents(KillCase):
    def kill_some(self, role):
        sizes = self.add_photographs(SOURCES, 900)
        config = self.configure(workers={"count": 2})
        self.age_originals()
        kills = tries = ended = 0
        while kills < KILLS:
            tries += 1
            self.assertLess(tries, 4 * KILLS, "too many runs ended before their process could be killed")
            self.empty_destination()
            run = Run(config)
            wait_until(lambda: processes(role), 10)
            self.await_share(run, sizes, -0.2, 1)  # below 0, it has not begun
            had_begun = bool(processes("thumbmill-worker"))
            alive = sorted(processes(role))
            if not alive or not kill(alive[0]):
                run.finish()
                continue
            kills += 1
            code = run.finish(60)
            self.assert_nothing_runs()
            if code == 0:
                # Either nothing was left to do, or a supervisor had not been given the run yet, and another one did it.
                self.assertEqual(run.report["objects"]["failed"], 0)
                self.assert_all_made(sizes)
                ended += had_begun
                continue
            self.assert_complete_or_absent()
            self.run_to_end(config)
            self.assert_all_made(sizes)
        self.assertLessEqual(ended, KILLS // 4, "the death of a parent is no success")

    def test_killed_supervisors(self):
        self.kill_some("thumbmill-supervisor")

    def test_killed_mains(self):
        self.kill_some("thumbmill")


class TestStop(KillCase):
    def test_sigterm_finishes_what_is_in_flight(self):
        sizes = self.add_photographs(60, 900)
        config = self.configure(workers={"count": 2})
        self.age_originals()
        stopped = 0
        for number in range(8):
            self.empty_destination()
            run = Run(config)
            wait_until(lambda: processes("thumbmill-imager"), 10)
            self.await_share(run, sizes, 0, 0.7)
            kill(run.pid, signal.SIGTERM if number % 2 else signal.SIGINT)
            code = run.finish(30)
            made = len(self.made())
            self.assertEqual(code, 0 if made == len(sizes) * len(self.outputs) else 3, run.stderr)
            self.assert_nothing_runs()
            stopped += code == 3
            self.assert_complete_or_absent()
            self.assertEqual(run.report["exit"], code)
            self.assertEqual(run.report["outputs"]["made"], made)
            # what was begun was finished: no object has some of its outputs only
            self.assertEqual(made, run.report["objects"]["done"] * len(self.outputs))
            self.run_to_end(config)
            self.assert_all_made(sizes)
        self.assertGreater(stopped, 2, "the signal came too late too often to test anything")

    def test_a_second_signal_stops_at_once(self):
        run, imager = self.start_with_slow_object(workers={"count": 1})
        kill(imager, signal.SIGSTOP)  # it would never finish
        kill(run.pid, signal.SIGTERM)
        time.sleep(0.3)
        self.assertTrue(run.is_running(), "the first signal waits for what is in flight")
        kill(run.pid, signal.SIGTERM)
        began = time.monotonic()
        self.assertEqual(run.finish(10), 3, run.stderr)
        self.assertLess(time.monotonic() - began, 2)
        self.assert_nothing_runs()
        self.assertEqual(self.made(), {})

    def test_a_signal_to_the_group_stops_as_one_to_the_command(self):
        """timeout(1), for one, signals its child and then the group."""
        self.add_photographs(200, 900)
        config = self.configure(workers={"count": 2})
        report = config + ".report.json"
        run = subprocess.Popen([os.path.join(harness.BIN, "thumbmill"), "run", "-c", config, "--report", report],
                               stderr=subprocess.PIPE, start_new_session=True)
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 10))
        time.sleep(0.3)
        kill(run.pid, signal.SIGTERM)
        os.killpg(run.pid, signal.SIGTERM)
        _, stderr = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 3, stderr)
        self.assertNotIn(b"died", stderr)
        self.assertNotIn(b"killed", stderr)
        with open(report, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["exit"], 3)

    def test_one_signal_lets_a_slow_object_finish(self):
        sizes = self.add_photographs(30, 300, prefix="z")
        run, _ = self.start_with_slow_object(workers={"count": 1})
        kill(run.pid, signal.SIGTERM)
        code = run.finish(60)
        made = self.made()
        self.assertIn("medium/a-slow.jpg", made)
        self.assertIn("thumb/a-slow.webp", made)
        self.assertEqual(code, 0 if len(made) == (len(sizes) + 1) * len(self.outputs) else 3)
        self.assert_complete_or_absent()


class TestBadObject(KillCase):
    """An object that kills or hangs its imager is given up, and only that one."""

    def test_an_object_that_kills_its_imager_twice(self):
        for number in (signal.SIGSEGV, signal.SIGKILL):
            with self.subTest(signal=number.name):
                self.empty_destination()
                sizes = self.add_photographs(6, 300, prefix="z")
                run, imager = self.start_with_slow_object(workers={"count": 1})
                killed = {imager}
                kill(imager, number)
                while run.is_running():
                    # only the slow object ever keeps an imager busy for so long
                    for pid in processes("thumbmill-imager"):
                        if pid not in killed and cpu_seconds(pid) > 0.6 and kill(pid, number):
                            killed.add(pid)
                    time.sleep(0.01)
                self.assertEqual(run.finish(30), 1, run.stderr)
                report = run.report
                self.assertEqual([(f["key"], f["class"]) for f in report["failures"]], [("a-slow.png", "crash")])
                self.assertEqual(report["objects"]["done"], 6)
                self.assertEqual(report["processes"]["crashes"], len(killed))
                self.assertEqual(len(killed), 2, "an object that killed two imagers gets no third")
                self.assert_all_made(sizes)

    def test_an_imager_that_hangs(self):
        sizes = self.add_photographs(6, 300, prefix="z")
        run, imager = self.start_with_slow_object(workers={"count": 1, "task_timeout": "10s"})
        stopped = set()
        while run.is_running():
            for pid in processes("thumbmill-imager"):
                if pid not in stopped and (pid == imager or cpu_seconds(pid) > 0.6):
                    stopped.add(pid)
                    kill(pid, signal.SIGSTOP)
            time.sleep(0.01)
        self.assertEqual(run.finish(60), 1, run.stderr)
        report = run.report
        self.assertEqual([(f["key"], f["class"]) for f in report["failures"]], [("a-slow.png", "limit")])
        self.assertEqual(report["objects"]["done"], 6)
        self.assert_all_made(sizes)
        self.assert_nothing_runs()  # not even the stopped imager


if __name__ == "__main__":
    unittest.main()
