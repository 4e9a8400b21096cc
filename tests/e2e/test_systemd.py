#!/usr/bin/python3
"""The installed service under a real systemd, which tests/systemd/boot boots over a copy of this machine's root.

The build of THUMBMILL_BIN is installed into that copy. This file runs twice: outside it boots, inside (as that machine's
root, THUMBMILL_INSIDE) it tests. Skipped unless root on a machine with systemd.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import harness
from harness import EXECUTABLES, SMALL_OUTPUTS, encode, photograph, wait_until, write_config
from held import memory_holds, read, signing_keys

INSIDE = "THUMBMILL_INSIDE" in os.environ
UNITS = ["thumbmill.service", "thumbmill@.service", "thumbmill-batch@.service", "thumbmill-batch@.timer"]
UNIT = "thumbmill@photos.service"
STATE = "/var/lib/thumbmill/photos"
SOURCE = "/srv/originals"
CONFIG = "/etc/thumbmill/photos.yaml"
CREDENTIALS = "/etc/thumbmill/aws-credentials"
GATEWAY = "/var/tmp/rgw"
TINY = {"name": "tiny", "width": 16, "height": 16, "fit": "inside", "format": "png"}


def run(*command, expect=0, timeout=90):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}\n{journal_text()[-4000:]}")
    return done


def show(name, unit=UNIT):
    return run("systemctl", "show", "-P", name, unit).stdout.strip()


def journal_text():
    return subprocess.run(["journalctl", "-q", "-u", "thumbmill*", "--no-pager", "-n", "60"], capture_output=True, text=True,
                          check=False).stdout


def pids(role):
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.path.basename(os.readlink(f"/proc/{entry}/exe")) == role:
                found[int(entry)] = os.stat(f"/proc/{entry}").st_uid
        except OSError:
            continue
    return found


def outputs():
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(f"{STATE}/images") for name in names)


def drop_in(text, unit=UNIT):
    folder = f"/run/systemd/system/{unit}.d"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/test.conf", "w", encoding="utf-8") as file:
        file.write(text)
    run("systemctl", "daemon-reload")


@unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/lib/systemd/systemd"), "it takes root, and systemd")
class TestOutside(unittest.TestCase):
    def test_inside_a_machine(self):
        build = os.path.dirname(harness.BUILT)
        with tempfile.TemporaryDirectory(prefix="thumbmill-e2e-") as stage:
            subprocess.run(["cmake", "--install", build], env={**os.environ, "DESTDIR": stage}, check=True, capture_output=True)
            done = subprocess.run([os.path.join(harness.ROOT, "tests", "systemd", "boot"), "-i", stage, "-t", "500", "--",
                                   "env", "THUMBMILL_INSIDE=yes", f"THUMBMILL_BIN={harness.BUILT}", "/usr/bin/python3",
                                   os.path.realpath(__file__), "-v"], capture_output=True, text=True, timeout=560, check=False)
        sys.stderr.write(done.stderr)
        self.assertEqual(done.returncode, 0)


class InsideCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run("systemd-sysusers")
        run("systemd-tmpfiles", "--create", "--prefix=/etc/thumbmill")
        os.makedirs(SOURCE, exist_ok=True)

    def setUp(self):
        self.began = time.time()
        self.addCleanup(self.clean)
        self.add(6)

    def clean(self):
        run("systemctl", "stop", UNIT, expect=None)
        run("systemctl", "reset-failed", expect=None)
        subprocess.run("rm -rf /run/systemd/system/*.d /var/lib/private/thumbmill " + SOURCE, shell=True, check=True)
        run("systemctl", "daemon-reload")
        self.assertEqual(pids("thumbmill-supervisor"), {}, "something is left")

    def add(self, count, side=300):
        os.makedirs(SOURCE, exist_ok=True)
        for number in range(count):
            with open(f"{SOURCE}/{number:03}.jpg", "wb") as file:
                file.write(encode(photograph(number, side), "jpeg"))
        return count

    def write_credentials(self, *lines):
        """A credentials file that only root can read."""
        with open(os.open(CREDENTIALS, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(["[default]", *lines, ""]))
        self.addCleanup(os.unlink, CREDENTIALS)

    def configure(self, **sections):
        write_config(CONFIG, f"file://{SOURCE}/", f"file://{STATE}/images/", SMALL_OUTPUTS, **sections)

    def start(self, **sections):
        self.configure(**sections)
        run("systemctl", "start", UNIT)

    def journal(self, event):
        """The service's records of this test."""
        lines = run("journalctl", "-q", "-u", UNIT, "--since", f"@{self.began:.6f}", "-o", "json", f"THUMBMILL_EVENT={event}",
                    expect=None).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def wait_for_outputs(self, count):
        self.assertTrue(wait_until(lambda: len(outputs()) == count, 60, 0.1), f"{len(outputs())} outputs\n{journal_text()}")


class TestUnits(InsideCase):
    def test_verify_is_silent(self):
        paths = [f"/usr/local/lib/systemd/system/{unit}" for unit in UNITS]
        done = run("systemd-analyze", "verify", *paths)
        self.assertEqual(done.stdout + done.stderr, "")

    def test_exposure(self):
        for unit in UNITS[:3]:
            done = run("systemd-analyze", "security", "--offline=yes", "--threshold=12",
                       f"/usr/local/lib/systemd/system/{unit}")
            self.assertRegex(done.stdout, r"Overall exposure level for \S+: 1\.1 OK")

    def test_batch(self):
        self.configure()
        run("systemctl", "start", "thumbmill-batch@photos.service")
        self.assertEqual(len(outputs()), 12)
        subprocess.run(["rm", "-rf", f"{STATE}/images"], check=True)
        drop_in("[Timer]\nOnCalendar=\nRandomizedDelaySec=0\nOnActiveSec=1s\nAccuracySec=100ms\n", "thumbmill-batch@photos.timer")
        run("systemctl", "start", "thumbmill-batch@photos.timer")
        self.wait_for_outputs(12)
        run("systemctl", "stop", "thumbmill-batch@photos.timer")


class TestService(InsideCase):
    def test_start_status_and_stop(self):
        self.start()
        self.assertEqual(show("ActiveState"), "active")
        self.wait_for_outputs(12)
        main = int(show("MainPID"))
        self.assertTrue(wait_until(lambda: self.status()["phase"] == "idle" and show("StatusText").startswith("idle"), 30, 0.1),
                        show("StatusText"))
        users = set(pids("thumbmill").values()) | set(pids("thumbmill-supervisor").values())
        self.assertEqual(len(users), 1)
        self.assertGreaterEqual(users.pop(), 61184, "a dynamic user")
        self.assertEqual(self.status()["passes"], 1)
        run("systemctl", "stop", UNIT)
        self.assertEqual((show("Result"), show("ExecMainStatus")), ("success", "0"))
        self.assertFalse(os.path.exists(f"/proc/{main}"))

    @staticmethod
    def status():
        return json.loads(run("/usr/local/bin/thumbmill", "status", "-c", CONFIG, "--json").stdout)

    def test_ready_only_when_the_stores_answer(self):
        write_config(CONFIG, "s3://originals/", f"file://{STATE}/images/", SMALL_OUTPUTS,
                     s3={"endpoint": "http://127.0.0.1:1"}, retries={"attempts": 1})
        drop_in("[Service]\nEnvironment=AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y\n")
        run("systemctl", "start", "--no-block", UNIT)
        self.assertTrue(wait_until(lambda: "starting; last failure" in show("StatusText"), 20, 0.1), journal_text())
        self.assertEqual(show("ActiveState"), "activating")
        run("systemctl", "stop", UNIT)

    def test_a_wrong_configuration_is_not_tried_again(self):
        self.configure(every="often")
        run("systemctl", "start", UNIT, expect=1)
        self.assertTrue(wait_until(lambda: show("ActiveState") == "failed", 10, 0.1))
        self.assertEqual((show("ExecMainStatus"), show("NRestarts")), ("2", "0"))

    def test_fields_in_the_journal(self):
        with open(f"{SOURCE}/broken.jpg", "wb") as file:
            file.write(b"no image")
        self.start()
        failed = wait_until(lambda: self.journal("failed"), 30, 0.2)
        self.assertTrue(failed, journal_text())
        self.assertEqual((failed[0]["THUMBMILL_KEY"], failed[0]["THUMBMILL_CLASS"], failed[0]["PRIORITY"],
                          failed[0]["SYSLOG_IDENTIFIER"]), ("broken.jpg", "input", "4", "thumbmill"))
        self.assertIn("broken.jpg", failed[0]["MESSAGE"])

    def test_credentials(self):
        """A credentials file that only root can read reaches the daemon, and is what it uses."""
        self.write_credentials("this is no line of such a file")
        write_config(CONFIG, "s3://originals/", f"file://{STATE}/images/", SMALL_OUTPUTS,
                     s3={"endpoint": "http://127.0.0.1:1"}, retries={"attempts": 1})
        run("systemctl", "start", UNIT, expect=1)
        self.assertEqual(show("ExecMainStatus"), "4")
        named = r"/run/credentials/thumbmill@photos\.service/aws-credentials:2"  # the journal is a little late
        self.assertTrue(wait_until(lambda: re.search(named, journal_text()), 10, 0.1), journal_text())

    def reload(self, outputs, *wrong_lines):
        write_config(CONFIG, f"file://{SOURCE}/", f"file://{STATE}/images/", outputs, workers={"count": 1})
        with open(CONFIG, "a", encoding="utf-8") as file:
            file.writelines(wrong_lines)
        run("systemctl", "reload", UNIT)

    def test_reload(self):
        """A good file counts from the next object on, a wrong one changes nothing: between passes, and in the middle of one."""
        count = self.add(40, 900)
        self.start(workers={"count": 1})
        main = show("MainPID")
        self.assertTrue(wait_until(outputs, 30, 0.05))
        self.reload(SMALL_OUTPUTS + [TINY], "nonsense: 1\n")
        self.assertTrue(wait_until(lambda: self.journal("not reloaded; keeping the old configuration"), 10, 0.1), journal_text())
        self.assertRegex(journal_text(), r"photos\.yaml:\d+:1: unknown key")
        self.assertEqual([path for path in outputs() if "/tiny/" in path], [])
        self.reload(SMALL_OUTPUTS + [TINY])
        self.assertLess(len(outputs()), 2 * count, "too late to test anything")
        self.wait_for_outputs(3 * count)
        self.assertEqual(len(self.journal("reloaded")), 1)
        self.assertTrue(wait_until(lambda: show("StatusText").startswith("idle"), 10, 0.1), show("StatusText"))

        self.reload(SMALL_OUTPUTS + [TINY], "nonsense: 1\n")
        self.assertTrue(wait_until(lambda: len(self.journal("not reloaded; keeping the old configuration")) == 2, 10, 0.1))
        self.reload(SMALL_OUTPUTS + [TINY, {**TINY, "name": "tinier", "width": 8}])
        self.wait_for_outputs(4 * count)
        self.assertEqual((show("ActiveState"), show("MainPID"), show("NRestarts")), ("active", main, "0"))

    def test_a_stop_in_a_pass_and_the_next_start(self):
        count = self.add(60, 900)
        self.start(workers={"count": 1})
        self.assertTrue(wait_until(outputs, 30, 0.05))
        began = time.monotonic()
        run("systemctl", "stop", UNIT)
        self.assertLess(time.monotonic() - began, 35)
        self.assertEqual((show("Result"), show("ExecMainStatus")), ("success", "0"))
        self.assertLess(len(outputs()), 2 * count, "too late to test anything")
        for path in outputs():
            with open(path, "rb") as file:
                harness.decode(file.read())
        run("systemctl", "start", UNIT)
        self.wait_for_outputs(2 * count)

    def test_each_role_is_replaced_when_killed(self):
        count = self.add(40, 900)
        self.start(workers={"count": 1})
        for role in ("thumbmill-imager", "thumbmill-worker", "thumbmill-supervisor", "thumbmill"):
            alive = wait_until(lambda role=role: pids(role), 20, 0.02)
            self.assertTrue(alive, f"no {role}")
            os.kill(min(alive), signal.SIGKILL)
            self.assertTrue(wait_until(lambda role=role, alive=alive: set(pids(role)) - set(alive), 30, 0.05), f"no new {role}")
        self.wait_for_outputs(2 * count)
        self.assertEqual(show("NRestarts"), "1", "of the main process only")

    def test_watchdog(self):
        """A stopped supervisor is replaced by the main process; a stopped main process by systemd."""
        drop_in("[Service]\nWatchdogSec=4\n")
        self.start(heartbeat_timeout="1s")
        self.wait_for_outputs(12)
        main, supervisor = int(show("MainPID")), min(pids("thumbmill-supervisor"))
        os.kill(supervisor, signal.SIGSTOP)
        self.assertTrue(wait_until(lambda: set(pids("thumbmill-supervisor")) - {supervisor}, 20, 0.1), journal_text())
        self.assertEqual((int(show("MainPID")), show("NRestarts")), (main, "0"))
        os.kill(main, signal.SIGSTOP)
        self.assertTrue(wait_until(lambda: show("NRestarts") == "1" and show("ActiveState") == "active", 40, 0.2), journal_text())
        self.assertNotEqual(int(show("MainPID")), main)


class TestBuckets(InsideCase):
    """The stores are buckets of a real gateway, which runs in the same machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serve()
        cls.addClassCleanup(run, cls.SERVER, "stop", GATEWAY)
        with open(f"{GATEWAY}/env", encoding="utf-8") as file:
            os.environ.update(line.strip().split("=", 1) for line in file)
        cls.gateway = harness.Gateway()
        cls.secret = os.environ["AWS_SECRET_ACCESS_KEY"]

    SERVER = os.path.join(harness.ROOT, "tests", "servers", "rgw")

    @classmethod
    def serve(cls):
        run(cls.SERVER, "start", GATEWAY)

    def setUp(self):
        super().setUp()
        self.source, self.made = self.gateway.bucket("source"), self.gateway.bucket("made")
        self.write_credentials(f"aws_access_key_id = {os.environ['AWS_ACCESS_KEY_ID']}", f"aws_secret_access_key = {self.secret}")
        write_config(CONFIG, f"s3://{self.source}/", f"s3://{self.made}/", SMALL_OUTPUTS, s3=self.gateway.settings(),
                     workers={"count": 1})

    def upload(self, count, side):
        for number in range(count):
            self.gateway.put(self.source, f"{number:03}.jpg", encode(photograph(number, side), "jpeg"))

    def wait_for_keys(self, count):
        self.assertTrue(wait_until(lambda: len(self.gateway.keys(self.made)) >= count, 60, 0.1), journal_text())

    def assert_complete(self, count):
        keys = self.gateway.keys(self.made)
        self.assertEqual(len(keys), count)
        for key in keys:
            harness.decode(self.gateway.get(self.made, key)["Body"].read())

    def test_ready_when_the_gateway_answers_and_a_pass(self):
        self.upload(6, 300)
        run(self.SERVER, "stop", GATEWAY)
        self.addCleanup(self.serve)
        run("systemctl", "start", "--no-block", UNIT)
        self.assertTrue(wait_until(lambda: "starting; last failure" in show("StatusText"), 30, 0.1), journal_text())
        self.assertEqual(show("ActiveState"), "activating")
        self.serve()
        self.assertTrue(wait_until(lambda: show("ActiveState") == "active", 60, 0.1), journal_text())
        self.assertTrue(wait_until(lambda: self.journal("pass: everything is up to date"), 60, 0.2), journal_text())
        self.assert_complete(12)
        self.assertEqual(len(self.journal("ready: both stores respond")), 1)
        ended = self.journal("pass: everything is up to date")[0]
        self.assertEqual([ended["THUMBMILL_" + name] for name in ("DONE", "OUTPUTS", "FAILED")], ["6", "12", "0"])

    def test_keys_are_the_supervisors_alone(self):
        """They come by LoadCredential=, and are in no other process, no environment, no file of the service's and no log."""
        self.upload(60, 900)
        run("systemctl", "start", UNIT)
        self.wait_for_keys(2)
        roles = set(EXECUTABLES) - {"thumbmill-web"}  # which runs with http.listen only, and is handed no keys
        looked_at = {pid: role for role in roles for pid in pids(role)}
        self.assertEqual(sorted(looked_at.values()), sorted(roles), "too late to look at the processes")
        for pid in looked_at:
            os.kill(pid, signal.SIGSTOP)
        secret = self.secret.encode()
        needles = {secret, *signing_keys(secret, os.environ["AWS_REGION"])}
        for pid, role in looked_at.items():
            held, scanned = memory_holds(pid, needles)
            self.assertGreater(scanned, 1 << 20, f"{role}: the scan read next to nothing")
            self.assertEqual(secret in held, role == "thumbmill-supervisor", role)
            self.assertTrue(role == "thumbmill-supervisor" or not held, role)
            self.assertNotIn(secret, read(pid, "environ") + read(pid, "cmdline"), role)
        for pid in looked_at:
            os.kill(pid, signal.SIGCONT)
        run("systemctl", "stop", UNIT)
        self.assertEqual((show("Result"), show("ExecMainStatus")), ("success", "0"))
        self.assertNotIn(self.secret, run("journalctl", "-q", "-o", "json", "--no-pager").stdout)
        found = run("grep", "-rlF", self.secret, "/etc/thumbmill", STATE, "/run", "/usr/local", expect=None).stdout.split()
        self.assertEqual(found, [CREDENTIALS])

    def test_a_stop_in_a_pass_and_the_next_start(self):
        self.upload(60, 900)
        run("systemctl", "start", UNIT)
        self.wait_for_keys(2)
        began = time.monotonic()
        run("systemctl", "stop", UNIT)
        self.assertLess(time.monotonic() - began, 35)
        self.assertEqual((show("Result"), show("ExecMainStatus")), ("success", "0"))
        before = len(self.gateway.keys(self.made))
        self.assertLess(before, 120, "too late to test anything")
        self.assert_complete(before)
        run("systemctl", "start", UNIT)
        self.wait_for_keys(120)
        self.assert_complete(120)


if __name__ == "__main__":
    other = InsideCase if not INSIDE else TestOutside
    for name in [name for name, case in globals().items() if isinstance(case, type) and issubclass(case, other)]:
        del globals()[name]
    unittest.main()
