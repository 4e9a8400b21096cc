#!/usr/bin/python3
"""Runs, plans and collections of a part of the source make, print and delete what lies in it, and nothing else."""

import json
import os
import subprocess
import unittest

import harness
import inventory
from harness import Case, DirectoryCase, Gateway, credentials, encode, photograph, write_config

gateway = Gateway()
OUTPUTS = [{"name": "thumb", "width": 16, "format": "webp"}, {"name": "web", "width": 24, "format": "jpeg"}]
SHARDS = 3


def outputs_of(keys):
    return {path for key in keys for path in harness.output_keys(key, OUTPUTS).values()}


def peak_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


class Scopes:
    """The same tests for both kinds of stores: they have put(key), made(), drop(key) and configure(...)."""

    keys = [f"{folder}/{number:02}.jpg" for folder in ("a", "a.x", "b/c") for number in range(8)]
    environment = {}

    def fill(self):
        small = encode(photograph(0, 40), "jpeg")
        for key in self.keys:
            self.put(key, small)

    def run_in(self, *arguments, expect=0, **more):
        return self.run_to_end(self.config, *arguments, "--progress", "always", expect=expect,
                               environment={**self.environment, **more})

    def gc(self, *arguments, expect=0):
        path = self.config + ".gc.json"
        ended = self.thumbmill("gc", "-c", self.config, "--report", path, *arguments, expect=expect, environment=self.environment)
        with open(path, encoding="utf-8") as file:
            orphans = {name: count for name, count in json.load(file)["orphans"].items() if count}
        return set(ended.stdout.split()), orphans, ended.stderr

    def test_prefixes(self):
        run = self.run_in("--prefix", "a/")
        self.assertEqual(self.made(), outputs_of(key for key in self.keys if key.startswith("a/")))
        self.assertEqual((run.report["scope"], run.report["objects"]["listed"]), ("below 'a/'", 8))
        self.assertIn("scope: below 'a/'", run.stderr)
        plan = self.thumbmill("plan", "-c", self.config, "--prefix", "b/c/0", "--keys", environment=self.environment)
        self.assertEqual({line.split(" -> ")[1] for line in plan.stdout.splitlines() if " -> " in line},
                         outputs_of(key for key in self.keys if key.startswith("b/")))
        self.run_in("--prefix", "a.x/03.j")  # listed from a.x/03 on, as only that is in all keys of outputs
        self.assertEqual(len(self.made()), 18)
        nothing = self.run_in("--prefix", "nothing/")
        self.assertIn("no object of the source begins with the prefix", nothing.stderr)
        self.assertEqual(self.run_in().report["outputs"], {"made": 30, "up_to_date": 18})

    def test_shards_divide_the_source(self):
        reports, made = [], set()
        for shard in range(SHARDS):
            options = ["--shard", f"{shard}/{SHARDS}"] if shard else ["--shards", str(SHARDS)]
            reports.append(self.run_in(*options, JOB_COMPLETION_INDEX="0").report)
            self.assertGreater(reports[-1]["outputs"]["made"], 0)
            self.assertTrue(made < self.made(), "nothing is made again")
            made = self.made()
        self.assertEqual(made, outputs_of(self.keys))
        for report in reports:
            self.assertEqual(report["objects"]["listed"] + report["left_out"]["outside"], len(self.keys))
        self.assertEqual(sum(report["objects"]["listed"] for report in reports), len(self.keys))
        self.assertEqual(self.run_in("--shard", "1/3").report["outputs"]["made"], 0)

    def keys_file(self, *lines, separator=b"\n"):
        path = os.path.join(self.folder, "keys.txt")
        with open(path, "wb") as file:
            file.write(separator.join(line.encode() if isinstance(line, str) else line for line in lines))
        return path

    def test_a_list_of_keys(self):
        self.put("b/c/00.png", encode(photograph(0, 40), "png"))  # b/c/00.jpg has its output key
        self.put("b/c/ \u00e9.jpg", encode(photograph(0, 40), "jpeg"))
        path = self.keys_file("a/03.jpg", "a/nothing.jpg", "b/c/00.png", "a/03.jpg", "a/read.me", "", "b/c/ \u00e9.jpg\r", "a/03\0.jpg",
                              "k" * 1025)
        run = self.run_in("--keys-from", path, expect=1)
        self.assertEqual(self.made(), outputs_of(["a/03.jpg", "b/c/ \u00e9.jpg"]))
        self.assertEqual(run.report["objects"], {"listed": 3, "done": 2, "skipped": 0, "failed": 1, "remembered": 0, "postponed": 0})
        self.assertEqual(run.report["left_out"], {"outside": 0, "absent": 1, "not_selected": 1, "duplicate": 1, "invalid": 2})
        self.assertIn("'b/c/00.jpg' has the same output key", run.report["failures"][0]["reason"])
        for line in (8, 9):
            self.assertIn(f"line={line} ", run.stderr)
        self.assertIn("1 keys of the list are not in the source", run.stderr)

        path = self.keys_file(*self.keys, separator=b"\0")
        plan = self.thumbmill("plan", "-c", self.config, "--keys-from0", path, "--prefix", "a", "--shard", "0/1", "--json",
                              environment=self.environment)
        plan = json.loads(plan.stdout)
        self.assertEqual((plan["outputs"], plan["left_out"]["outside"]), ({"made": 30, "up_to_date": 2}, 8))
        self.assertEqual(self.run_in("--keys-from0", path).report["outputs"], {"made": 46, "up_to_date": 2})
        self.assertEqual(self.run_in("--keys-from0", path).report["outputs"]["made"], 0)

    def test_what_failed_is_tried_again(self):
        self.put("a/00.jpg", b"no image")
        self.put("a/01.jpg", b"")
        failed = self.run_in(expect=1)
        self.assertEqual(len(failed.report["failures"]), 2)
        report = os.path.join(self.folder, "failed.json")
        os.rename(failed.report_path, report)
        self.put("a/00.jpg", encode(photograph(1, 40), "jpeg"))
        self.put("a/02.jpg", encode(photograph(1, 40), "jpeg"))
        again = self.run_in("--failed-of", report, expect=1)
        self.assertEqual((again.report["objects"]["listed"], again.report["outputs"]["made"]), (2, 2))
        self.assertIn("no report of a run", self.thumbmill("run", "-c", self.config, "--failed-of", self.config, expect=2).stderr)

    def test_orphans_of_a_scope(self):
        self.run_in()
        lost = self.keys[:2] + self.keys[8:10] + self.keys[16:18]
        for key in lost:
            self.drop(key)
        keys, orphans, stderr = self.gc("--prefix", "a/")
        self.assertEqual((keys, orphans), (outputs_of(lost[:2]), {"found": 4, "deleted": 4}), stderr)
        parts = [self.gc("--shard", f"{shard}/2")[0] for shard in range(2)]
        self.assertEqual(sorted([*parts[0], *parts[1]]), sorted(outputs_of(lost[2:])))
        self.assertEqual(self.made(), outputs_of(set(self.keys) - set(lost)))

    def test_guards_of_a_scope(self):
        self.run_in()
        for key in self.keys[:8]:
            self.drop(key)
        before = self.made()
        self.assertIn("no original begins with the prefix", self.gc("--prefix", "a/", expect=1)[2])
        for shard in range(2):
            stderr = self.gc("--shard", f"{shard}/2", "--max-delete", "15", expect=1)[2]
            self.assertIn("16 orphans are more than the 15", stderr, "the guard counts those of all shards")
        self.assertEqual(self.made(), before)


class TestDirectory(Scopes, DirectoryCase):
    outputs = OUTPUTS

    def setUp(self):
        super().setUp()
        self.fill()
        self.configure()

    def configure(self, outputs=None, **destination):
        return write_config(self.config, f"file://{self.source}/",
                            {"url": f"file://{self.destination}/", "orphan_grace": "0s", "max_delete": "100%", **destination},
                            outputs or OUTPUTS, state_directory=os.path.join(self.folder, "state"))

    def put(self, key, data):
        self.add(key, data)

    def drop(self, key):
        os.unlink(os.path.join(self.source, key))

    def made(self):
        return {key for key in super().made() if not key.startswith(".thumbmill/")}

    def test_a_part_is_not_taken_for_the_whole(self):
        """A whole run's numbers come from whole runs only, and so do orders that later runs finish."""
        self.run_in()
        self.run_in("--prefix", "a/")
        history = json.loads(self.thumbmill("history", "-c", self.config, "--json").stdout)["runs"]
        self.assertEqual([run["scope"] for run in history], ["below 'a/'", None])
        for key in self.keys[:8]:
            self.drop(key)
        for path in outputs_of(self.keys[1:8]):
            os.unlink(os.path.join(self.destination, path))
        self.assertIn("16 objects, and 24 in the last run", self.gc("--max-delete", "5", expect=1)[2])

    def test_remake_of_a_part_is_not_finished_by_the_next_run(self):
        self.configure(state=".thumbmill/")
        self.run_in()
        self.configure([{**OUTPUTS[0], "quality": 20}, OUTPUTS[1]], state=".thumbmill/")
        self.assertEqual(self.run_in("--prefix", "a/", "--remake").report["outputs"]["made"], 8)
        again = self.run_in().report
        self.assertEqual((again["outputs"]["made"], again["comparison"]["left"]), (0, 16))
        self.assertEqual(self.run_in("--remake").report["outputs"]["made"], 16)

    def test_a_run_of_a_part_deletes_no_orphans(self):
        self.run_in()
        self.drop(self.keys[0])
        self.configure(orphans="delete")
        before = self.made()
        self.run_in("--prefix", "a/")
        self.assertEqual(self.made(), before)
        self.run_in()
        self.assertLess(self.made(), before)

    def test_many_keys_from_standard_input(self):
        """100,000 keys, of which neither process holds more than a little."""
        run = harness.Run(self.config, "--keys-from", "-", stdin=subprocess.PIPE)
        peaks = []
        for part in range(10):
            run.child.stdin.write("".join(f"none/{part}/{number}.jpg\n" for number in range(10000)).encode())
            run.child.stdin.flush()
            peaks.append([peak_bytes(pid) for pid in (run.pid, *harness.processes("thumbmill-supervisor"))])
        run.child.stdin.write("\n".join(self.keys).encode())
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assertEqual((run.report["left_out"]["absent"], run.report["outputs"]["made"]), (100000, 48))
        for first, last in zip(peaks[1], peaks[-1]):
            self.assertLess(last, 64 << 20)
            self.assertLess(last - first, 6 << 20, peaks)

    def test_a_list_that_cannot_be_read(self):
        for arguments, reason in ((["--keys-from", self.folder + "/none"], "No such file"),
                                  (["--keys-from", "-", "--keys-from0", "-"], "only one of --keys-from"),
                                  (["--manifest", self.config], "is a bucket")):
            self.assertIn(reason, self.thumbmill("run", "-c", self.config, *arguments, expect=2).stderr)
        run = self.run_in("--keys-from", self.folder, expect=3)
        self.assertIn("cannot read the list of keys", run.stderr)
        self.assertIn("Unknown option", self.thumbmill("gc", "-c", self.config, "--keys-from", "-", expect=2).stderr)

    def test_what_is_no_scope_is_refused(self):
        for arguments, reason in ((["--shard", "3/3"], "not '3/3'"), (["--shards", "3"], "JOB_COMPLETION_INDEX is 0 to 2, not ''"),
                                  (["--shard", "0/2", "--shards", "2"], "do not give both"),
                                  (["--prefix", "s3://bucket/a/"], "relative to source.url")):
            for command in ("run", "plan", "gc"):
                self.assertIn(reason, self.thumbmill(command, "-c", self.config, *arguments, expect=2).stderr)


class TestBucket(Scopes, Case):
    environment = credentials()

    def setUp(self):
        super().setUp()
        self.source, self.destination = gateway.bucket("source"), gateway.bucket("made")
        for bucket in (self.source, self.destination):
            self.addCleanup(gateway.remove, bucket)
        self.config = os.path.join(self.folder, "thumbmill.yaml")
        write_config(self.config, f"s3://{self.source}/originals/",
                     {"url": f"s3://{self.destination}/", "orphan_grace": "0s", "max_delete": "100%"}, OUTPUTS,
                     s3=gateway.settings(), state_directory=os.path.join(self.folder, "state"))
        self.fill()

    def put(self, key, data):
        gateway.put(self.source, f"originals/{key}", data)

    def drop(self, key):
        gateway.client.delete_object(Bucket=self.source, Key=f"originals/{key}")

    def made(self):
        return {key for key in gateway.keys(self.destination) if not key.startswith(".thumbmill/")}

    def test_a_manifest_of_batch_operations(self):
        self.put("a/b +%.jpg", encode(photograph(0, 40), "jpeg"))
        rows = [f"{self.source},originals/a/03.jpg", f'"{self.source}","originals/a/b+%2B%25.jpg","version"', f"{self.source},other/a.jpg",
                "another-bucket,originals/a/04.jpg", f"{self.source},originals/", self.source, f"{self.source},originals/%zz", ""]
        run = self.run_in("--manifest", self.keys_file(*rows, separator=b"\r\n"), expect=1)
        self.assertEqual(self.made(), outputs_of(["a/03.jpg", "a/b +%.jpg"]))
        self.assertEqual({name: count for name, count in run.report["left_out"].items() if count}, {"outside": 3, "invalid": 2})
        for line, reason in ((6, "too few columns"), (7, "not URL-encoded")):
            self.assertRegex(run.stderr, f"line={line} .*{reason}")

    def test_an_inventory(self):
        self.put("a/b +%.jpg", encode(photograph(0, 40), "jpeg"))
        rows = [{"Key": f"originals/{key}"} for key in [*self.keys[:8], "a/b +%.jpg"]]
        rows += [{"Key": f"originals/{self.keys[9]}", "IsLatest": "false"}, {"Key": f"originals/{self.keys[10]}", "IsDeleteMarker": "true"},
                 {"Key": "other/a.jpg"}, {"Key": "originals/gone.jpg"}]
        manifest = inventory.write(self.folder, self.source, rows, files=3)
        run = self.run_in("--manifest", manifest)
        self.assertEqual(self.made(), outputs_of([*self.keys[:8], "a/b +%.jpg"]))
        self.assertEqual({name: count for name, count in run.report["left_out"].items() if count}, {"outside": 3, "absent": 1})

        data = os.path.join(os.path.dirname(os.path.dirname(manifest)), "data")
        name = sorted(os.listdir(data))[0]
        with open(os.path.join(data, name), "r+b") as file:
            file.write(b"x")
        self.assertRegex(self.run_in("--manifest", manifest, expect=3).stderr, "its MD5 is not the one in the manifest")
        os.unlink(os.path.join(data, name))
        for change, reason in ((lambda: None, "is neither in ../data nor in data"),
                               (lambda: inventory.change(manifest, fileFormat="Parquet"), "an Inventory in CSV is needed, this one is in 'Parquet'"),
                               (lambda: inventory.change(manifest, keep_checksum=True, version="x"), "not the one in manifest.checksum")):
            change()
            self.assertIn(reason, self.run_in("--manifest", manifest, expect=2).stderr)

    def test_a_source_that_is_away(self):
        """Keys are not lost, and the run does not count them as absent."""
        run = self.run_in("--keys-from", self.keys_file(*self.keys), expect=4, AWS_SECRET_ACCESS_KEY="wrong")
        self.assertEqual(run.report["left_out"]["absent"], 0)


if __name__ == "__main__":
    unittest.main()
