#!/usr/bin/python3
"""What a run says of originals and outputs that cannot be made, or only with a warning: the true reason, and no more than
what cannot be made is missing."""

import json
import os
import signal
import sys
import unittest

from PIL import Image

from harness import ROOT, Daemon, DirectoryCase, ReplacedImager, encode, photograph, wait_until

sys.path.insert(0, os.path.join(ROOT, "tests"))

from pictures import survey  # noqa: E402


def case(name):
    with open(os.path.join(ROOT, "tests", "imaging", "cases", name), "rb") as file:
        return file.read()


class TestOutputs(DirectoryCase):
    def test_only_the_output_that_is_too_large_for_its_format_fails(self):
        """A strip of 16 x 20000 pixels: WebP ends at 16383, JPEG does not, and a thumbnail is small."""
        self.outputs = [{"name": "large", "width": 1200, "format": "webp"},
                        {"name": "strip", "width": 1200, "format": "jpeg"},
                        {"name": "thumb", "width": 256, "height": 256, "fit": "cover", "format": "webp"}]
        self.add("a.jpg", encode(Image.new("RGB", (16, 20000), "teal"), "jpeg"))
        self.age_originals()
        config = self.configure(state_directory=self.folder + "/state")
        report = self.run_to_end(config, expect=1).report
        self.assertEqual(sorted(self.made()), ["strip/a.jpg", "thumb/a.webp"])
        self.assertEqual(report["failures"], [{
            "key": "a.jpg", "output": "large", "class": "limit",
            "reason": "an output of 16 x 20000 exceeds the 16383 pixels per side of webp"}])
        self.assertEqual(report["outputs"]["made"], 2)
        again = self.run_to_end(config, expect=1).report
        self.assertEqual((again["requests"]["get"], again["objects"]["remembered"]), (0, 1))
        explained = self.thumbmill("plan", "-c", config, "--explain", "a.jpg")
        self.assertIn("large", explained.stdout)
        self.assertIn("cannot be made: too large", explained.stdout)


class TestOriginals(DirectoryCase):
    outputs = [{"name": "thumb", "width": 8, "format": "png"}]

    def test_each_original_has_its_true_reason(self):
        """Files that were called damaged by a seek, videos, or truncated; by class, output or not, and what is said."""
        wanted = {
            "jpg-no-eoi.jpg": "the JPEG end marker is missing; no pixels are lost",
            "apng-2frames.png": "an animation of 2 frames; only its default image is used",
            "heic-cut-by-20-bytes.heic": "damaged heic: Unexpected end of file",
            "avif-irot-before-ispe.avif": "damaged avif: bad image dimensions on decode",
        }
        for name in (*wanted, "avif-brands-mif1-only.avif"):
            self.add(name, case(name))
        made = ["avif-brands-mif1-only", "jpg-no-eoi", "apng-2frames", "more/jpe", "more/jfif", "more/hif", "more/apng"]
        if not survey.is_listed("cases/avif-irot-before-ispe.avif", survey.REFUSED):
            wanted.pop("avif-irot-before-ispe.avif")
            made.append("avif-irot-before-ispe")
        for name in ("a.jpe", "a.jfif", "a.hif", "a.apng"):
            self.add("more/" + name.replace("a.", name[2:] + "."), encode(Image.new("RGB", (20, 20)), "jpeg"))
        run = self.run_to_end(self.configure(), "--log-format", "json", expect=1)
        said = {record["key"]: record["reason"] for record in map(json.loads, run.stderr.splitlines()) if "key" in record}
        self.assertEqual(sorted(said), sorted(wanted))
        for key, reason in wanted.items():
            self.assertTrue(said[key].startswith(reason), said[key])
        self.assertEqual(sorted(self.made()), sorted(f"thumb/{name}.png" for name in made))
        self.assertEqual({failure["class"] for failure in run.report["failures"]}, {"input"})


class TestMissingCodecs(ReplacedImager, DirectoryCase):
    """A machine whose libheif has no encoder for AV1, which is a package of its own on Debian 13: said before anything is read, by every
    command that begins something, and never remembered against an original."""

    outputs = [{"name": "modern", "width": 64, "format": "avif"}, {"name": "thumb", "width": 64, "format": "jpeg"}]
    REASON = "output modern: this machine cannot encode avif: Unsupported feature: Unsupported codec"

    def setUp(self):
        super().setUp()
        self.lack("LACKS_ENCODER=4")
        self.add("a.jpg", encode(photograph(0, 300), "jpeg"))
        self.age_originals()

    def lack(self, what):
        self.lacking_imager(what)

    def test_check_run_and_daemon_refuse_to_start(self):
        config = self.configure(state_directory=self.folder + "/state")
        for command in ("check", "run", "daemon"):
            said = self.thumbmill(command, "-c", config, expect=2).stderr
            self.assertIn(self.REASON, said, command)
            self.assertIn("libheif-plugin-aomenc", said, command)
        self.assertEqual(self.made(), {})
        self.assertNotIn("a.jpg", self.thumbmill("failures", "list", "-c", config).stdout)

    def test_doctor_says_it_with_what_to_do(self):
        findings = json.loads(self.thumbmill("doctor", "--json", "-c", self.configure(), expect=4).stdout)["findings"]
        encoders = {finding["check"]: finding for finding in findings if finding["subject"] == "encoders"}
        self.assertEqual({check: finding["state"] for check, finding in encoders.items()}, {"modern": "failed", "thumb": "ok"})
        self.assertIn("libheif-plugin-aomenc", encoders["modern"]["advice"])

    def test_a_reload_keeps_the_old_configuration(self):
        both, self.outputs = self.outputs, self.outputs[1:]
        daemon = Daemon(self.configure(every="1h"))
        self.addCleanup(daemon.abandon)
        daemon.wait_for_passes(1)
        self.outputs = both
        self.configure(every="1h")
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: daemon.records("not reloaded"), 30)
        self.assertIn(self.REASON, daemon.records("not reloaded")[0]["reason"])
        self.assertEqual(daemon.stop(), 0)

    def test_only_originals_of_that_format_need_it_for_the_format_source(self):
        self.outputs = [{"name": "same", "width": 64, "format": "source"}]
        self.add("b.avif", case("avif-16x16.avif"))
        self.age_originals()
        config = self.configure(state_directory=self.folder + "/state")
        for _ in range(2):
            run = self.run_to_end(config, expect=1)
            self.assertIn("originals of this format will fail", run.stderr)
            self.assertEqual([(f["key"], f["output"], f["class"]) for f in run.report["failures"]], [("b.avif", "same", "config")])
            self.assertEqual(run.report["objects"]["remembered"], 0)
        self.assertEqual(sorted(self.made()), ["same/a.jpg"])
        self.lack("")
        self.run_to_end(config)
        self.assertEqual(sorted(self.made()), ["same/a.jpg", "same/b.avif"])

    def test_a_decoder_that_is_missing_is_not_the_originals_fault(self):
        self.lack("LACKS_DECODER=1")
        self.outputs = self.outputs[1:]
        self.add("b.heic", case("heic-16x16.heic"))
        self.age_originals()
        config = self.configure(state_directory=self.folder + "/state")
        for _ in range(2):
            report = self.run_to_end(config, expect=1).report
            self.assertEqual([(f["key"], f["class"]) for f in report["failures"]], [("b.heic", "config")])
            self.assertIn("this machine cannot decode heic", report["failures"][0]["reason"])
        self.lack("")
        self.run_to_end(config)
        self.assertEqual(sorted(self.made()), ["thumb/a.jpg", "thumb/b.jpg"])


class TestAlike(DirectoryCase):
    """120 originals of which none can be made: the pass stops at the hundredth, and remembers nothing of it."""

    outputs = [{"name": "thumb", "width": 64, "format": "jpeg"}]
    N = 120

    def add_all(self, data):
        for number in range(self.N):
            self.add(f"{number:03}.jpg", data(number))
        self.age_originals()
        return {"state_directory": self.folder + "/state", "workers": {"count": 2, "tasks_in_flight": 4}}

    def run_stops(self, config):
        run = self.run_to_end(config, "--log-format", "json", expect=3)
        records = [json.loads(line) for line in run.stderr.splitlines()]
        said = [record for record in records if record["message"].startswith("nearly all objects fail for the same reason")]
        self.assertEqual(len(said), 1)
        self.assertEqual((said[0]["level"], said[0]["failed"], said[0]["of_the_first"]), ("error", "100", "100"))
        self.assertIn("retries.alike: never", said[0]["advice"])
        failed = run.report["objects"]["failed"]
        self.assertGreaterEqual(failed, 100)
        self.assertLess(failed, self.N)
        return said[0], run.report

    def test_a_limit_that_no_original_keeps(self):
        sections = self.add_all(lambda number: encode(Image.new("RGB", (200 + number, 100)), "jpeg"))
        config = self.configure(limits={"max_pixels": 1000}, **sections)
        said, report = self.run_stops(config)
        self.assertEqual(said["class"], "limit")
        self.assertEqual(self.run_stops(config)[1]["objects"]["remembered"], 0, "the second run tries them again")
        self.assertNotIn(".jpg", self.thumbmill("failures", "list", "-c", config).stdout)
        config = self.configure(**sections)
        self.assertEqual(self.run_to_end(config).report["outputs"]["made"], self.N)

    def test_a_pass_of_which_nothing_is_left_stops_too(self):
        self.N = 101
        sections = self.add_all(lambda number: b"no image")
        sections["workers"] = {"count": 2, "tasks_in_flight": 64}
        config = self.configure(**sections)
        self.assertGreaterEqual(self.run_to_end(config, expect=3).report["objects"]["failed"], 100)
        self.assertNotIn(".jpg", self.thumbmill("failures", "list", "-c", config).stdout)

    def test_originals_that_are_all_bad_can_be_told_to_go_on(self):
        sections = self.add_all(lambda number: b"no image")
        self.run_stops(self.configure(**sections))
        config = self.configure(retries={"alike": "never"}, **sections)
        self.assertEqual(self.run_to_end(config, expect=1).report["objects"]["failed"], self.N)
        self.assertEqual(self.run_to_end(config, expect=1).report["objects"]["remembered"], self.N)

    def test_failures_that_differ_are_each_their_objects_own(self):
        good = encode(Image.new("RGB", (90, 60), "teal"), "jpeg")
        sections = self.add_all(lambda number: good if number % 10 == 0 else b"no image")
        config = self.configure(**sections)
        report = self.run_to_end(config, expect=1).report
        self.assertEqual((report["objects"]["failed"], report["objects"]["done"]), (self.N * 9 // 10, self.N // 10))
        again = self.run_to_end(config, expect=1).report
        self.assertEqual((again["objects"]["remembered"], again["requests"]["get"]), (self.N * 9 // 10, 0))


if __name__ == "__main__":
    unittest.main()
