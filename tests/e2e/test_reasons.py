#!/usr/bin/python3
"""What a run says of originals and outputs that cannot be made, or only with a warning: the true reason, and no more than
what cannot be made is missing."""

import json
import unittest

from PIL import Image

from harness import DirectoryCase, encode


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
            "reason": "an output of 16 x 20000 has a side of more than the 16383 pixels of webp"}])
        self.assertEqual(report["outputs"]["made"], 2)
        again = self.run_to_end(config, expect=1).report
        self.assertEqual((again["requests"]["get"], again["objects"]["remembered"]), (0, 1))
        explained = self.thumbmill("plan", "-c", config, "--explain", "a.jpg")
        self.assertIn("large", explained.stdout)
        self.assertIn("cannot be made: too large", explained.stdout)


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
        said = [record for record in records if record["message"].startswith("nearly all objects fail alike")]
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
