"""The corpus: every format, depth, profile, alpha and orientation that thumbmill reads, made anew each time, always the same.

corpus() is a list of Entry. Their folders are the kinds that the table of differences counts.
"""

import os
import re
from typing import NamedTuple, Optional

from . import avifs, gifs, jpegs, pngs, tiffs, webps

HERE = os.path.dirname(os.path.realpath(__file__))
CASES, EXPECTED = os.path.join(HERE, "..", "imaging", "cases"), os.path.join(HERE, "expected")

IMAGE = re.compile(r"\.(jpg|png|webp|gif|tif|heic|avif)$")


class Entry(NamedTuple):
    name: str  # kind/file.ext
    data: bytes
    shown: Optional[bytes] = None  # a PNG that stands for a file that Chromium does not show, or None
    moves: bool = False  # an animation

    @property
    def kind(self):
        return self.name.partition("/")[0]


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def cases():
    """Small files that once became wrong pictures. A PNG in expected/ stands for one that Chromium does not show."""
    for name in sorted(filter(IMAGE.search, os.listdir(CASES))):
        expected = os.path.join(EXPECTED, name + ".png")
        yield "cases/" + name, contents(os.path.join(CASES, name)), contents(expected) if os.path.exists(expected) else None


def corpus():
    entries = []
    for part in (pngs.files, jpegs.files, webps.stills, gifs.stills, avifs.files, tiffs.files, cases):
        entries += [Entry(*made) for made in part()]
    for part in (gifs.animations, webps.animations):
        entries += [Entry(*made, moves=True) for made in part()]
    return entries
