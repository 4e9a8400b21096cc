#!/usr/bin/python3
"""Are the pictures right? thumbmill's outputs beside what Debian's Chromium draws, for a corpus of every format, depth, profile,
alpha and orientation (tests/pictures/). Exceptions are in tests/pictures/exceptions.txt, each with its reason."""

import os
import shutil
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "tests"))

from pictures import comparison, picture, png, survey  # noqa: E402
from pictures.browser import Browser  # noqa: E402


class TestComparison(harness.Case):
    """That it sees what it is for."""

    def compared(self, one, other, size):
        """The difference of two PNG files in full size and reduced to this size."""
        for name, data in (("one.png", one), ("other.png", other)):
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(data)
        paths = [os.path.join(self.folder, name) for name in ("one.png", "other.png")]
        pairs = [comparison.Pair("full", *paths, survey.png_size(paths[1]), True), comparison.Pair("half", *paths, size, False)]
        found = comparison.compare_stills(self.browser, self.folder, pairs)
        return found["full"], found["half"]

    def test_other_pictures_are_different(self):
        whole = picture.colours()
        sheer = picture.with_alpha(whole)
        darker = whole.map(lambda r, g, b, a: (max(0, r - 1500), max(0, g - 1500), max(0, b - 1500), a))
        right = png.write(sheer, png.RGBA)
        with Browser() as self.browser:
            self.assertLessEqual(max(self.compared(right, right, (128, 96))), 0)
            self.assertLessEqual(max(self.compared(right, png.write(sheer, png.RGBA, 16), (128, 96))), 1)
            others = {"darker": (png.write(whole), png.write(darker)), "opaque": (right, png.write(whole)),
                      "mirrored": (png.write(whole), png.write(whole.turned(2))),
                      "told to be linear": (right, png.write(sheer, png.RGBA, chunks=[(b"gAMA", b"\0\1\x86\xa0")]))}  # fmt: skip
            for name, (one, other) in others.items():
                self.assertGreaterEqual(min(self.compared(one, other, (128, 96))), comparison.LIMIT, name)
            turned, _ = self.compared(png.write(whole), png.write(whole.turned(6)), (96, 128))
            self.assertEqual(turned, "the original is 128 x 96, the output 96 x 128")
            self.assertEqual(self.compared(b"no picture", right, (128, 96))[0], comparison.NOT_SHOWN)


class TestExceptions(unittest.TestCase):
    def test_they_hold_for_their_versions(self):
        lines = ["# none\n", "\n", "a differs always\n", "b refused[libvips<8.15] of old\n", "c refused[libvips>=8.15] of new\n",
                 "d chromium[libpng>=1.6] by this decoder\n"]  # fmt: skip
        found = {tuple(each.pattern for each in survey.exceptions(lines, installed)) for installed in
                 ({"libvips": (8, 14, 1), "libpng": (1, 6, 39)}, {"libvips": (8, 15)}, {"libvips": (8, 16, 1)})}  # fmt: skip
        self.assertEqual(found, {("a", "b", "d"), ("a", "c")})
        with self.assertRaises(AssertionError):
            survey.exceptions(["a differs[libvips] unclear\n"], {})

    def test_thumbmill_tells_the_versions(self):
        found = survey.versions()
        self.assertGreaterEqual(found["libvips"], (8, 14))
        self.assertGreaterEqual(found["libheif"], (1, 15))


class TestPictures(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="thumbmill-e2e-")
        cls.addClassCleanup(shutil.rmtree, folder, True)
        cls.survey = survey.Survey(folder)

    def test_the_corpus_is_all_of_it(self):
        self.assertGreater(len(self.survey.entries), 700)
        self.assertEqual(len(self.survey.by_name), len(self.survey.entries), "two files of one name")
        judged = {name for name, _ in self.survey.results} | set(self.survey.refused)
        self.assertEqual(judged, set(self.survey.by_name))

    def test_pictures_are_what_chromium_draws(self):
        self.assertEqual(self.survey.unexpected(survey.DIFFERS), [])

    def test_no_picture_is_refused_but_those_that_are_listed(self):
        self.assertEqual(self.survey.unexpected(survey.REFUSED), [])

    def test_a_png_stands_for_what_chromium_shows_only_where_that_is_listed(self):
        self.assertEqual(self.survey.unexpected(survey.CHROMIUM), [])

    def test_no_exception_is_out_of_date(self):
        self.assertEqual(self.survey.outdated(), [])

    def test_the_table_of_differences_names_every_kind(self):
        """Its numbers are those of one version of Chromium, and of the day when it was written."""
        with open(survey.TABLE, encoding="utf-8") as file:
            kept = [line.split("|")[1] for line in file if line.startswith("| ") and not line.startswith(("| kind", "| ---"))]
        self.assertEqual(kept, [line.split("|")[1] for line in self.survey.table()])


if __name__ == "__main__":
    unittest.main()
