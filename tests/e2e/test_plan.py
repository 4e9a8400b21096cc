#!/usr/bin/python3
"""thumbmill plan over directories: what a run would do, the tree of one object, and outputs of every kind of recipe."""

import io
import re
import unittest

from PIL import Image

from harness import DirectoryCase, decode, encode, photograph

TREE = """\
a b.jpg: jpeg, 400 x 300, {size}, orientation 6 (upright: 300 x 400)
loaded at full size, using up to {memory} of memory
  base: 150 x 200, sRGB, on #ffffff
    large -> large/a b.jpg: 150 x 200 jpeg
      small -> small/a b.jpg: 75 x 100 jpeg
        square -> square/a b.jpg: 40 x 40 jpeg, around 30 x 40 at 5, 0
  base: 60 x 80, sRGB, in linear light
    thumb -> thumb/a b.webp: 30 x 30 webp, cropped from 30 x 40 at 0, 0
    thumb@2x -> thumb@2x/a b.webp: 60 x 60 webp, cropped from 60 x 80 at 0, 0
"""


class TestPlan(DirectoryCase):
    outputs = [
        {"name": "small", "height": 100},
        {"name": "large", "width": 200, "height": 200},
        {"name": "thumb", "scale": [1, 2], "width": 30, "height": 30, "fit": "cover", "crop": "north",
         "format": "webp", "linear": "true"},
        {"name": "square", "width": 40, "height": 40, "fit": "contain", "format": "source"},
    ]  # fmt: skip

    def plan(self, *arguments, expect=0):
        ended = self.thumbmill("plan", "-c", self.configure(), *arguments, expect=expect)
        return ended.stdout, ended.stderr

    def add_turned(self, key):
        """400 x 300 as stored, to be looked at as 300 x 400."""
        exif = Image.Exif()
        exif[0x112] = 6
        data = encode(photograph(0, 800).resize((400, 300)), "jpeg", exif=exif)
        self.add(key, data)
        return data

    def test_totals_are_what_a_run_then_does(self):
        data = self.add_turned("a b.jpg")
        more = encode(photograph(1, 300), "png")
        self.add("d/c.png", more)
        self.add("empty.jpg", b"")
        lines, warnings = self.plan(expect=1)
        self.assertEqual(
            lines.splitlines()[:2],
            ["objects: 3 listed, 0 up to date, 2 to process, 1 that will fail", "outputs: 10 to make, 0 up to date"],
        )
        self.assertIn(" 2 GET, 2 conditional GET, 10 PUT", lines)
        self.assertIn("empty.jpg", warnings)
        self.assertEqual(self.made(), {})
        report = self.run_to_end(self.config, expect=1).report
        self.assertEqual([report["requests"][name] for name in ("get", "check", "put")], [2, 2, 10])
        self.assertEqual(report["bytes"]["in"], len(data) + len(more))
        self.assertIn("0 to make, 10 up to date", self.plan(expect=1)[0])

    def test_keys_are_those_that_a_run_makes(self):
        self.add_turned("a b.jpg")
        self.add("d/c.PNG", encode(photograph(1, 300), "png"))
        lines = self.plan("--keys")[0].splitlines()
        planned = {line.split(" -> ")[1] for line in lines if " -> " in line}
        self.run_to_end(self.config)
        self.assertEqual(planned, set(self.made()))
        self.assertIn("square/d/c.png", planned)

    def test_explain_prints_the_tree_that_a_run_makes(self):
        data = self.add_turned("a b.jpg")
        tree = self.plan("--explain", "a b.jpg")[0]
        memory = re.search(r"using up to (.* MB) of memory", tree).group(1)
        self.assertLess(6, float(memory.split()[0]))
        self.assertEqual(tree, TREE.format(size=f"{len(data) / 1000:.1f} kB", memory=memory))
        self.assertEqual(self.made(), {})
        self.run_to_end(self.config)
        for line in tree.splitlines():
            if " -> " in line:
                key, measures = line.split(" -> ")[1].split(": ")
                width, _, height, kind = measures.replace(",", "").split()[:4]
                with open(self.made()[key], "rb") as file:
                    self.assertEqual(decode(file.read()), (kind, int(width), int(height)), line)

    def test_explain_says_what_is_wrong(self):
        self.add("text.jpg", b"not a picture")
        self.assertIn("text.jpg: not an image", self.plan("--explain", "text.jpg", expect=1)[1])
        self.assertIn("No such file", self.plan("--explain", "missing.jpg", expect=4)[1])

    def test_the_format_source_is_what_the_bytes_are(self):
        """The key says jpg, the bytes are PNG: so is the output."""
        self.add("liar.jpg", encode(photograph(2, 200), "png"))
        self.run_to_end(self.configure())
        with open(self.made()["square/liar.jpg"], "rb") as file:
            self.assertEqual(Image.open(io.BytesIO(file.read())).format, "PNG")


if __name__ == "__main__":
    unittest.main()
