#!/usr/bin/python3
"""A supervisor whose workers were taken over (tests/hostile/hostile_worker.c): it lives, its report is no nonsense, its log no flood. And the
real worker is behind its sandbox while it works."""

import os
import subprocess
import time
import unittest

import harness
from harness import BUILT, DirectoryCase, Run, encode, photograph, processes, wait_until

MAX_LOG_BYTES = 400_000


def has_sanitizer():
    """Whose reports are to be seen, so that what workers write is not caught."""
    with open(os.path.join(BUILT, "thumbmill-worker"), "rb") as file:
        return b"__asan_init" in file.read()


class TestLies(DirectoryCase):
    outputs = [{"name": "thumb", "width": 64, "format": "jpeg"}, {"name": "small", "width": 32, "format": "jpeg"}]
    OBJECTS = 6

    def setUp(self):
        super().setUp()
        for number in range(self.OBJECTS):
            self.add(f"{number}.jpg", encode(photograph(number, 100), "jpeg"))
        self.age_originals()

    def run_with(self, conduct, expect):
        path = os.path.join(harness.BIN, "thumbmill-worker")
        with open(os.path.join(BUILT, "hostile_worker"), "rb") as file:
            data = file.read()
        place = b"CONDUCT-OF-A-HOSTILE-WORKER"
        self.assertEqual(data.count(place), 1)
        os.rename(path, path + ".real")
        self.addCleanup(os.rename, path + ".real", path)
        with open(path, "wb") as file:
            file.write(data.replace(place, conduct.encode().ljust(len(place), b"\0")))
        os.chmod(path, 0o755)
        run = Run(self.configure(workers={"count": 2}))
        self.assertIn(run.finish(), expect, run.stderr[-3000:])
        self.assertLess(len(run.stderr), MAX_LOG_BYTES)
        self.assertNotIn("supervisor (pid", run.stderr)
        self.assertEqual(self.negative(run.report), [])
        return run

    def negative(self, value, path=""):
        if isinstance(value, dict):
            return [bad for name, child in value.items() for bad in self.negative(child, f"{path}.{name}")]
        return [path] if isinstance(value, (int, float)) and value < 0 else []

    def test_notes_of_megabytes(self):
        run = self.run_with("notes", (1, 3))
        self.assertIn("an imager died", run.stderr)

    def test_texts_of_megabytes(self):
        run = self.run_with("texts", (1, 3))
        self.assertTrue(all(len(failure["reason"]) <= 1100 for failure in run.report["failures"]))

    def test_a_flood_of_notes(self):
        run = self.run_with("flood", (1, 2, 3, 4))
        self.assertIn("because it sent too much", run.stderr)

    def test_questions_that_are_refused(self):
        run = self.run_with("questions", (1, 2, 3, 4))
        self.assertIn("because it sent too much", run.stderr)

    if not has_sanitizer():

        def test_output_that_is_no_log(self):
            run = self.run_with("output", (1, 3))
            self.assertNotIn("a line of a log that is none", run.stderr)

    def test_counters_beyond_all_numbers(self):
        report = self.run_with("counters", (0, 1, 3)).report
        self.assertLess(report["requests"]["put"], 10_000_000)
        self.assertLess(report["bytes"]["in"], 1 << 40)

    def test_processes_that_are_left_behind(self):
        self.run_with("leftovers", (1,))
        self.assertEqual(processes(), {})

    def test_throttling_that_was_invented(self):
        start = time.monotonic()
        report = self.run_with("throttling", (1, 3)).report
        self.assertEqual(report["objects"]["failed"], self.OBJECTS)
        self.assertLess(time.monotonic() - start, 60, "no number of refusals stops a pass")


class TestConfinement(DirectoryCase):
    def status(self, pid):
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def test_every_role_has_what_it_needs_and_no_more(self):
        self.add("slow.png", harness.slow_png(6000, 6000))
        self.age_originals()
        run = Run(self.configure(workers={"count": 1}))
        self.assertTrue(wait_until(lambda: any(harness.cpu_seconds(pid) > 0.3 for pid in processes("thumbmill-imager")), 60))
        roles = {role: self.status(pid) for pid, role in processes().items()}
        for role in ("thumbmill-supervisor", "thumbmill-worker", "thumbmill-imager"):
            self.assertEqual(roles[role]["NoNewPrivs"].strip(), "1", role)
        for role in ("thumbmill-worker", "thumbmill-imager"):
            self.assertEqual(roles[role]["Seccomp"].strip(), "2", role)
        self.assertEqual(int(roles["thumbmill-imager"]["CapPrm"], 16), 0)
        files = 1 << 1 | 1 << 2 | 1 << 3  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
        for role in ("thumbmill-supervisor", "thumbmill-worker"):
            self.assertEqual(int(roles[role]["CapPrm"], 16) & ~files, 0, role)
        self.assertEqual(run.finish(), 0, run.stderr)

    def test_root_is_warned_once_and_nobody_else(self):
        self.add("a.jpg", encode(photograph(0, 100), "jpeg"))
        self.age_originals()
        ended = subprocess.run([os.path.join(harness.BIN, "thumbmill"), "run", "-c", self.configure()], capture_output=True,
                               encoding="utf-8", timeout=60, check=True)
        self.assertEqual(ended.stderr.count("running as root"), 1 if os.geteuid() == 0 else 0)


if __name__ == "__main__":
    unittest.main()
