#!/usr/bin/python3
"""An ordinary user without sudo, without a home or with one that is read-only, without a locale, with a strict umask, and
with a checkout in a folder whose name has spaces. Whoever runs this is that user; root becomes nobody."""

import glob
import os
import shutil
import subprocess
import unittest

import harness
from harness import NOBODY, SMALL_OUTPUTS, DirectoryCase, encode, photograph

IS_ROOT = os.geteuid() == 0
USER = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if IS_ROOT else {}
STRICT = {"umask": 0o077, **USER}
PATH = {"PATH": "/usr/bin:/bin"}
READ_ONLY = "/proc"
# What asks the machine who and where it is. All others compute.
UNIT_TESTS = "^(base|ipc|concurrent|config|store|ledger|batch|daemon|schedule)/|^sandbox/(sandbox|denied)$"
WRITES_INTO_THE_BUILD = "^concurrent/install$"


def if_readable(test):
    """Leaves out what needs the build as it is, if that user cannot read it: a folder of root's own, say."""
    readable = subprocess.run(["test", "-r", os.path.join(harness.BUILT, "thumbmill"), "-a", "-r", os.path.join(harness.ROOT, "tests")],
                              check=False, **USER).returncode == 0
    return test if readable else None


class OddCase(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def give_away(self, path):
        """That user gets it with all that is in it."""
        if IS_ROOT:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", path], check=True)

    def as_user(self, *command, expect=0, environment=None, **options):
        ended = subprocess.run(command, env={**PATH, **(environment or {})}, capture_output=True, encoding="utf-8", errors="replace",
                               timeout=600, check=False, **STRICT, **options)
        self.assertEqual(ended.returncode, expect, f"{command}\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
        return ended


class TestMachines(OddCase):
    def test_no_home_and_no_locale(self):
        names = ["Käfer im Gras.jpg", "ein ordner/日本.jpg", os.fsdecode(b"latin-\xe4.jpg")]
        for number, name in enumerate(names):
            path = os.path.join(self.source, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(encode(photograph(number, 200), "jpeg"))
        os.chmod(harness.BIN, 0o755)
        config = self.configure()
        thumbmill = os.path.join(harness.BIN, "thumbmill")
        for environment in ({}, {"HOME": READ_ONLY, "LANG": "C"}, {"HOME": "/nonexistent", "LC_ALL": "xx_XX.UTF-8"}, {"LC_ALL": "POSIX"}):
            with self.subTest(environment=environment):
                shutil.rmtree(self.destination)
                os.mkdir(self.destination)
                self.give_away(self.folder)
                self.as_user(thumbmill, "check", "-c", config, environment=environment)
                plan = self.as_user(thumbmill, "plan", "-c", config, environment=environment)
                self.assertEqual(plan.stderr, "")
                run = self.as_user(thumbmill, "run", "-c", config, environment=environment)
                self.assertEqual(run.stderr, "")
                made = [path for path in glob.glob(f"{self.destination}/**", recursive=True) if os.path.isfile(path)]
                self.assertEqual(len(made), len(names) * len(self.outputs), made)
                self.as_user(thumbmill, "preview", "-c", config, "-o", os.path.join(self.folder, "preview.html"),
                             os.path.join(self.source, names[0]), environment=environment)


class TestScripts(OddCase):
    def checkout(self):
        path = os.path.join(self.folder, "a folder", "thumb mill")
        shutil.copytree(harness.ROOT, path, symlinks=True, ignore=shutil.ignore_patterns("build", ".git", "demo-output"))
        return path

    def test_the_demonstration(self):
        checkout, images = self.checkout(), os.path.join(self.folder, "my photographs")
        os.mkdir(images)
        for number in range(3):
            with open(os.path.join(images, f"it's nr. {number}.jpg"), "wb") as file:
                file.write(encode(photograph(number, 400), "jpeg"))
        self.give_away(self.folder)
        first = self.as_user("scripts/demo", images, cwd=checkout)
        self.assertIn("3 originals: 3 processed, 0 up to date, 0 failed", first.stdout)
        second = self.as_user("scripts/demo", images, cwd=checkout, environment={"HOME": READ_ONLY})
        self.assertIn("3 originals: 0 processed, 3 up to date, 0 failed", second.stdout)

    def test_packages_are_missing_and_there_is_no_sudo(self):
        """It says which, and what root is to do."""
        checkout, programs = self.checkout(), os.path.join(self.folder, "bin")
        os.mkdir(programs)
        for path in glob.glob("/usr/bin/*"):
            if os.path.basename(path) != "sudo":
                os.symlink(path, os.path.join(programs, os.path.basename(path)))
        self.give_away(self.folder)
        with open(os.path.join(checkout, "scripts", "lib-install"), "a", encoding="utf-8") as file:
            file.write("PACKAGES_BUILD+=(no-such-package)\n")
        for script in (["scripts/test", "--quick"], ["scripts/demo", self.source]):
            ended = self.as_user(*script, cwd=checkout, environment={"PATH": programs}, expect=2)
            self.assertIn("neither root nor sudo", ended.stderr)
            self.assertIn("apt-get install --no-install-recommends no-such-package", ended.stderr)
            self.assertNotIn("FAILED", ended.stdout)


@if_readable
class TestBuild(OddCase):
    def test_unit_tests(self):
        """CTest's files are copied, since it writes beside them."""
        build, copy = os.path.dirname(harness.BUILT), os.path.join(self.folder, "build")
        for path in glob.glob(f"{build}/**/CTestTestfile.cmake", recursive=True):
            there = os.path.join(copy, os.path.relpath(path, build))
            os.makedirs(os.path.dirname(there), exist_ok=True)
            shutil.copy(path, there)
        self.give_away(self.folder)
        ended = self.as_user("ctest", "--test-dir", copy, "--output-on-failure", "--no-tests=error", "-j2", "-R", UNIT_TESTS,
                             "-E", WRITES_INTO_THE_BUILD, "-LE", "server|stress|slow")
        self.assertIn("100% tests passed", ended.stdout)


if __name__ == "__main__":
    unittest.main()
