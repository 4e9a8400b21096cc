"""Compares originals with outputs as Chromium draws both, at the same size on the same coloured ground.

A Pair is shown side by side; the difference of a pair is that of its worst cell, of 8 x 8, as the mean of all its pixels in the
channel that differs most, from 0 to 255. Chromium decodes both sides, so that no other decoder is believed.
"""

import base64
import html
import json
import os
import urllib.parse
from typing import NamedTuple

from PIL import Image, ImageChops

CELLS = 8
LIMIT = 4  # a difference of this much, or more, is another picture
GROUND = "rgb(190, 90, 170)"
PAGE_WIDTH, PAGE_HEIGHT = 1600, 1600
LARGEST = 256  # what is larger is shown reduced to this
GAP = 4
TRIES = 6  # of a pair that differs
NOT_SHOWN = "Chromium does not show the original"


class Pair(NamedTuple):
    """One original and one output, as paths, and the output's size in pixels."""

    label: object
    original: str
    output: str
    size: tuple
    same_size: bool  # the original must measure what the output does


def shown_size(size):
    scale = min(1, LARGEST / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


class Sheet:
    """Places for rectangles on pages, row by row."""

    def __init__(self):
        self.pages = [[]]
        self.x = self.y = self.row = 0

    def place(self, item, width, height):
        if self.x + width > PAGE_WIDTH:
            self.x, self.y, self.row = 0, self.y + self.row + GAP, 0
        if self.y + height > PAGE_HEIGHT:
            self.pages.append([])
            self.x = self.y = self.row = 0
        self.pages[-1].append((item, self.x, self.y))
        self.x, self.row = self.x + width + GAP, max(self.row, height)


def cell_means(image, cells=CELLS):
    return image.resize((min(cells, image.width), min(cells, image.height)), Image.Resampling.BOX)


def worst_cell(left, right, reduced=False):
    """The difference of two images of one size. Of reduced ones, whose edges depend on the kernel, the means of larger cells are
    compared, which hardly do."""
    if reduced:
        means = ImageChops.difference(cell_means(left, CELLS // 2), cell_means(right, CELLS // 2))
    else:
        means = cell_means(ImageChops.difference(left, right))
    return max(high for _, high in means.getextrema())


def page_of(elements):
    style = f"body {{ margin: 0; background: {GROUND} }} img, canvas {{ position: absolute; max-width: none }}"
    return f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style><body>{''.join(elements)}"


def element(path, x, y, size):
    source = html.escape(urllib.parse.quote(path))
    return f'<img decoding=sync src="file://{source}" style="left: {x}px; top: {y}px; width: {size[0]}px; height: {size[1]}px">'


SETTLED = """(async () => {
  const images = [...document.images];
  await Promise.all(images.map(image => image.decode().catch(() => {})));
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return images.map(image => [image.naturalWidth, image.naturalHeight]);
})()"""


def compare_stills(browser, folder, pairs):
    """{label: difference, or in words why there is none}

    A pair that differs is shown again, on a smaller page: now and then Chromium paints nothing of an image, or a part of it, although
    decode() has said that it is ready (of 700 images, one in every other run). Files that differ do so each time."""
    found = {}
    for _ in range(TRIES):
        different = []
        sheet = Sheet()
        for pair in pairs:
            width, height = shown_size(pair.size)
            sheet.place(pair, 2 * width + GAP, height)
        for items in sheet.pages:
            sizes, drawn = draw(browser, folder, items)
            for number, (pair, x, y) in enumerate(items):
                sides = [drawn.crop(box) for box in boxes(pair, x, y)]
                found[pair.label] = judge(pair, sizes[2 * number], sizes[2 * number + 1], *sides)
                if is_different(found[pair.label]):
                    different.append(pair)
        pairs = different
    return found


def draw(browser, folder, items):
    """(the dimensions of all images, what the window shows) of a page."""
    elements = []
    for pair, x, y in items:
        size = shown_size(pair.size)
        elements += [element(pair.original, x, y, size), element(pair.output, x + size[0] + GAP, y, size)]
    path = os.path.join(folder, "page.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page_of(elements))
    browser.show(path, PAGE_WIDTH + 2 * LARGEST, PAGE_HEIGHT)
    return browser.evaluate(SETTLED), browser.screenshot()


def boxes(pair, x, y):
    """Where both sides are."""
    width, height = shown_size(pair.size)
    right = x + width + GAP
    return (x, y, x + width, y + height), (right, y, right + width, y + height)


def is_different(result):
    return not isinstance(result, int) or result >= LIMIT


def judge(pair, original, output, left, right):
    if tuple(output) != tuple(pair.size):
        return f"Chromium does not show the output: {output}, should be {pair.size}"
    if original == [0, 0]:
        return NOT_SHOWN
    if pair.same_size and original != output:
        return f"the original is {original[0]} x {original[1]}, the output {output[0]} x {output[1]}"
    return worst_cell(left, right, not pair.same_size)


# Animations, frame by frame. Each frame becomes a canvas of its own, on the page's ground.

FRAMES = """(async () => {
  const ground = %s, gap = %d, files = %s;
  const found = [];
  document.body.replaceChildren();
  let y = 0;
  for (const [type, data] of files) {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const decoder = new ImageDecoder({type, data: bytes});
    await decoder.tracks.ready;
    await decoder.completed;
    const frames = [];
    for (let i = 0; i < decoder.tracks.selectedTrack.frameCount; i++) {
      const image = (await decoder.decode({frameIndex: i})).image;
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.displayWidth, image.displayHeight];
      const context = canvas.getContext('2d');
      context.fillStyle = ground;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(image, 0, 0);
      canvas.style.cssText = `left: ${i * (canvas.width + gap)}px; top: ${y}px`;
      document.body.append(canvas);
      frames.push([image.displayWidth, image.displayHeight, image.duration]);
      image.close();
    }
    y += frames[0][1] + gap;
    found.push(frames);
  }
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return found;
})()"""
TYPES = {".gif": "image/gif", ".webp": "image/webp"}
ANIMATIONS_AT_ONCE = 10


def compare_animations(browser, folder, animations):
    """animations: (label, original, output), paths. {label: the worst frame's difference, or why there is none}"""
    path, found = os.path.join(folder, "page.html"), {}
    with open(path, "w", encoding="utf-8") as file:
        file.write(page_of([]))
    browser.show(path, PAGE_WIDTH, PAGE_HEIGHT)
    for start in range(0, len(animations), ANIMATIONS_AT_ONCE):
        some, files = animations[start : start + ANIMATIONS_AT_ONCE], []
        for _, *both in some:
            for name in both:
                with open(name, "rb") as file:
                    files.append((TYPES[os.path.splitext(name)[1]], base64.b64encode(file.read()).decode()))
        frames = browser.evaluate(FRAMES % (json.dumps(GROUND), GAP, json.dumps(files)))
        drawn, y = browser.screenshot(), 0
        for number, (label, _, _) in enumerate(some):
            original, output = frames[2 * number], frames[2 * number + 1]
            found[label] = judge_frames(original, output, drawn, y)
            y += original[0][1] + output[0][1] + 2 * GAP
    return found


def judge_frames(original, output, drawn, y):
    if len(original) != len(output):
        return f"{len(original)} frames became {len(output)}"
    worst = 0
    for number, (before, after) in enumerate(zip(original, output)):
        width, height, duration = before
        if after != before and len(original) > 1:
            return f"frame {number} of {width} x {height}, {duration} us became one of {after[0]} x {after[1]}, {after[2]} us"
        x, below = number * (width + GAP), y + height + GAP
        worst = max(worst, worst_cell(drawn.crop((x, y, x + width, y + height)), drawn.crop((x, below, x + width, below + height))))
    return worst
