#!/usr/bin/python3
"""What failed for good is remembered, and tried again when something has changed; what may pass is tried again."""

import glob
import json
import os
import shutil
import signal
import sqlite3
import unittest

import harness
from harness import DirectoryCase, Run, SMALL_OUTPUTS, encode, photograph, write_config

BAD = b"Dear diary,\nthis is no photograph.\n" * 50


class LedgerCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.folder, "state")

    def configure(self, **sections):
        return super().configure(**{"state_directory": self.state, **sections})

    def ledger(self):
        found = glob.glob(os.path.join(self.state, "thumbmill-*.sqlite"))
        self.assertEqual(len(found), 1)
        return found[0]

    def sql(self, statement):
        database = sqlite3.connect(self.ledger())
        try:
            rows = database.execute(statement).fetchall()
            database.commit()
            return rows
        finally:
            database.close()

    def run_objects(self, expect, *arguments, **options):
        """(run, its counts of objects without those that are 0)"""
        run = self.run_to_end(self.config, *arguments, expect=expect, **options)
        return run, {name: count for name, count in run.report["objects"].items() if count}


class TestRemembered(LedgerCase):
    def setUp(self):
        super().setUp()
        self.add("bad.jpg", BAD)
        self.add_photographs(1, 300)
        self.configure()
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "done": 1, "failed": 1})
        self.assertIn("bad.jpg", run.stderr)

    def assert_tried(self):
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "skipped": 1, "failed": 1})
        self.assertEqual(run.report["requests"]["get"], 1)
        self.assert_left_alone()

    def assert_left_alone(self):
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "skipped": 1, "remembered": 1})
        self.assertEqual(run.report["failures"], [])
        self.assertEqual(run.report["requests"]["get"], 0)
        self.assertEqual(run.report["processes"]["workers_started"], 0, "nobody is started for what is left alone")
        self.assertEqual((run.stdout, run.stderr), ("", ""), "it has been said once")

    def test_is_left_alone_while_nothing_changes(self):
        for _ in range(3):
            self.assert_left_alone()

    def test_is_tried_when_the_object_changes(self):
        self.add("bad.jpg", BAD[::-1])  # of the same size
        self.assert_tried()

    def test_is_made_when_it_is_repaired(self):
        image = photograph(4, 300)
        self.add("bad.jpg", encode(image, "jpeg"))
        _, counts = self.run_objects(0)
        self.assertEqual(counts, {"listed": 2, "skipped": 1, "done": 1})
        self.assertEqual(self.sql("SELECT * FROM failure"), [], "it is forgotten")
        _, counts = self.run_objects(0)
        self.assertEqual(counts, {"listed": 2, "skipped": 2})

    def test_is_tried_when_the_recipe_changes(self):
        for changed in ({"limits": {"max_pixels": "50M"}}, {"workers": {"task_timeout": "50s"}}):
            self.configure(**changed)
            self.assert_tried()

    def test_only_the_output_whose_recipe_changes_is_tried(self):
        self.outputs = [SMALL_OUTPUTS[0], {**SMALL_OUTPUTS[1], "quality": 33}]
        self.configure()
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "skipped": 1, "failed": 1})
        self.assert_left_alone()
        self.outputs = [*self.outputs, {"name": "third", "width": 9, "height": 9, "fit": "cover", "format": "webp"}]
        self.configure()
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "done": 1, "failed": 1})
        self.assertEqual(self.sql("SELECT output, tries FROM failure ORDER BY output"), [("medium", 1), ("third", 1), ("thumb", 1)])

    def test_is_tried_by_another_engine(self):
        self.assertRegex(self.sql("SELECT engine FROM failure")[0][0], r"^thumbmill \S+, libvips [0-9.]+$")
        self.sql("UPDATE failure SET engine = 'thumbmill 0.0.9, libvips 1.2.3'")
        self.assert_tried()

    def test_is_left_alone_by_a_plan_too(self):
        run, counts = self.run_objects(1, "--dry-run")
        self.assertEqual(counts, {"listed": 2, "skipped": 1, "remembered": 1})
        self.assertNotIn(" -> ", run.stdout)

    def test_without_a_state_directory_nothing_is_remembered(self):
        write_config(self.config, f"file://{self.source}/", f"file://{self.destination}/", self.outputs)
        for _ in range(2):
            _, counts = self.run_objects(1)
            self.assertEqual(counts, {"listed": 2, "skipped": 1, "failed": 1})

    def test_the_directory_that_systemd_names(self):
        write_config(self.config, f"file://{self.source}/", f"file://{self.destination}/", self.outputs)
        _, counts = self.run_objects(1, environment={"STATE_DIRECTORY": self.state})
        self.assertEqual(counts, {"listed": 2, "skipped": 1, "remembered": 1})

    def test_one_of_two_outputs(self):
        """What could not be stored fails alone, and may pass; the object is not done while it is missing."""
        self.add("c.jpg", encode(photograph(6, 300), "jpeg"))
        os.makedirs(os.path.join(self.destination, "thumb", "c.webp", "in-the-way"))
        for _ in range(2):
            run, counts = self.run_objects(1)
            self.assertEqual(counts, {"listed": 3, "skipped": 1, "remembered": 1, "failed": 1})
        self.assertEqual(self.sql("SELECT output, is_final, tries FROM failure WHERE key = CAST('c.jpg' AS BLOB)"), [("thumb", 0, 2)])

    def test_what_the_comparison_refuses(self):
        self.add("empty.jpg", b"")
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 3, "skipped": 1, "remembered": 1, "failed": 1})
        self.assertIn("empty.jpg", run.stderr)
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 3, "skipped": 1, "remembered": 2})
        self.assertEqual(run.stderr, "")
        self.add("empty.jpg", encode(photograph(6, 300), "jpeg"))
        _, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 3, "skipped": 1, "remembered": 1, "done": 1})

    def test_keys_that_are_no_text(self):
        path = os.path.join(self.source.encode(), b"b\xff\xfe'\".jpg")
        with open(path, "wb") as file:
            file.write(BAD)
        self.run_objects(1)
        _, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 3, "skipped": 1, "remembered": 2})
        os.unlink(path)

    def test_what_is_gone_is_forgotten_after_a_month(self):
        os.unlink(os.path.join(self.source, "bad.jpg"))
        self.sql("UPDATE failure SET seen_s = seen_s - 29 * 86400")
        self.run_objects(0)
        self.assertEqual(len(self.sql("SELECT * FROM failure")), 2)
        self.sql("UPDATE failure SET seen_s = seen_s - 2 * 86400")
        self.sql("UPDATE care SET done_s = done_s - 86400")  # that is looked after once a day
        self.run_objects(0)
        self.assertEqual(self.sql("SELECT * FROM failure"), [])

    def test_what_is_met_is_kept(self):
        self.sql("UPDATE failure SET seen_s = seen_s - 31 * 86400")
        self.assert_left_alone()
        self.assert_left_alone()


class TestPassing(LedgerCase):
    """A folder stands where an output should go: that may pass."""

    def setUp(self):
        super().setUp()
        self.add("a.jpg", encode(photograph(6, 300), "jpeg"))
        os.makedirs(os.path.join(self.destination, "thumb", "a.webp", "in-the-way"))
        self.configure(retries={"runs": 3})

    def age(self, seconds):
        self.sql(f"UPDATE failure SET last_s = last_s - {seconds}, first_s = first_s - {seconds}")

    def test_a_budget_of_runs_then_rests_that_grow(self):
        for _ in range(3):
            run, counts = self.run_objects(1)
            self.assertEqual(counts, {"listed": 1, "failed": 1})
        for rest_s in (3600, 7200):
            self.age(rest_s - 60)
            run, counts = self.run_objects(1)
            self.assertEqual(counts, {"listed": 1, "postponed": 1})
            self.assertEqual(run.stderr, "")
            self.age(60)
            _, counts = self.run_objects(1)
            self.assertEqual(counts, {"listed": 1, "failed": 1})
        self.sql("UPDATE failure SET tries = 1000")
        self.age(86400)
        shutil.rmtree(os.path.join(self.destination, "thumb", "a.webp"))
        _, counts = self.run_objects(0)
        self.assertEqual(counts, {"listed": 1, "done": 1})
        self.assertEqual(self.sql("SELECT * FROM failure"), [])

    def test_a_changed_object_does_not_rest(self):
        for _ in range(3):
            self.run_objects(1)
        self.add("a.jpg", encode(photograph(7, 300), "jpeg"))
        _, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 1, "failed": 1})
        self.assertEqual(self.sql("SELECT tries FROM failure"), [(1,)])


class TestRefused(LedgerCase):
    def test_a_refusal_of_more_than_a_kilobyte_is_remembered(self):
        """Two originals of one output key, of which the reason names the other's: each byte of it is escaped."""
        folder = "\x01" * 240
        for extension in ("gif", "jpg"):
            self.add(f"{folder}/{folder}/a.{extension}", encode(photograph(1, 60), {"gif": "gif", "jpg": "jpeg"}[extension]))
        self.configure()
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "done": 1, "failed": 1})
        (reason,), = self.sql("SELECT length(reason) FROM failure")
        self.assertGreater(reason, 1000)
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "skipped": 1, "remembered": 1})
        self.assertEqual(run.stderr, "")


class TestTrouble(LedgerCase):
    def setUp(self):
        super().setUp()
        self.add("bad.jpg", BAD)
        self.configure()

    def test_a_damaged_ledger_is_set_aside_and_begun_anew(self):
        self.run_objects(1)
        path = self.ledger()
        for damage in (b"no database" * 500, b"SQLite format 3\0" + b"\xa5" * 8000):
            with open(path, "wb") as file:
                file.write(damage)
            run, counts = self.run_objects(1)
            self.assertEqual(counts, {"listed": 1, "failed": 1})
            self.assertIn("damaged", run.stderr)
            with open(path + ".damaged", "rb") as file:
                self.assertEqual(file.read(), damage)
            run, counts = self.run_objects(1)
            self.assertEqual(counts, {"listed": 1, "remembered": 1})
            self.assertEqual(run.stderr, "")

    def test_a_damage_that_shows_in_the_middle_of_a_run(self):
        self.run_objects(1)
        pages = os.path.getsize(self.ledger()) // 4096
        self.add_photographs(3, 300)
        with open(self.ledger(), "r+b") as file:
            file.seek(4096 * (pages - 2))  # the table care; the last page is the table orphan
            file.write(b"\xa5" * 4096)
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 4, "done": 3, "failed": 1})
        self.assertIn("damaged", run.stderr)

    def test_a_directory_where_nothing_can_be_made(self):
        os.symlink("/proc/nothing", self.state)
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 1, "failed": 1})
        self.assertEqual(len([line for line in run.stderr.splitlines() if "ledger" in line]), 1, run.stderr)
        self.add("bad.jpg", encode(photograph(6, 300), "jpeg"))
        self.run_objects(0)

    def test_what_cannot_be_written_is_said_once(self):
        """As on a full disk (what SQLite does then: tests/ledger): everything else is done."""
        self.run_objects(1)
        self.sql("CREATE TRIGGER refuse BEFORE INSERT ON failure BEGIN SELECT RAISE(FAIL, 'no room'); END")
        self.configure(retries={"alike": "never"})
        for number in range(300):
            self.add(f"bad-{number:03}.jpg", BAD)
        sizes = self.add_photographs(2, 300)
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 303, "done": 2, "failed": 300, "remembered": 1})
        self.assertEqual(len([line for line in run.stderr.splitlines() if "ledger" in line]), 1, run.stderr[-2000:])
        self.assertIn("no room", run.stderr)
        for key in sizes:
            self.assertIn(f"medium/{key.removesuffix('.jpg')}.jpg", self.made())

    def test_kill_9_at_any_moment_leaves_a_sound_ledger(self):
        for number in range(40):
            self.add(f"bad-{number:03}.jpg", BAD)
        for _ in range(8):
            run = Run(self.config)
            harness.wait_until(lambda: harness.processes("thumbmill-imager"), 10)
            os.kill(run.pid, signal.SIGKILL)
            run.finish()
            harness.wait_until(lambda: not harness.processes(), 5)
        run, _ = self.run_objects(1)
        self.assertNotIn("ledger", run.stderr)
        _, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 41, "remembered": 41})


class TestCommands(LedgerCase):
    def setUp(self):
        super().setUp()
        self.add("2024/bad one.jpg", BAD)
        self.add("b.jpg", encode(photograph(6, 300), "jpeg"))
        os.makedirs(os.path.join(self.destination, "thumb", "b.webp", "in-the-way"))
        self.configure()

    def command(self, *words, expect=0, config=None):
        return self.thumbmill(*words, "-c", config or self.config, expect=expect, environment={"TZ": "UTC", "COLUMNS": "500"})

    def test_before_any_run(self):
        self.assertEqual(self.command("failures", "list").stdout, "")
        self.assertEqual(json.loads(self.command("failures", "list", "--json").stdout)["failures"], [])
        self.assertEqual(self.command("history").stdout, "")
        self.assertEqual(json.loads(self.command("history", "--json").stdout)["runs"], [])
        self.assertFalse(os.path.exists(self.state), "looking makes nothing")

    def test_list_and_why(self):
        self.run_objects(1)
        lines = self.command("failures", "list").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["OUTPUTS", "OBJECTS", "CLASS", "REASON"])
        self.assertRegex(lines[1], r"^ +2 +1  input +\S")
        self.assertRegex(lines[2], r"^ +1 +1  input +PUT .*: Is a directory")
        lines = lines[4:]
        self.assertEqual(len(lines), 1 + 2 + 1)
        self.assertRegex(lines[1], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d +1  after a change +input +2024/bad one.jpg: medium: \S")
        self.assertRegex(lines[3], r"  next run +input +b.jpg: thumb: \S")
        listed = json.loads(self.command("failures", "list", "--json").stdout)["failures"]
        self.assertEqual([(item["key"], item["output"], item["class"], item["final"], item["runs"]) for item in listed],
                         [("2024/bad one.jpg", "medium", "input", True, 1), ("2024/bad one.jpg", "thumb", "input", True, 1),
                          ("b.jpg", "thumb", "input", False, 1)])
        self.assertIsNone(listed[0]["next"])
        self.assertTrue(listed[2]["next"])
        why = self.command("failures", "why", "2024/bad one.jpg").stdout
        self.assertRegex(why, r"^medium: \S")
        self.assertIn("(final)", why)
        self.assertIn("libvips", why)
        self.assertEqual(json.loads(self.command("failures", "why", "b.jpg", "--json").stdout)["failures"], listed[2:])
        self.assertIn("no failure of this object is recorded", self.command("failures", "why", "c.jpg", expect=1).stderr)

    def test_a_long_list_is_summed_up_and_cut(self):
        for number in range(60):
            self.add(f"bad-{number:03}.jpg", BAD)
        self.run_objects(1)
        lines = self.command("failures", "list").stdout.splitlines()
        self.assertRegex(lines[1], r"^ +122 +61  input +\S")
        self.assertEqual(len(lines), 3 + 1 + 1 + 100 + 1)
        self.assertIn("100 of 123", lines[-1])
        self.assertEqual(len(self.command("failures", "list", "--limit", "0").stdout.splitlines()), 3 + 1 + 1 + 123)
        self.sql("UPDATE failure SET class = 'permanent' WHERE key = CAST('b.jpg' AS BLOB)")
        lines = self.command("failures", "list", "--class", "permanent", "--limit", "5").stdout.splitlines()
        self.assertEqual(len(lines), 2 + 1 + 1 + 1)
        self.assertIn("b.jpg", lines[-1])
        self.assertEqual(len(json.loads(self.command("failures", "list", "--json").stdout)["failures"]), 123)
        listed = json.loads(self.command("failures", "list", "--json", "--class", "input", "--limit", "7").stdout)["failures"]
        self.assertEqual([item["class"] for item in listed], ["input"] * 7)
        self.assertEqual(self.command("failures", "list", "--class", "crash").stdout, "")
        for words in (("list", "--class", "bad"), ("list", "--limit", "-7"), ("why", "b.jpg", "--class", "input"),
                      ("retry", "--limit", "1")):
            self.assertIn("failures", self.command("failures", *words, expect=2).stderr)

    def test_retry(self):
        self.run_objects(1)
        self.assertRegex(self.command("failures", "retry", "2024/bad one.jpg").stdout, "^2 forgotten")
        _, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "failed": 2})
        _, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "remembered": 1, "failed": 1})
        self.assertRegex(self.command("failures", "retry").stdout, "^3 forgotten")
        self.assertRegex(self.command("failures", "retry").stdout, "^0 forgotten")
        self.command("failures", "retry", "2024/bad one.jpg", expect=1)
        _, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "failed": 2})

    def test_history(self):
        self.run_objects(1)
        self.run_objects(1)
        killed = Run(self.config, report=False)
        harness.wait_until(lambda: harness.processes("thumbmill-supervisor"), 10)
        os.kill(killed.pid, signal.SIGKILL)
        killed.finish()
        self.run_to_end(self.config, "--dry-run", expect=1)
        runs = json.loads(self.command("history", "--json").stdout)["runs"]
        self.assertEqual([run["exit"] for run in runs], [None, 1, 1], "a dry run is none")
        self.assertEqual([run["config"] for run in runs], [self.config] * 3)
        self.assertEqual(runs[2]["objects"], {"listed": 2, "done": 0, "skipped": 0, "failed": 2, "remembered": 0, "postponed": 0})
        self.assertEqual(runs[1]["objects"], {"listed": 2, "done": 0, "skipped": 0, "failed": 1, "remembered": 1, "postponed": 0})
        self.assertEqual(runs[2]["outputs"], {"made": 1})
        self.assertGreater(runs[2]["seconds"], 0)
        self.assertRegex(runs[2]["started"], r"^20\d\d-\d\d-\d\dT")
        lines = self.command("history", "-n", "2").stdout.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn("killed", lines[1])

    def test_a_run_that_could_not_begin_is_recorded(self):
        shutil.rmtree(self.source)
        self.run_to_end(self.config, expect=4)
        run, = json.loads(self.command("history", "--json").stdout)["runs"]
        self.assertEqual(run["exit"], 4)
        os.mkdir(self.source)

    def test_bad_usage(self):
        for words in ((), ("why",), ("list", "a"), ("retry", "a", "b"), ("forget",)):
            self.assertIn("failures", self.command("failures", *words, expect=2).stderr)
        self.command("history", "-n", "0", expect=2)
        write_config(self.config, f"file://{self.source}/", f"file://{self.destination}/", self.outputs)
        self.assertIn("state_directory", self.command("failures", "list", expect=2).stderr)
        self.assertIn("state_directory", self.command("history", expect=2).stderr)

    def test_a_damaged_ledger_is_said_and_left_to_the_next_run(self):
        self.run_objects(1)
        path = self.ledger()
        with open(path, "wb") as file:
            file.write(b"no database" * 500)
        self.assertIn("starts a new one", self.command("failures", "list", expect=4).stderr)
        self.assertFalse(os.path.exists(path + ".damaged"))


class TestOneKey(LedgerCase):
    """Of two originals with one output key the first in the listing has it."""

    def test_the_other_one_is_made_when_the_first_is_gone(self):
        self.add("a.png", encode(photograph(1, 200), "png"))
        self.add("a.webp", encode(photograph(2, 300), "webp"))
        self.age_originals()
        self.configure()
        run, counts = self.run_objects(1)
        self.assertEqual(counts, {"listed": 2, "done": 1, "failed": 1})
        self.assertIn("the source object 'a.png' has the same output key 'medium/a.jpg'", run.stderr)
        first = self.read_made("medium/a.jpg")
        os.unlink(os.path.join(self.source, "a.png"))
        run, counts = self.run_objects(0)
        self.assertEqual(counts, {"listed": 1, "done": 1})
        self.assertNotEqual(self.read_made("medium/a.jpg"), first)
        run, counts = self.run_objects(0)
        self.assertEqual(counts, {"listed": 1, "skipped": 1})

    def read_made(self, key):
        with open(os.path.join(self.destination, key), "rb") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
