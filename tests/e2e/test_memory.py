#!/usr/bin/python3
"""limits.memory: heavy images are decoded as far as there is memory for them, one that is too heavy fails before it is."""

import io
import os
import re
import unittest

from PIL import Image

from harness import DirectoryCase, Run, SMALL_OUTPUTS, anonymous_bytes, encode, photograph, processes, slow_png, wait_until

# An imager in which a heavy image is being decoded has more than this, an idle one less than half of it.
BUSY_BYTES = 40_000_000


class TestMemory(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def add_progressive(self, key, side):
        """3 bytes of each pixel are held while it is decoded."""
        image = photograph(0, 500).resize((side, side), Image.NEAREST)
        self.add(key, encode(image, "jpeg", progressive=True))
        return {key: (side, side)}

    def watch(self, run):
        """The most imagers that were busy at once."""
        most = 0

        def ended():
            nonlocal most
            most = max(most, sum(anonymous_bytes(pid) > BUSY_BYTES for pid in processes("thumbmill-imager")))
            return not run.is_running()

        self.assertTrue(wait_until(ended, 120, 0.002))
        return most

    def test_heavy_images_take_turns(self):
        sizes = self.add_photographs(6, 500)
        for number in range(4):
            sizes.update(self.add_progressive(f"heavy-{number}.jpg", 4000))
        config = self.configure(workers={"count": 2}, limits={"memory": "100M"})
        run = Run(config, "--log-level", "debug")
        most = self.watch(run)
        self.assertEqual(run.finish(), 0, run.stderr)
        self.assert_all_made(sizes)
        self.assertEqual(most, 1)
        self.assertEqual(run.stderr.count("waiting for memory"), 4, run.stderr)
        self.assertEqual(run.report["requests"]["get"], len(sizes) + 4)
        self.assertEqual(run.report["processes"]["crashes"], 0)

    def test_what_is_too_heavy_fails_alone(self):
        sizes = self.add_photographs(3, 500)
        self.add_progressive("mountain.jpg", 6000)
        config = self.configure(workers={"count": 2}, limits={"memory": "100M"})
        run = Run(config)
        most = self.watch(run)
        self.assertEqual(run.finish(), 1, run.stderr)
        self.assert_all_made(sizes)
        self.assertEqual(most, 0, "nothing of it is decoded")
        (failure,) = run.report["failures"]
        self.assertEqual((failure["key"], failure["class"]), ("mountain.jpg", "limit"))
        self.assertRegex(failure["reason"], r"takes 1\d\d MB of memory, more than the limit of 100 MB")

    def test_the_heaviest_runs_alone(self):
        """It needs more than half of the budget; nothing else may be decoded beside it, and all are made."""
        sizes = self.add_photographs(10, 500)
        sizes.update(self.add_progressive("mountain.jpg", 6000))
        config = self.configure(workers={"count": 2}, limits={"memory": "140M"})
        run = self.run_to_end(config, "--log-level", "debug")
        self.assert_all_made(sizes)
        self.assertEqual(run.stderr.count("waiting for memory"), 1, run.stderr)


class TestTime(DirectoryCase):
    outputs = SMALL_OUTPUTS

    def test_images_that_take_long_leave_an_imager_for_the_others(self):
        """All imagers but one may decode such images while there are others."""
        sizes = {}
        for name in ("a-1.png", "a-2.png"):
            self.add(name, slow_png(12000, 10000))
            sizes[name] = (12000, 10000)
        sizes.update(self.add_photographs(30, 120))
        self.age_originals()
        config = self.configure(workers={"count": 2}, limits={"max_pixels": "400M", "max_source_bytes": "1G"})
        run = self.run_to_end(config, "--log-level", "debug")
        self.assert_all_made(sizes)
        begun = re.findall(r"memory granted key=(\S+) heavy=(\d+) light=(\d+)", run.stderr)
        self.assertEqual({key for key, _, _ in begun}, {"a-1.png", "a-2.png"})
        for key, heavy, light in begun:
            self.assertTrue(heavy == "0" or light == "0", run.stderr)


class TestLargeAnimation(DirectoryCase):
    """libvips would decode it into a temporary file, which no imager can make."""

    outputs = [{"name": "thumb", "width": 64, "format": "webp", "frames": "all"}]

    def setUp(self):
        super().setUp()
        frames = [Image.new("RGB", (1000, 1000), (200 * (number % 2), 90, 5 * number)) for number in range(45)]
        self.add("long.webp", encode(frames[0], "webp", save_all=True, append_images=frames[1:], duration=50))

    def test_an_animation_of_more_than_100_mb_is_made_in_memory(self):
        self.run_to_end(self.configure(limits={"memory": "400M"}))
        (key,) = self.made()
        with Image.open(io.BytesIO(self.read(key))) as image:
            self.assertEqual((image.n_frames, image.size), (45, (64, 64)))

    def test_what_it_takes_is_foretold(self):
        run = self.run_to_end(self.configure(limits={"memory": "100M"}), expect=1)
        (failure,) = run.report["failures"]
        self.assertEqual(failure["class"], "limit", failure)
        self.assertRegex(failure["reason"], r"takes \d+ MB of memory, more than the limit of 100 MB")


if __name__ == "__main__":
    unittest.main()
