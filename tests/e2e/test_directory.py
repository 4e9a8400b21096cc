#!/usr/bin/python3
"""Directory stores, and the command as people and cron meet it: exit codes, terminal, logs, report."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import harness
from harness import DirectoryCase, Run, encode, output_keys, photograph

FORMATS = ("jpeg", "png", "webp", "gif", "tiff")


class TestDirectory(DirectoryCase):
    def add_all_formats(self):
        sizes = {}
        for number in range(10):
            kind = FORMATS[number % len(FORMATS)]
            image = photograph(number, (1800, 700, 200)[number % 3])
            key = f"{kind}/so me+dir%41/ünï-{number}.{harness.EXTENSIONS[kind]}"
            self.add(key, encode(image, kind))
            sizes[key] = image.size
        return sizes

    def test_everything_is_made_and_then_nothing(self):
        sizes = self.add_all_formats()
        config = self.configure()
        first = self.run_to_end(config)
        self.assert_all_made(sizes)
        report = first.report
        self.assertEqual(report["objects"], {"listed": 10, "done": 10, "skipped": 0, "failed": 0,
                                             "remembered": 0, "postponed": 0})
        self.assertEqual(report["outputs"], {"made": 30, "up_to_date": 0})
        self.assertEqual(report["requests"]["get"], 10)
        self.assertEqual(report["requests"]["put"], 30)
        self.assertEqual(report["failures"], [])
        self.assertEqual(report["exit"], 0)
        self.assertGreater(report["seconds"], 0)
        self.assertGreater(report["cpu_seconds"], 0)
        self.assertEqual(report["bytes"]["in"], sum(os.path.getsize(os.path.join(self.source, key)) for key in sizes))
        self.assertEqual(report["bytes"]["out"], sum(map(os.path.getsize, self.made().values())))
        self.assertGreaterEqual(report["processes"]["workers_started"], 1)
        self.assertGreaterEqual(report["processes"]["imagers_started"], 1)
        self.assertEqual(report["processes"]["crashes"], 0)
        for field in ("run", "version"):
            self.assertIsInstance(report[field], str)
            self.assertTrue(report[field])

        before = {key: os.stat(path).st_mtime_ns for key, path in self.made().items()}
        second = self.run_to_end(config).report
        self.assertEqual((second["requests"]["get"], second["requests"]["put"]), (0, 0))
        self.assertEqual(second["outputs"], {"made": 0, "up_to_date": 30})
        self.assertEqual(before, {key: os.stat(path).st_mtime_ns for key, path in self.made().items()})

    def test_a_changed_source_and_a_removed_output_are_made_again(self):
        sizes = self.add_photographs(4, 500)
        config = self.configure()
        self.run_to_end(config)
        now = max(os.stat(path).st_mtime for path in self.made().values())
        changed = output_keys("photo-001.jpg")
        os.utime(os.path.join(self.source, "photo-001.jpg"), (now + 5, now + 5))
        removed = output_keys("photo-002.jpg")["thumb"]
        os.unlink(os.path.join(self.destination, removed))
        before = {key: os.stat(path).st_ino for key, path in self.made().items()}
        report = self.run_to_end(config).report
        self.assertEqual(report["outputs"], {"made": 4, "up_to_date": 8})
        self.assertEqual(report["requests"]["get"], 2)
        after = {key: os.stat(path).st_ino for key, path in self.made().items()}
        remade = {key for key in after if after[key] != before.get(key)}
        self.assertEqual(remade, {*changed.values(), removed})
        self.assert_all_made(sizes)

    def test_a_dry_run_changes_nothing(self):
        self.add_photographs(3, 300)
        config = self.configure()
        run = self.run_to_end(config, "--dry-run")
        self.assertEqual(self.made(), {})
        lines = sorted(line for line in run.stdout.splitlines() if " -> " in line)
        wanted = sorted(f"photo-{n:03}.jpg -> {key}" for n in range(3) for key in output_keys(f"photo-{n:03}.jpg").values())
        self.assertEqual(lines, wanted)
        self.assertEqual((run.report["requests"]["get"], run.report["requests"]["put"]), (0, 0))
        plan = self.thumbmill("plan", "-c", config, "--keys", "--report", run.report_path)
        self.assertEqual(plan.stdout, run.stdout, "it is the same")
        with open(run.report_path, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["objects"], run.report["objects"])

    def test_a_dry_run_that_nobody_reads_waits_in_bounded_memory(self):
        for number in range(20000):
            self.add(f"{number:05}-{'x' * 150}.jpg", b"x")
        stalled = subprocess.Popen([os.path.join(harness.BIN, "thumbmill"), "run", "-c", self.configure(), "--dry-run"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        supervisor = harness.wait_until(lambda: list(harness.processes("thumbmill-supervisor")), 10)[0]
        time.sleep(2)
        held = harness.anonymous_bytes(supervisor)
        stalled.terminate()
        self.assertEqual(stalled.wait(5), -signal.SIGTERM)
        stalled.stdout.close()
        # one page of 1000 objects and their outputs is about 1 MB; all of them would be 20
        self.assertLess(held, 10_000_000)
        self.assertGreater(held, 0)

    def test_cpu_seconds_are_those_of_all_processes(self):
        """What the imagers used is most of it; they are grandchildren of grandchildren."""
        self.add_photographs(26, 1800)
        run = Run(self.configure())
        used = {}
        while run.is_running():
            for pid in harness.processes():
                used[pid] = max(harness.cpu_seconds(pid), used.get(pid, 0))
        self.assertEqual(run.finish(), 0, run.stderr)
        seen = sum(used.values())
        self.assertGreater(seen, 0.5)
        self.assertGreaterEqual(run.report["cpu_seconds"], seen * 0.9)

    def test_a_report_that_cannot_be_written_is_not_a_success(self):
        self.add_photographs(1, 200)
        run = Run(self.configure(), "--report", os.path.join(self.folder, "no", "such", "folder"), report=False)
        self.assertNotEqual(run.finish(), 0)
        self.assertIn("folder", run.stderr)


class TestCommand(DirectoryCase):
    def test_bad_configuration_is_2_with_its_place(self):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"source:\n  url: file://{self.source}/\n  colour: red\ndestination:\n  url: file://{self.destination}/\n")
        for command in ("run", "check"):
            done = subprocess.run([os.path.join(harness.BIN, "thumbmill"), command, "-c", self.config],
                                  capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, re.escape(self.config) + r":3:3: .*colour")
        self.assertEqual(self.made(), {})

    def test_usage_errors_are_2(self):
        program = os.path.join(harness.BIN, "thumbmill")
        config = self.configure()
        for arguments in ([], ["no-such-command"], ["run"], ["run", "-c", "/no/such/file"], ["run", "--no-such-option"],
                          ["run", "-c", config, "--log-format", "xml"], ["run", "-c", config, "--progress", "maybe"],
                          ["run", "-c", config, "--log-level", "loud"], ["run", "-c", config, "extra"], ["check"]):
            done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertTrue(done.stderr.strip(), arguments)

    def test_check_accepts_what_run_accepts(self):
        done = subprocess.run([os.path.join(harness.BIN, "thumbmill"), "check", "-c", self.configure()],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_unusable_source_is_4(self):
        config = self.configure()
        shutil.rmtree(self.source)
        run = self.run_to_end(config, expect=4, report=False)
        self.assertIn("originals", run.stderr)

    def test_missing_credentials_are_4(self):
        config = harness.write_config(self.config, "s3://some-bucket/", f"file://{self.destination}/",
                                      s3={"endpoint": "http://127.0.0.1:9"})
        run = self.run_to_end(config, expect=4, report=False, environment={"HOME": self.folder})
        for place in ("s3.credentials_file", "CREDENTIALS_DIRECTORY", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE",
                      f"{self.folder}/.aws/credentials", "AWS_CONTAINER_CREDENTIALS_", "AWS_EC2_METADATA_DISABLED is true"):
            self.assertIn(place, run.stderr)

    def test_quiet_without_a_terminal(self):
        self.add_photographs(2, 200)
        run = self.run_to_end(self.configure())
        self.assertEqual((run.stdout, run.stderr), ("", ""))

    def on_a_terminal(self):
        """All that a run writes there, which succeeds."""
        return self.on_terminal("run", "-c", self.configure(), TERM="xterm")

    def test_a_progress_bar_on_a_terminal(self):
        self.add_photographs(6, 900)
        text = self.on_a_terminal()
        self.assertIn("\r", text)
        self.assertRegex(text, r"6\D+objects|objects\D+6|6/6", text)

    def test_the_total_is_guessed_while_the_source_is_being_listed(self):
        image = encode(photograph(0, 24), "jpeg")
        for number in range(1300):
            self.add(f"{number:04}.jpg", image)
        self.age_originals()
        guesses = re.findall(r"\] \d+/~(\d+) objects", self.on_a_terminal())
        self.assertTrue(guesses)
        for guess in guesses:
            self.assertLess(abs(int(guess) - 1300), 30)

    def test_json_logs_are_one_object_a_line(self):
        self.add_photographs(2, 200)
        self.add("broken.jpg", b"this is text, not an image\n")
        run = self.run_to_end(self.configure(), "--log-format", "json", "--log-level", "debug", expect=1)
        records = [json.loads(line) for line in run.stderr.splitlines()]
        self.assertTrue(records)
        for record in records:
            self.assertIsInstance(record, dict)
        self.assertTrue(any("broken.jpg" in json.dumps(record) for record in records), records)


if __name__ == "__main__":
    unittest.main()
