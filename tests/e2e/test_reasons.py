#!/usr/bin/python3
"""What a run says of originals and outputs that cannot be made, or only with a warning: the true reason, and no more than
what cannot be made is missing."""

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


if __name__ == "__main__":
    unittest.main()
