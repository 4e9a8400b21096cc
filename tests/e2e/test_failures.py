#!/usr/bin/python3
"""Objects that cannot be made into images fail alone, each with its reason; the others are made."""

import json
import os
import unittest

from harness import DirectoryCase, SMALL_OUTPUTS, encode, photograph, slow_png


class TestFailures(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def add_bad_objects(self):
        """{key: (class, a word of the reason or None)}"""
        good = encode(photograph(0, 900), "jpeg")
        png = encode(photograph(1, 500), "png")
        zeroed = bytearray(png)
        zeroed[len(png) // 3 : len(png) // 3 + 4000] = bytes(4000)
        bad = {
            "empty.jpg": (b"", "input", "empty"),
            "text.jpg": (b"Dear diary,\nthis is no photograph.\n" * 50, "input", None),
            "html.png": (b"<!doctype html><title>404</title>", "input", None),
            "vector.png": (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "input", None),
            "cut-jpeg.jpg": (good[: len(good) // 2], "input", None),
            "cut-png.png": (png[: len(png) // 2], "input", None),
            "cut-webp.webp": (encode(photograph(2, 500), "webp")[:900], "input", None),
            "header-only.jpg": (good[:20], "input", None),
            "corrupt.png": (bytes(zeroed), "input", None),
            "pixels.png": (slow_png(2000, 1500), "limit", None),  # 3 million, limits.max_pixels below
            "bytes.tif": (encode(photograph(3, 900), "tiff", compression=None), "limit", None),
        }
        self.assertGreater(len(bad["bytes.tif"][0]), 1_000_000)
        for key, (data, _, _) in bad.items():
            self.assertTrue(key == "bytes.tif" or len(data) < 1_000_000, key)
            self.add(key, data)
        return {key: (kind, word) for key, (_, kind, word) in bad.items()}

    def test_bad_objects_fail_alone(self):
        bad = self.add_bad_objects()
        good = self.add_photographs(5, 600)
        config = self.configure(limits={"max_pixels": "2M", "max_source_bytes": "1M"})
        run = self.run_to_end(config, expect=1)
        report = run.report
        self.assert_all_made(good)
        self.assertEqual(report["exit"], 1)
        self.assertEqual(report["objects"], {"listed": len(bad) + len(good), "done": len(good), "skipped": 0, "failed": len(bad),
                                             "remembered": 0, "postponed": 0})
        self.assertEqual(report["processes"]["crashes"], 0)
        failures = {failure["key"]: failure for failure in report["failures"]}
        self.assertEqual(sorted(failures), sorted(bad))
        for key, (kind, word) in bad.items():
            self.assertEqual(failures[key]["class"], kind, failures[key])
            self.assertTrue(failures[key]["reason"].strip(), key)
            self.assertNotIn("\n", failures[key]["reason"])
            self.assertIn(word or "", failures[key]["reason"])
            self.assertIn(key, run.stderr, "each failure is said once on standard error")
        self.assertRegex(failures["pixels.png"]["reason"], r"\d")
        self.assertRegex(failures["bytes.tif"]["reason"], r"\d")

    def test_a_repaired_object_is_made_by_the_next_run(self):
        path = self.add("photo.jpg", b"not yet")
        config = self.configure()
        self.run_to_end(config, expect=1)
        self.assertEqual(self.made(), {})
        image = photograph(4, 500)
        self.add("photo.jpg", encode(image, "jpeg"))
        self.assertTrue(os.path.exists(path))
        self.run_to_end(config)
        self.assert_all_made({"photo.jpg": image.size})

    def test_what_is_wrong_and_ignored_is_said(self):
        """A broken profile, a truncated image that is accepted: made all the same, each with a word about it."""
        whole = photograph(6, 400)
        self.add("good.jpg", encode(whole, "jpeg"))
        self.add("profile.jpg", encode(whole, "jpeg", icc_profile=b"this is no profile" * 20))
        self.add("cut.jpg", encode(whole, "jpeg")[:-4000])
        run = self.run_to_end(self.configure(limits={"truncated": "accept"}), "--log-format", "json")
        records = [json.loads(line) for line in run.stderr.splitlines()]
        reasons = {record["key"]: record["reason"] for record in records}
        self.assertEqual({(record["level"], record["message"]) for record in records}, {("warning", "rendered with a warning")})
        self.assertEqual(sorted(reasons), ["cut.jpg", "profile.jpg"])
        self.assertIn("profile", reasons["profile.jpg"])
        self.assertIn("damaged", reasons["cut.jpg"])
        self.assert_all_made({key: whole.size for key in ("good.jpg", "profile.jpg", "cut.jpg")})

    def test_two_sources_of_one_output(self):
        """a.png and a.gif both become a.jpg: one is made, the other fails and says why."""
        image = photograph(5, 300)
        self.add("a.png", encode(image, "png"))
        self.add("a.gif", encode(image, "gif"))
        report = self.run_to_end(self.configure(), expect=1).report
        self.assertEqual((report["objects"]["done"], report["objects"]["failed"]), (1, 1))
        self.assertEqual(report["failures"][0]["class"], "input")
        self.assertEqual(len(self.made()), len(self.outputs))

    def test_an_output_that_cannot_be_stored(self):
        """A folder stands where a file should go: this output fails, the object's other output is made."""
        image = photograph(6, 300)
        self.add("a.jpg", encode(image, "jpeg"))
        os.makedirs(os.path.join(self.destination, "thumb", "a.webp", "in-the-way"))
        report = self.run_to_end(self.configure(), expect=1).report
        self.assertEqual(report["outputs"]["made"], 1)
        self.assertEqual([(f["key"], f["output"]) for f in report["failures"]], [("a.jpg", "thumb")])
        self.assertEqual(sorted(self.made()), ["medium/a.jpg"])


if __name__ == "__main__":
    unittest.main()
