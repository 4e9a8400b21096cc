#!/usr/bin/python3
"""What thumbmill says of the libraries that it runs with, and of the sandbox around them: where a layer of it is forbidden, and where a
library makes a system call that it does not know."""

import errno
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

from PIL import Image

import harness
from harness import BUILT, Daemon, DirectoryCase, ReplacedImager, encode, photograph

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "pictures"))
import heif  # noqa: E402

LANDLOCK = "landlock_create_ruleset"
BOTH = f"{LANDLOCK},seccomp"


def libvips_version():
    ended = subprocess.run([os.path.join(harness.BIN, "thumbmill-imager"), "--version"], capture_output=True, text=True, check=True)
    return ended.stdout.split()[1]


class EngineCase(ReplacedImager, DirectoryCase):
    outputs = [{"name": "thumb", "width": 64, "format": "jpeg"}, {"name": "modern", "width": 64, "format": "avif"}]

    def setUp(self):
        super().setUp()
        self.add("a.jpg", encode(photograph(0, 300), "jpeg"))
        self.age_originals()

    def doctor(self, expect=0, **sections):
        report = json.loads(self.thumbmill("doctor", "--json", "-c", self.configure(**sections), expect=expect).stdout)
        findings = {(finding["subject"], finding["check"]): finding for finding in report["findings"]}
        return report["engine"], findings


class TestDescription(EngineCase):
    def test_the_version_in_a_few_lines(self):
        lines = self.thumbmill("--version").stdout.splitlines()
        self.assertRegex(lines[0], f"^thumbmill {harness.VERSION}$")
        self.assertRegex(lines[1], rf"^libvips {re.escape(libvips_version())}, vector code: (highway|liborc|none)$")
        self.assertEqual([line.split(":")[0] for line in lines[2:9]], ["jpeg", "png", "webp", "gif", "tiff", "heic", "avif"])
        self.assertTrue(all(line.startswith("note: ") for line in lines[9:]), lines)

    def test_without_an_imager_there_is_still_a_version(self):
        self.replace_imager(b"#!/bin/sh\nexit 1\n")
        self.assertRegex(self.thumbmill("--version").stdout, rf"^thumbmill {harness.VERSION}\n$")

    def test_an_imager_that_hangs_floods_or_fails_does_not_keep_the_version_back(self):
        for script in ("echo libvips 1; exec sleep 1000", "exec yes", "echo libvips 1; exit 1", "echo libvips 1; kill -9 $$"):
            self.replace_imager(f"#!/bin/sh\n{script}\n".encode())
            self.assertRegex(self.thumbmill("--version").stdout, rf"^thumbmill {harness.VERSION}\n$", script)

    def test_doctor_says_the_same_and_how_it_is_confined(self):
        engine, findings = self.doctor()
        self.assertEqual(engine["libvips"], libvips_version())
        self.assertEqual(findings["engine", "libvips"]["detail"], engine["libvips"])
        self.assertEqual(findings["engine", "vector code"]["detail"], engine["vector"])
        written = {codec["format"] for codec in engine["codecs"] if codec["writes"]}
        self.assertEqual(written, {"jpeg", "png", "webp", "gif", "tiff", "avif"})
        for codec in engine["codecs"]:
            self.assertNotEqual(codec["library"], "none", codec)
            check = f"{'writes' if codec['writes'] else 'reads'} {codec['format']}"
            self.assertEqual((findings["engine", check]["state"], findings["engine", check]["detail"]), ("ok", codec["library"]))
        self.assertEqual(engine["sandbox"], {"seccomp": True, "landlock": True, "denied": "",
                                             "landlock_version": engine["sandbox"]["landlock_version"]})
        self.assertGreater(engine["sandbox"]["landlock_version"], 0)
        self.assertEqual({check: finding["state"] for (subject, check), finding in findings.items() if subject == "sandbox"},
                         {"seccomp of the imager": "ok", "Landlock of the imager": "ok", "seccomp of the worker": "ok",
                          "Landlock of the worker": "ok", "rights of the worker": "ok", "rights of the supervisor": "ok",
                          "rights of the main process": "ok", **({"user": "warning"} if os.geteuid() == 0 else {})})

    def test_what_is_slow_has_the_version_that_ends_it(self):
        engine, _ = self.doctor()
        slow = [note for note in engine["notes"] if note["text"].startswith("slow: ")]
        self.assertEqual(len(slow), 0 if engine["vector"] == "highway" else 1)
        self.assertTrue(all(re.search(r"\d+\.\d+", note["until"]) for note in engine["notes"]))


class TestForbiddenLayers(EngineCase):
    """A container's runtime, or a kernel, that forbids what confines the imagers."""

    def forbid(self, calls, code=errno.EPERM):
        self.addCleanup(harness.BEHIND.clear)
        harness.BEHIND[:] = [os.path.join(BUILT, "run_without"), str(code), calls]

    def test_nothing_starts_by_default(self):
        for calls, code, name in ((LANDLOCK, errno.ENOSYS, "Landlock (Function not implemented)"),
                                  (LANDLOCK, errno.EPERM, "Landlock (Operation not permitted)"),
                                  ("seccomp", errno.EPERM, "seccomp ("), (BOTH, errno.EPERM, "seccomp (")):
            self.forbid(calls, code)
            for command in (["check"], ["run"], ["daemon"], ["preview", "-o", self.folder + "/page.html", self.source + "/a.jpg"]):
                said = self.thumbmill(command[0], "-c", self.configure(), *command[1:], expect=2).stderr
                self.assertIn("no " + name, said, command)
                self.assertIn("sandbox: best-effort", said, command)
        self.assertEqual(self.made(), {})

    def test_doctor_says_which_and_what_to_do(self):
        self.forbid(LANDLOCK)
        engine, findings = self.doctor(expect=4)
        self.assertEqual((engine["sandbox"]["seccomp"], engine["sandbox"]["landlock"]), (True, False))
        for role in ("imager", "worker"):
            self.assertEqual(findings["sandbox", f"seccomp of the {role}"]["state"], "ok")
            self.assertEqual(findings["sandbox", f"Landlock of the {role}"]["state"], "failed")
            self.assertIn("sandbox: best-effort", findings["sandbox", f"Landlock of the {role}"]["advice"])
        engine, findings = self.doctor(sandbox="best-effort")
        for role in ("imager", "worker"):
            self.assertEqual(findings["sandbox", f"Landlock of the {role}"]["state"], "warning")

    def test_without_seccomp_landlock_covers_all_threads(self):
        self.forbid("seccomp")
        engine, findings = self.doctor(sandbox="best-effort")
        self.assertEqual((engine["sandbox"]["seccomp"], engine["sandbox"]["landlock"]), (False, True))
        for role in ("imager", "worker"):
            self.assertEqual(findings["sandbox", f"Landlock of the {role}"]["state"], "ok")
            self.assertEqual(findings["sandbox", f"seccomp of the {role}"]["state"], "warning")

    def test_best_effort_works_and_warns_once(self):
        for calls in (LANDLOCK, BOTH):
            self.forbid(calls)
            run = self.run_to_end(self.configure(sandbox="best-effort", workers={"count": 2}))
            self.assertEqual(run.stderr.count("incomplete sandbox"), 1, run.stderr)
            self.assertIn("Landlock (Operation not permitted)", run.stderr)
            self.assertEqual(sorted(self.made()), ["modern/a.avif", "thumb/a.jpg"])
            for path in self.made().values():
                os.remove(path)
        daemon = Daemon(self.configure(sandbox="best-effort", every="1h"))
        self.addCleanup(daemon.abandon)
        daemon.wait_for_passes(1)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(daemon.records("images are decoded in an incomplete sandbox")), 1)

    def test_best_effort_says_nothing_where_nothing_is_forbidden(self):
        self.assertNotIn("sandbox", self.run_to_end(self.configure(sandbox="best-effort")).stderr)


class TestUnknownCalls(EngineCase):
    """A library that is newer than the sandbox's rules."""

    CALL = "system call 'getpriority' is not allowed by the sandbox"

    def call(self, what):
        self.lacking_imager(f"FORBIDDEN_CALL={what}")

    def test_what_fails_of_it_names_it(self):
        self.call("fail")
        for command in ("check", "run"):
            self.assertIn(self.CALL, self.thumbmill(command, "-c", self.configure(), expect=2).stderr)

    def test_what_dies_of_it_names_it(self):
        self.call("crash")
        run = self.run_to_end(self.configure(), expect=1)
        self.assertEqual({failure["class"] for failure in run.report["failures"]}, {"crash"})
        for failure in run.report["failures"]:
            self.assertIn(self.CALL, failure["reason"])


    def test_a_call_that_does_no_harm_is_listed_by_doctor(self):
        self.call("ignore")
        engine, findings = self.doctor()
        self.assertEqual(engine["sandbox"]["denied"], "getpriority")
        self.assertEqual((findings["sandbox", "system calls"]["state"], findings["sandbox", "system calls"]["detail"]),
                         ("warning", "getpriority"))
        self.assertEqual(findings["encoders", "modern"]["state"], "ok")

    def test_a_call_that_does_no_harm_leaves_the_class_of_another_failure(self):
        self.outputs = [{"name": "thumb", "width": 64, "format": "jpeg", "max_bytes": 10}, {"name": "modern", "width": 64, "format": "avif"}]
        self.call("ignore")
        run = self.run_to_end(self.configure(), expect=1)
        self.assertEqual([failure["class"] for failure in run.report["failures"]], ["limit"])
        self.assertIn(self.CALL, run.report["failures"][0]["reason"])

    def test_a_call_before_an_object_is_not_its_affair(self):
        """One imager, which has read JPEG files before."""
        self.call("read")
        self.add("b.jpg", b"no image")
        self.age_originals()
        run = self.run_to_end(self.configure(workers={"count": 1}), expect=1)
        self.assertEqual([failure["class"] for failure in run.report["failures"]], ["input"])
        self.assertNotIn("system call", run.report["failures"][0]["reason"])
        self.assertEqual(self.doctor()[0]["sandbox"]["denied"], "getpriority")


class TestEncoders(EngineCase):
    """AVIF by the encoder that is asked for."""

    def has_svt(self):
        engine, _ = self.doctor()
        return any("SVT" in codec["library"] for codec in engine["codecs"] if codec["writes"] and codec["format"] == "avif")

    def test_what_is_there_is_used_and_what_is_not_is_said(self):
        has_svt = self.has_svt()
        self.outputs = [{"name": name, "width": 64, "format": "avif", "encoder": name} for name in ("auto", "aom", "svt")]
        if has_svt:
            self.run_to_end(self.configure())
            made = {key: pathlib.Path(path).read_bytes() for key, path in self.made().items()}
            self.assertEqual(made["auto/a.avif"], made["aom/a.avif"])
            self.assertNotEqual(made["svt/a.avif"], made["aom/a.avif"])
            return
        for command in ("check", "run", "daemon"):
            said = self.thumbmill(command, "-c", self.configure(), expect=2).stderr
            self.assertIn("output svt: this machine cannot encode avif: libheif has no encoder 'svt'", said)
            self.assertNotIn("output aom", said)
            self.assertIn("libheif-plugin-svtenc", said)
        self.assertEqual(self.made(), {})

    def test_only_avif_has_one(self):
        self.outputs = [{"name": "thumb", "width": 64, "format": "webp", "encoder": "aom"}]
        self.assertIn("encoder: has no effect for webp, only for avif", self.thumbmill("check", "-c", self.configure(), expect=2).stderr)


class TestPhones(EngineCase):
    """HEIC as telephones write it: one picture of many tiles, each an item that the picture refers to. libheif has limits for hostile
    files, which newer versions tighten."""

    outputs = [{"name": "whole", "width": 8192, "format": "png"}]

    def test_many_tiles_and_references_are_read(self):
        with open(os.path.join(harness.ROOT, "tests", "imaging", "cases", "heic-16x16.heic"), "rb") as file:
            one = file.read()
        grids = {"photo": (8, 6), "48-megapixels": (16, 12)}
        for name, (columns, rows) in grids.items():
            self.add(f"{name}.heic", heif.grid(one, columns, rows))
        self.age_originals()
        self.run_to_end(self.configure())
        made = self.made()
        for name, (columns, rows) in grids.items():
            with Image.open(made[f"whole/{name}.png"]) as image:
                self.assertEqual(image.size, (64 * columns, 64 * rows))
                # each tile is decoded, and where it belongs
                tiles = {image.crop((x, y, x + 64, y + 64)).tobytes() for x in range(0, image.width, 64) for y in range(0, image.height, 64)}
                self.assertEqual(len(tiles), 1, name)


if __name__ == "__main__":
    unittest.main()
