#!/usr/bin/python3
"""An imager that an image has taken over (tests/hostile/imager.c): what it answers reaches nobody, objects beside the guilty one are
made, and only the guilty one fails."""

import os
import re
import shutil
import unittest

from harness import BIN, BUILT, DirectoryCase, Run, SMALL_OUTPUTS, kill_leftovers, processes, wait_until

# Numbers of base/error.h.
CLASSES = {"transient": 0, "stale": 1, "permanent": 2, "config": 3, "input": 4, "limit": 5, "crash": 6, "cancelled": 7, "internal": 8,
           "archived": 9, "unavailable": 10, "full": 11, "unsent": 12, "none": 4711, "negative": -1}

# What an imager may say of an object, and of an output.
OBJECT_CLASSES = {"input", "limit"}
OUTPUT_CLASSES = {"input", "limit", "config", "internal"}

LIES = {
    "sparse": "shared memory with holes|more than the limit",
    "reserved": "shared memory with holes",
    "large": "more than the limit of 2000000",
    "unsealed": "not sealed memory",
    "channel": "not sealed memory",
    "no-descriptor": "0 descriptors go with it",
    "huge": "pixels",
    "no-format": "format 4711",
    "too-many": "10000 of 2 outputs",
    "nothing": "0 of 2 outputs",
    "type": "a result of the wrong type",
}

INNOCENT = 6

# What an imager that was taken over does to the objects after the guilty one.
TAKEOVERS = ("class:9", "output:2", "sparse", "too-many", "nothing", "type", "exit", "abort")

# Runs of each of the two tests with takeovers: which object comes after which differs.
REPEATS = int(os.environ.get("THUMBMILL_REPEATS", "2"))


class TestHostileImager(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def setUp(self):
        super().setUp()
        path = os.path.join(BIN, "thumbmill-imager")
        os.rename(path, path + ".real")
        self.addCleanup(os.replace, path + ".real", path)
        shutil.copy2(os.path.join(BUILT, "hostile_imager"), path)

    def attack(self, *names, **sections):
        """The failures that these attacks lead to, {key: failure}, beside objects that must all be made."""
        sizes = self.add_photographs(INNOCENT, 300)
        for name in names:
            self.add(f"m-{name}.jpg", f"hostile:{name}".encode())
        sections = {"workers": {"count": 1}, "limits": {"max_output_bytes": "2M"}, **sections}
        run = self.run_to_end(self.configure(**sections), expect=1)
        self.assert_all_made(sizes)
        self.assertEqual(run.report["objects"]["failed"], len(names), run.stderr[-3000:])
        self.assertEqual(run.report["objects"]["done"], INNOCENT)
        self.stderr = run.stderr
        self.crashes = run.report["processes"]["crashes"]
        self.imagers = run.report["processes"]["imagers_started"]
        found = {}
        for failure in run.report["failures"]:
            found.setdefault(failure["key"].removeprefix("m-").removesuffix(".jpg"), failure)
        self.assertEqual(sorted(found), sorted(names))
        return found

    def test_answers_that_no_imager_gives(self):
        for name, failure in self.attack(*LIES).items():
            self.assertRegex(failure["reason"], LIES[name])
            self.assertEqual(failure["class"], "internal", failure)
        # Each is rendered twice, and each time the imager is replaced; the end of the run hides the last one's death, and an answer
        # that was under way when its imager was replaced is from the same imager.
        self.assertGreater(self.crashes, len(LIES))
        self.assertLessEqual(self.crashes, 2 * len(LIES))
        self.assertIn("was replaced: ", self.stderr)

    def test_classes_of_an_object_are_input_and_limit_only(self):
        failures = self.attack(*(f"class:{number}" for number in CLASSES.values()))
        for name, number in CLASSES.items():
            self.assertEqual(failures[f"class:{number}"]["class"], name if name in OBJECT_CLASSES else "internal", name)

    def test_classes_of_an_output_are_those_that_say_nothing_about_a_store(self):
        failures = self.attack(*(f"output:{number}" for number in CLASSES.values()))
        for name, number in CLASSES.items():
            self.assertEqual(failures[f"output:{number}"]["class"], name if name in OUTPUT_CLASSES else "internal", name)

    def test_texts_are_cut(self):
        failures = self.attack("long", "long-outputs")
        self.assertEqual({failure["class"] for failure in failures.values()}, {"input"}, self.stderr[-3000:])
        self.assertEqual(max(len(failure["reason"]) for failure in failures.values()), 1024)
        self.assertLess(len(self.stderr), 20_000)

    def test_deaths_fail_the_guilty_only(self):
        failures = self.attack("exit", "abort")
        self.assertEqual({failure["class"] for failure in failures.values()}, {"crash"})
        self.assertIn("twice while rendering this object, ", failures["abort"]["reason"])

    def takeovers(self, how, classes):
        """Each kind of takeover beside objects that must all be made: before, between and after them in the listing."""
        sizes = self.add_photographs(INNOCENT, 300)
        for number, name in enumerate(TAKEOVERS):
            self.add(f"photo-00{number % INNOCENT}.jpg-{number}.jpg", f"hostile:{how}:{name}".encode())
        config = self.configure(workers={"count": 1})
        for _ in range(REPEATS):
            shutil.rmtree(self.destination)
            os.mkdir(self.destination)
            run = self.run_to_end(config, expect=1)
            self.assert_all_made(sizes)
            self.assertEqual(run.report["objects"]["done"], INNOCENT, run.stderr[-3000:])
            self.assertEqual(run.report["objects"]["failed"], len(TAKEOVERS))
            self.assertEqual({failure["class"] for failure in run.report["failures"]}, classes)

    def test_who_comes_after_a_taken_over_imager_has_given_itself_away_is_made(self):
        self.takeovers("from-now", {"internal", "crash"})

    def test_who_meets_a_taken_over_imager_that_has_not_is_made(self):
        self.takeovers("later", {"input"})

    def test_who_meets_an_imager_that_stands_still_is_made(self):
        sizes = self.add_photographs(INNOCENT, 300)
        self.add("photo-000.jpg-.jpg", b"hostile:later:hang")
        run = self.run_to_end(self.configure(workers={"count": 1, "task_timeout": "5s"}), expect=1)
        self.assert_all_made(sizes)
        self.assertEqual([failure["class"] for failure in run.report["failures"]], ["input"])

    def test_who_keeps_threads_is_replaced(self):
        self.attack("threads")
        self.assertGreaterEqual(self.imagers, 2)
        self.assertEqual(self.crashes, 0)

    def test_who_keeps_memory_is_replaced(self):
        """Each task's memory files, full and sealed, are more than what one imager may make of outputs."""
        self.attack("hoard", limits={"max_output_bytes": "64Mi"})
        self.assertGreaterEqual(self.imagers, 2)
        self.assertEqual(self.crashes, 0)

    def test_an_imager_is_ended_first_and_can_take_only_so_much(self):
        """What the kernel knows of one that stands still in the middle of an object."""
        self.add("m-hang.jpg", b"hostile:hang")
        run = Run(self.configure(workers={"count": 1}, limits={"max_output_bytes": "8Mi", "memory": "64Mi"}))
        self.assertTrue(wait_until(lambda: self.confined(), 60))
        imager, worker = self.confined()[0], min(processes("thumbmill-worker"))
        self.assertEqual(self.about(imager, "oom_score_adj"), "1000\n")
        self.assertEqual(self.about(worker, "oom_score_adj"), self.about(os.getpid(), "oom_score_adj"))
        self.assertRegex(self.about(imager, "status"), r"CapPrm:\s0+\n")
        limits = self.about(imager, "limits")
        self.assertRegex(limits, r"Max file size +8388608 +8388608 ")
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertRegex(limits, r"Max open files +256 +256 ")
        self.assertLess(int(re.search(r"Max data size +(\d+) ", limits)[1]), (64 + 16 + 512 + 64 * os.cpu_count() + 1) << 20)
        kill_leftovers()
        run.finish()

    @staticmethod
    def about(pid, name):
        with open(f"/proc/{pid}/{name}", encoding="ascii") as file:
            return file.read()

    def confined(self):
        """Imagers whose own filter is in force on top of their worker's."""
        return [pid for pid in processes("thumbmill-imager") if "Seccomp_filters:\t2" in self.about(pid, "status")]


if __name__ == "__main__":
    unittest.main()
