#!/usr/bin/python3
"""The outputs of bench/images made with Pillow: images_in_pillow.py SIZE[,SIZE...] FILE...

One decode for all outputs, largest first: draft() lets JPEG shrink on load, reducing_gap as Pillow advises."""

import io
import sys

from PIL import Image

sizes = [int(size) for size in sys.argv[1].split(",")]
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        source = io.BytesIO(file.read())
    image = Image.open(source)
    for side in sizes:
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        image.save(io.BytesIO(), "JPEG", quality=80)
