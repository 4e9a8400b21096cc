"""What is told about runs and daemons afterwards and from outside: history, status, the time in logs."""

import json
import os
import re
import shutil
import signal
import subprocess
import unittest

import harness
from harness import Daemon, DirectoryCase, Run, encode, photograph, processes, slow_png, wait_until

LOCAL_TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+05:45"
NEPAL = {"TZ": "<+0545>-5:45"}


class StatusCase(DirectoryCase):
    def setUp(self):
        super().setUp()
        self.socket_path = os.path.join(self.folder, "control")
        self.state = os.path.join(self.folder, "state")

    def start(self, *arguments, ready=True, environment=None, **sections):
        daemon = Daemon(self.configure(state_directory=self.state, control={"socket": self.socket_path}, **sections), *arguments,
                        environment=environment)
        self.addCleanup(daemon.abandon)
        if ready:
            self.assertTrue(daemon.wait_for("READY", "1"), daemon.log())
        return daemon

    def start_busy(self, **sections):
        """A daemon in a pass whose only object takes seconds."""
        self.add("a-slow.png", slow_png(9000, 9000))
        daemon = self.start(limits={"max_pixels": "400M", "max_source_bytes": "1G"}, workers={"count": 1}, **sections)
        self.assertTrue(wait_until(lambda: self.status()["pass"] and self.status()["pass"]["in_flight"], 30), daemon.log())
        return daemon

    def command(self, *arguments, expect=0, **options):
        return self.thumbmill(arguments[0], "-c", self.config, *arguments[1:], expect=expect, **options).stdout

    def status(self, expect=0):
        return json.loads(self.command("status", "--json", expect=expect))

    def history(self):
        return json.loads(self.command("history", "--json"))["runs"]

    def assert_all_ended(self):
        runs = self.history()
        self.assertEqual({run["state"] for run in runs}, {"ended"}, runs)
        for run in runs:
            self.assertGreater(run["seconds"], 0, run)
        self.assertNotRegex(self.command("history"), r"running|\(killed\)")
        return runs


class TestHistory(StatusCase):
    def test_a_daemons_passes_take_time(self):
        self.add("photo.jpg", encode(photograph(1, 900), "jpeg"))
        daemon = self.start(every="1s")
        self.assertTrue(daemon.wait_for_passes(2))
        self.assertEqual(daemon.stop(), 0)
        self.assertGreaterEqual(len(self.assert_all_ended()), 2)

    def test_a_pass_has_an_end_whatever_ends_it(self):
        """Drain and resume, a reload, a supervisor that is killed, a stop at once: each in the middle of a pass."""
        daemon = self.start_busy()
        self.command("drain")
        self.assertTrue(wait_until(lambda: self.status()["phase"] == "drained", 60), daemon.log())
        for path in self.made().values():
            os.unlink(path)
        self.command("resume")
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 20))
        self.command("reload")
        self.assertTrue(wait_until(lambda: self.status()["phase"] == "idle", 60), daemon.log())
        for path in self.made().values():
            os.unlink(path)
        self.command("run-now")
        self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 20))
        os.kill(self.status()["supervisor"], signal.SIGKILL)
        self.assertTrue(wait_until(lambda: len(processes("thumbmill-imager")) == 1, 20))
        daemon.signal(signal.SIGQUIT)
        daemon.finish()
        runs = self.assert_all_ended()
        self.assertGreaterEqual(len(runs), 4)
        self.assertTrue([run for run in runs if run["error"] and "SIGKILL" in run["error"]], runs)
        self.assertIn(3, [run["exit"] for run in runs])

    def test_commands_before_a_pass_has_begun_leave_no_row_open(self):
        self.add("photo.jpg", encode(photograph(1, 200), "jpeg"))
        daemon = self.start(every="1s")
        for _ in range(5):
            for command in ("drain", "resume", "reload", "run-now"):
                self.command(command)
        self.assertTrue(wait_until(lambda: self.status()["phase"] == "idle" and self.status()["old_supervisor"] == 0, 30))
        self.assertEqual(daemon.stop(), 0)
        self.assert_all_ended()

    def test_killed_and_at_work_are_told_apart(self):
        self.add("a-slow.png", slow_png(16000, 12000))
        self.configure(state_directory=self.state, limits={"max_pixels": "400M", "max_source_bytes": "1G"})
        for expected in (["at_work"], ["at_work", "killed"]):
            run = Run(self.config, report=False)
            self.assertTrue(wait_until(lambda: processes("thumbmill-imager"), 20))
            self.assertEqual([row["state"] for row in self.history()], expected)
            self.assertRegex(self.command("history").splitlines()[1], "running")
            os.kill(run.pid, signal.SIGKILL)
            run.finish()
            wait_until(lambda: not processes(), 10)
            self.assertEqual({row["state"] for row in self.history()}, {"killed"})
            self.assertNotIn("running", self.command("history"))
            self.assertEqual({row["exit"] for row in self.history()}, {None})


class TestStatus(StatusCase):
    def test_the_result_of_the_last_pass_and_its_time(self):
        self.add("photo.jpg", encode(photograph(1, 200), "jpeg"))
        self.add("bad.jpg", b"no image")
        daemon = self.start(environment=NEPAL, schedule="0 0 1 1 *")
        self.assertTrue(daemon.wait_for_passes(1))
        last = wait_until(lambda: self.status()["last_pass"], 10)
        self.assertEqual((last["exit"], last["result"]), (1, "finished, but some objects failed"))
        self.assertEqual((last["done"], last["failed"], last["left_alone"], last["outputs"]), (1, 1, 0, len(self.outputs)))
        self.assertRegex(last["ended"], r"^20\d\d-.*Z$")
        table = self.command("status", environment=NEPAL)
        self.assertRegex(table, rf"(?m)^last pass +{LOCAL_TIME}$")
        self.assertRegex(table, rf"(?m)^next pass +{LOCAL_TIME.replace('20', '20', 1)}$")
        self.assertRegex(table, rf"; next pass {LOCAL_TIME}$".replace("$", ""))
        self.assertIn("1 done, 0 up to date, 1 failed", table)
        self.command("run-now")
        self.assertTrue(daemon.wait_for_passes(2))
        last = wait_until(lambda: (last := self.status()["last_pass"])["left_alone"] and last, 10)
        self.assertEqual((last["exit"], last["failed"], last["up_to_date"]), (1, 0, 1))
        self.assertEqual(last["result"], "finished, but objects that failed earlier were not retried")
        self.assertNotIn("some objects failed", daemon.passes()[1]["message"])
        self.assertEqual((daemon.passes()[1]["failed"], daemon.passes()[1]["left_alone"]), ("0", "1"))
        self.assertEqual(daemon.stop(), 0)

    def test_a_start_that_fails_is_in_the_exit_code(self):
        endpoint = {"endpoint": "http://127.0.0.1:9", "region": "us-east-1"}
        harness.write_config(self.config, "s3://bucket/", f"file://{self.destination}/", self.outputs, s3=endpoint,
                             control={"socket": self.socket_path})
        daemon = Daemon(self.config, environment={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
        self.addCleanup(daemon.abandon)
        self.assertTrue(wait_until(lambda: daemon.records("failed; retrying"), 60), daemon.log())
        status = self.status(expect=1)
        self.assertEqual((status["phase"], status["last_pass"]), ("starting", None))
        self.assertIn("127.0.0.1:9", self.command("status", expect=1))
        self.assert_unhealthy("127.0.0.1:9")
        self.assertEqual(json.loads(self.command("status", "--check", "--json", expect=1))["phase"], "starting")
        daemon.stop()

    def assert_unhealthy(self, reason):
        checked = self.thumbmill("status", "--check", "-c", self.config, expect=1)
        self.assertEqual(checked.stdout, "")
        self.assertRegex(checked.stderr, rf"\Athumbmill status: .*{re.escape(reason)}.*\n\Z")

    def test_a_health_check(self):
        config = self.configure()
        self.assert_unhealthy("no daemon is listening")  # where systemd's units have it
        daemon = self.start()
        checked = self.thumbmill("status", "--check", "-c", config)
        self.assertEqual((checked.stdout, checked.stderr), ("", ""))
        self.assertEqual(json.loads(self.command("status", "--check", "--json"))["pid"], daemon.pid)
        self.assertEqual(daemon.stop(), 0)
        self.assert_unhealthy("no daemon is listening")
        self.thumbmill("workers", "--check", "-c", config, expect=2)
        for wrong in (["--chekc"], ["--check=yes"], ["-x"], ["an-argument"], ["-c"], ["-c", self.folder + "/none.yaml"]):
            self.thumbmill("status", "--check", *wrong, expect=1)
            self.thumbmill("status", *wrong, "--check", expect=1)
        self.thumbmill("status", "-x", "--", "--check", expect=2)

    def test_a_daemon_without_a_socket_is_explained(self):
        config = self.configure()
        said = self.thumbmill("status", "-c", config, expect=4).stderr
        self.assertIn("no daemon is listening on /run/thumbmill/thumbmill/control", said)
        self.assertIn(f"{config} does not set control.socket", said)
        daemon = Daemon(config)
        self.addCleanup(daemon.abandon)
        self.assertTrue(daemon.wait_for("READY", "1"))
        self.assertTrue(daemon.records("control.socket is not set"))
        daemon.stop()


class TestTables(StatusCase):
    def assert_fits(self, text, columns):
        self.assertTrue(text)
        for line in text.splitlines():
            longest = max(len(word) for word in line.split(" ")) if line else 0
            self.assertTrue(len(line) <= columns or len(line.strip().removeprefix("-> ")) == longest, f"{columns}: {line!r}")

    def test_they_fit_80_columns_or_wrap_at_words(self):
        self.add("a/rather/long/path/to/an/original/that is no image.jpg", b"no image")
        daemon = self.start_busy()
        config = os.path.join(self.folder, "a-rather-long-name-of-another-configuration.yaml")
        shutil.copy(self.config, config)
        for width in (None, 80, 132):
            environment = {"COLUMNS": str(width)} if width else {}
            for command in (["status"], ["workers"], ["history"], ["failures", "list"], ["doctor"]):
                ended = self.thumbmill(command[0], "-c", config, *command[1:], environment=environment)
                if command[0] == "failures" and not ended.stdout:
                    continue  # the pass has not come to it yet
                self.assert_fits(ended.stdout, width or 80)
        self.assertTrue(daemon.wait_for_passes(1))
        for command in (["status"], ["history"], ["failures", "list"]):
            self.assert_fits(self.command(*command), 80)
        self.assertEqual(daemon.stop(), 0)


class TestLog(StatusCase):
    def test_lines_of_text_have_the_time_and_its_zone(self):
        self.add("bad.jpg", b"no image")
        run = Run(self.configure(), report=False, environment=NEPAL)
        self.assertEqual(run.finish(), 1)
        for line in run.stderr.splitlines():
            self.assertRegex(line, rf"^{LOCAL_TIME} thumbmill: warning: failed ")
        shutil.rmtree(self.source)
        ended = subprocess.run([os.path.join(harness.BIN, "thumbmill"), "daemon", "-c", self.config], env=harness.clean_environment(**NEPAL),
                               capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(ended.returncode, 4)
        self.assertTrue(ended.stderr)
        for line in ended.stderr.splitlines():
            self.assertRegex(line, rf"^{LOCAL_TIME} thumbmill: ")

    def test_the_journal_has_a_time_of_its_own(self):
        """Standard error is the stream that JOURNAL_STREAM names: a line for it has no time."""
        self.add("bad.jpg", b"no image")
        self.configure()
        path = os.path.join(self.folder, "stream")
        with open(path, "wb") as stream:
            info = os.fstat(stream.fileno())
            subprocess.run([os.path.join(harness.BIN, "thumbmill"), "run", "-c", self.config], stderr=stream, timeout=30, check=False,
                           env=harness.clean_environment(JOURNAL_STREAM=f"{info.st_dev}:{info.st_ino}"))
        with open(path, encoding="utf-8") as file:
            self.assertRegex(harness.beside_root(file.read()), r"\Athumbmill: warning: failed ")


if __name__ == "__main__":
    unittest.main()
