#!/usr/bin/python3
"""The Debian package installs, starts, upgrades and is removed cleanly, under a real systemd (tests/systemd/boot).

It is built here, without tests, in build/package. Like test_systemd.py this file runs twice, outside and inside.
"""

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import SMALL_OUTPUTS, encode, photograph, wait_until, write_config
from test_systemd import CONFIG, INSIDE, SOURCE, STATE, UNIT, journal_text, outputs, pids, run, show

PACKAGE = "/opt/thumbmill.deb"
UNITS = "/usr/lib/systemd/system/thumbmill*"


class TestOutside(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/lib/systemd/systemd"), "it takes root, and systemd")
    def test_inside_a_machine(self):
        build = os.path.join(harness.ROOT, "build", "package")
        for command in (["cmake", "--preset", "package"], ["cmake", "--build", "--preset", "package", "-j2"],
                        ["cpack", "--config", os.path.join(build, "CPackConfig.cmake"), "-B", build]):
            subprocess.run(command, cwd=harness.ROOT, check=True, stdout=subprocess.DEVNULL)
        with tempfile.TemporaryDirectory(prefix="thumbmill-e2e-") as stage:
            os.mkdir(os.path.join(stage, "opt"))
            newest = max(glob.glob(os.path.join(build, "thumbmill_*.deb")), key=os.path.getmtime)
            lint = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", newest], capture_output=True, text=True, check=False)
            self.assertEqual((lint.returncode, lint.stdout), (0, ""), lint.stderr)
            shutil.copy(newest, stage + PACKAGE)
            done = subprocess.run([os.path.join(harness.ROOT, "tests", "systemd", "boot"), "-i", stage, "--", "env",
                                   "THUMBMILL_INSIDE=yes", f"THUMBMILL_BIN={harness.BUILT}", "/usr/bin/python3",
                                   os.path.realpath(__file__), "-v"], capture_output=True, text=True, timeout=360, check=False)
        sys.stderr.write(done.stderr)
        self.assertEqual(done.returncode, 0)


class TestInside(unittest.TestCase):
    def is_settled(self):
        return show("ActiveState") == "active" and show("StatusText").startswith("idle")

    def test_from_installation_to_purge(self):
        run("dpkg", "-i", PACKAGE)
        done = run("systemd-analyze", "verify", *glob.glob(UNITS))
        self.assertEqual(done.stdout + done.stderr, "")
        self.assertEqual(run("/usr/bin/thumbmill", "--version").stdout.split()[0], "thumbmill")
        self.assertEqual(glob.glob("/usr/include/concurrent*"), [], "the library is no part of it")
        for page in ("man1/thumbmill.1", "man5/thumbmill.yaml.5", "man8/thumbmill.8"):
            self.assertTrue(os.path.exists(f"/usr/share/man/{page}.gz"), page)
        with open("/usr/share/doc/thumbmill/copyright", encoding="utf-8") as file:
            self.assertIn("License: Expat", file.read())
        os.makedirs(SOURCE)
        with open(f"{SOURCE}/a.jpg", "wb") as file:
            file.write(encode(photograph(0, 300), "jpeg"))
        write_config(CONFIG, f"file://{SOURCE}/", f"file://{STATE}/images/", SMALL_OUTPUTS)
        run("systemctl", "enable", "--now", UNIT)
        self.assertTrue(wait_until(lambda: len(outputs()) == 2 and self.is_settled(), 30, 0.1), journal_text())

        before = show("MainPID")
        run("dpkg", "-i", PACKAGE)
        self.assertTrue(wait_until(lambda: show("MainPID") != before and self.is_settled(), 30, 0.1), journal_text())
        self.assertEqual((show("NRestarts"), show("Result")), ("0", "success"))

        run("dpkg", "-r", "thumbmill")
        self.assertEqual(pids("thumbmill"), {}, "it still runs")
        self.assertEqual(glob.glob(UNITS) + glob.glob("/usr/libexec/thumbmill") + glob.glob("/usr/bin/thumbmill"), [])
        self.assertTrue(os.path.exists(CONFIG) and outputs(), "what is not the package's is kept")
        run("dpkg", "-P", "thumbmill")
        self.assertFalse(os.path.exists(STATE), "a purge takes what it remembered")
        self.assertEqual(glob.glob("/etc/systemd/system/*/thumbmill*"), [], "a purge takes the links of enabled units")
        self.assertTrue(os.path.exists(CONFIG))
        self.without_systemd()

    def without_systemd(self):
        """As in a container: neither systemd-sysusers nor systemd-tmpfiles."""
        run("userdel", "thumbmill")
        shutil.rmtree("/etc/thumbmill")
        tools = ["/usr/bin/systemd-sysusers", "/usr/bin/systemd-tmpfiles"]
        for tool in tools:
            os.rename(tool, tool + ".away")
        try:
            run("dpkg", "-i", PACKAGE)
        finally:
            for tool in tools:
                os.rename(tool + ".away", tool)
        user = pwd.getpwnam("thumbmill")
        self.assertEqual((user.pw_dir, user.pw_shell), ("/var/lib/thumbmill", "/usr/sbin/nologin"))
        self.assertTrue(os.path.isdir("/etc/thumbmill"))
        run("dpkg", "-P", "thumbmill")
        self.assertFalse(os.path.exists("/etc/thumbmill"), "an empty folder goes with a purge")


if __name__ == "__main__":
    del globals()["TestOutside" if INSIDE else "TestInside"]
    unittest.main()
