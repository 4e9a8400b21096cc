#!/usr/bin/python3
"""Runs under the limits that a process may have (ulimit): the number of tasks follows from them, and what has no room is
said at the start."""

import os
import resource
import unittest

from harness import DirectoryCase, encode, photograph

FEW = 64
USUAL = 1024


class TestLimits(DirectoryCase):
    def run_limited(self, originals, outputs, limits, expect=0, **workers):
        self.outputs = [{"name": f"o{number}", "width": 8 + number, "height": 8 + number, "fit": "inside", "format": "jpeg"}
                        for number in range(outputs)]
        data = encode(photograph(1, 300), "jpeg")
        for number in range(originals):
            self.add(f"{number}.jpg", data)
        self.age_originals()
        run = self.run_to_end(self.configure(workers=workers), expect=expect,
                              preexec_fn=lambda: [resource.setrlimit(name, values) for name, values in limits.items()])
        if expect == 0:
            self.assertEqual(run.report["outputs"]["made"], originals * outputs)
            self.assertEqual(len(self.made()), originals * outputs)
            self.assertNotIn("died", run.stderr)
        return run

    def test_few_descriptors(self):
        self.run_limited(128, 1, {resource.RLIMIT_NOFILE: (FEW, FEW)}, count=2, tasks_in_flight=64)

    def test_many_outputs_with_the_usual_limit(self):
        self.run_limited(20, 64, {resource.RLIMIT_NOFILE: (USUAL, USUAL)}, count=1, tasks_in_flight=64)

    def test_a_soft_limit_is_raised(self):
        self.run_limited(64, 1, {resource.RLIMIT_NOFILE: (20, USUAL)}, count=1, tasks_in_flight=64)

    def test_what_has_no_room_is_said(self):
        run = self.run_limited(1, 64, {resource.RLIMIT_NOFILE: (100, 100)}, expect=4)
        self.assertIn("the number of open files (ulimit -n) is limited to 100, and one worker with one task needs 366",
                      run.stderr)
        run = self.run_limited(1, 1, {resource.RLIMIT_AS: (400 << 20, 400 << 20)}, expect=4)
        self.assertIn("ulimit -v", run.stderr)

    def test_more_workers_than_have_room(self):
        run = self.run_limited(20, 1, {resource.RLIMIT_NOFILE: (FEW, FEW)}, count=64)
        self.assertIn("fewer workers than configured", run.stderr)


if __name__ == "__main__":
    unittest.main()
