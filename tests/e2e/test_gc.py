#!/usr/bin/python3
"""thumbmill gc deletes outputs whose original is gone, and nothing else: in a directory, and in a bucket."""

import json
import os
import shutil
import time
import unittest

import harness
from harness import Case, DirectoryCase, Gateway, credentials, encode, photograph, write_config

gateway = Gateway()
OUTPUTS = [{"name": "thumb", "width": 16, "format": "webp"}, {"name": "web", "width": 24, "format": "jpeg"}]
MARK = "user.thumbmill"


class Gc:
    """One `thumbmill gc` that has ended."""

    def __init__(self, case, config, *arguments, expect=0, environment=None):
        self.path = config + ".gc.json"
        ended = case.thumbmill("gc", "-c", config, "--report", self.path, *arguments, expect=expect, environment=environment)
        self.keys, self.stderr = ended.stdout.split(), ended.stderr
        with open(self.path, encoding="utf-8") as file:
            self.report = json.load(file)
        self.orphans = {name: count for name, count in self.report["orphans"].items() if count}


class TestDirectory(DirectoryCase):
    outputs = OUTPUTS

    def setUp(self):
        super().setUp()
        self.settings = {"orphan_grace": "0s", "max_delete": "100%"}
        small = encode(photograph(0, 40), "jpeg")
        for number in range(6):
            self.add(f"{'ab'[number % 2]}/{number}.jpg", small)
        self.configure()
        self.run_to_end(self.config)
        self.assertEqual(len(self.made()), 12)

    def configure(self, source=None, **destination):
        return write_config(self.config, source or f"file://{self.source}/",
                            {"url": f"file://{self.destination}/", **self.settings, **destination}, self.outputs,
                            state_directory=os.path.join(self.folder, "state"))

    def remove(self, *keys):
        """The keys of their outputs."""
        for key in keys:
            os.unlink(os.path.join(self.source, key))
        return sorted(path for key in keys for path in harness.output_keys(key, OUTPUTS).values())

    def put(self, key, data=b"somebody else's"):
        path = os.path.join(self.destination, key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def gc(self, *arguments, expect=0):
        return Gc(self, self.config, *arguments, expect=expect)

    def assert_refused(self, reason, *arguments):
        before = sorted(self.made())
        gc = self.gc(*arguments, expect=1)
        self.assertIn(reason, gc.stderr)
        self.assertEqual(gc.orphans, {"found": gc.orphans["found"], "refused": gc.orphans["found"]})
        self.assertEqual(sorted(self.made()), before)

    def test_exactly_the_orphans_go(self):
        orphans = self.remove("a/0.jpg", "b/3.jpg")
        strangers = ["thumb/a/0.txt", "thumb/README", "other/x.webp", "thumb/a/stranger.webp"]
        for key in strangers:
            self.put(key)
        before = sorted(self.made())

        dry = self.gc("--dry-run")
        self.assertEqual(sorted(dry.keys), orphans)
        self.assertEqual(sorted(self.made()), before)
        gc = self.gc()
        self.assertEqual(gc.orphans, {"found": 5, "deleted": 4, "foreign": 1})
        self.assertEqual(gc.report["requests"]["delete"], 4)
        self.assertEqual(sorted(self.made()), sorted(set(before) - set(orphans)))
        self.assertEqual(self.gc().orphans, {"found": 1, "foreign": 1})
        self.assertEqual(self.run_to_end(self.config).report["outputs"]["made"], 0)

    def test_nothing_without_its_mark(self):
        orphans = self.remove("a/0.jpg")
        os.removexattr(os.path.join(self.destination, orphans[0]), MARK)
        gc = self.gc()
        self.assertEqual(gc.orphans, {"found": 2, "deleted": 1, "foreign": 1})
        self.assertIn(orphans[0], self.made())
        self.configure(provenance="none")
        self.assertIn("provenance", self.thumbmill("gc", "-c", self.config, expect=2).stderr)

    def test_not_more_than_max_delete(self):
        self.remove("a/0.jpg", "b/1.jpg")
        self.assert_refused("4 orphans are more than the 3", "--max-delete", "3")
        self.assert_refused("4 orphans are more than the 3", "--max-delete", "26%")
        self.configure(max_delete="3")
        self.assert_refused("4 orphans are more than the 3")
        self.assertEqual(self.gc("--max-delete", "34%").orphans, {"found": 4, "deleted": 4})
        self.assertIn("--max-delete", self.thumbmill("gc", "-c", self.config, "--max-delete", "1k", expect=2).stderr)

    def test_not_if_the_source_has_shrunk(self):
        self.remove("a/0.jpg", "a/2.jpg", "a/4.jpg")
        for name in harness.output_keys("a/0.jpg", OUTPUTS).values():
            os.unlink(os.path.join(self.destination, name))
        self.assert_refused("3 objects, and 6 in the last run", "--max-delete", "40%")

    def test_not_from_an_empty_source(self):
        empty = os.path.join(self.folder, "empty")
        os.mkdir(empty)
        shutil.move(self.source, self.source + ".away")
        os.mkdir(self.source)
        self.assert_refused("the source is empty")

    def test_not_before_the_grace_is_over(self):
        orphans = self.remove("a/0.jpg")
        self.configure(orphan_grace="2s")
        self.assertEqual(self.gc().orphans, {"found": 2, "resting": 2})
        time.sleep(2.1)
        original = encode(photograph(0, 40), "jpeg")
        self.add("a/0.jpg", original)
        self.assertEqual(self.gc().orphans, {}, "the original has come back")
        self.remove("a/0.jpg")
        self.assertEqual(self.gc().orphans, {"found": 2, "resting": 2}, "the time begins anew")
        time.sleep(2.1)
        self.assertEqual(self.gc().orphans, {"found": 2, "deleted": 2})
        self.assertFalse(set(orphans) & set(self.made()))

    def test_a_pass_does_it_where_that_is_configured(self):
        orphans = self.remove("a/0.jpg")
        self.run_to_end(self.config)
        self.assertTrue(set(orphans) <= set(self.made()), "orphans: keep is the default")
        self.configure(orphans="delete")
        dry = self.run_to_end(self.config, "--dry-run")
        self.assertTrue(set(orphans) <= set(self.made()))
        self.assertEqual(dry.report["orphans"]["deleted"], 2)
        self.add("c/9.jpg", encode(photograph(0, 40), "jpeg"))
        run = self.run_to_end(self.config)
        self.assertEqual((run.report["orphans"]["deleted"], run.report["outputs"]["made"]), (2, 2))
        self.assertFalse(set(orphans) & set(self.made()))

    def test_links_lead_nowhere(self):
        outside = os.path.join(self.folder, "outside")
        os.makedirs(os.path.join(outside, "b"))
        victim = os.path.join(outside, "b", "1.webp")
        with open(victim, "wb") as file:
            file.write(b"x")
        os.setxattr(victim, MARK, b"x-amz-meta-thumbmill-version: 1")
        os.makedirs(os.path.join(self.destination, "thumb", "d"))
        os.symlink(outside, os.path.join(self.destination, "thumb", "d", "linked"))
        self.gc()
        self.assertTrue(os.path.exists(victim))


class TestBucket(Case):
    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        for bucket in (self.source, self.destination):
            self.addCleanup(gateway.remove, bucket)
        self.config = write_config(
            os.path.join(self.folder, "thumbmill.yaml"), f"s3://{self.source}/",
            {"url": f"s3://{self.destination}/", "orphan_grace": "0s", "max_delete": "100%"}, OUTPUTS, s3=gateway.settings(),
            state_directory=os.path.join(self.folder, "state"))
        small = encode(photograph(0, 40), "jpeg")
        self.keys = [f"{number % 3}/{number:03}.jpg" for number in range(40)]
        for key in self.keys:
            gateway.put(self.source, key, small)
        self.run_to_end(self.config, environment=credentials())

    def made(self):
        return set(gateway.keys(self.destination))

    def gc(self, *arguments, expect=0):
        return Gc(self, self.config, *arguments, expect=expect, environment=credentials())

    def lose(self, keys):
        for key in keys:
            gateway.client.delete_object(Bucket=self.source, Key=key)
        return {path for key in keys for path in harness.output_keys(key, OUTPUTS).values()}

    def test_exactly_the_orphans_go(self):
        orphans = self.lose(self.keys[::4])
        strangers = {f"thumb/0/stranger-{number}.webp" for number in range(5)} | {"thumb/notes.txt"}
        for key in strangers:
            gateway.put(self.destination, key, b"somebody else's")
        left = self.made() - orphans
        self.assertEqual(set(self.gc("--dry-run").keys), orphans)
        gc = self.gc()
        self.assertEqual(gc.orphans, {"found": 25, "deleted": 20, "foreign": 5})
        self.assertEqual(self.made(), left)
        self.assertEqual(gc.report["requests"]["delete"], 20)

    def test_killed_in_the_middle_it_deletes_nothing_else(self):
        orphans = self.lose(self.keys[:30])
        left = self.made() - orphans
        for _ in range(3):
            run = harness.subprocess.Popen([os.path.join(harness.BIN, "thumbmill"), "gc", "-c", self.config],
                                           env=harness.clean_environment(**credentials()),
                                           stdout=harness.subprocess.DEVNULL, stderr=harness.subprocess.DEVNULL)
            harness.started.add(run.pid)
            harness.wait_until(lambda before=len(self.made()): len(self.made()) < before or run.poll() is not None, 30)
            run.kill()
            run.wait()
            harness.wait_until(lambda: not harness.processes("supervisor"), 30)
        self.assertTrue(left <= self.made())
        self.gc()
        self.assertEqual(self.made(), left)


if __name__ == "__main__":
    unittest.main()
