"""GIF: depths, interlacing, transparency, tables, and animations of every disposal."""

import itertools

from . import gif, picture

PICTURE = picture.colours()
SIZES = {1: 2, 2: 4, 4: 16, 8: 252}
DISPOSALS = {"none": gif.NONE, "keep": gif.KEEP, "background": gif.BACKGROUND, "previous": gif.PREVIOUS}
RED, GREEN, BLUE, WHITE, BLACK, CLEAR = range(6)
FLAGS = [(230, 40, 30), (30, 200, 60), (30, 60, 220), (255, 255, 255), (0, 0, 0), (120, 120, 120), (0, 0, 0), (0, 0, 0)]


def stills():
    size = PICTURE.width, PICTURE.height
    for bits, entries in SIZES.items():
        palette, indices = picture.indexed(PICTURE, entries)
        for interlaced, transparent in itertools.product((False, True), (None, 0)):
            name = f"{bits}bits{'-interlaced' if interlaced else ''}{'-transparent' if transparent is not None else ''}"
            options = {"interlaced": interlaced, "transparent": transparent}
            shared = [gif.frame(*size, indices, bits, **options)]
            yield f"gif/{name}.gif", gif.write(*size, shared, palette=palette, bits=bits)
            own = [gif.frame(*size, indices, bits, palette=palette, **options)]
            yield f"gif/{name}-own-palette.gif", gif.write(*size, own)
    palette, indices = picture.indexed(PICTURE, 16)
    plain = [gif.frame(*size, indices, 4, control=False)]
    yield "gif/gif87a.gif", gif.write(*size, plain, palette=palette, bits=4, version=b"GIF87a")
    part = [index for y in range(10, 50) for index in indices[y * size[0] + 20 : y * size[0] + 70]]
    for name, transparent, background in (("part", None, 0), ("part-background-7", None, 7), ("part-transparent", 0, 7)):
        inside = gif.frame(50, 40, part, 4, left=20, top=10, transparent=transparent)
        yield f"gif/{name}.gif", gif.write(*size, [inside], palette=palette, bits=4, background=background)


def disc(width, height, colour, outside):
    """Indices: an ellipse on another colour."""
    def is_in(x, y):
        return (2 * x / width - 1) ** 2 + (2 * y / height - 1) ** 2 < 0.8

    return [colour if is_in(x, y) else outside for y in range(height) for x in range(width)]


def animations():
    """Three frames: the first one whole or in part, transparent or not; both disposals vary, the background does too."""
    combinations = itertools.product(DISPOSALS, DISPOSALS, (True, False), (None, CLEAR))
    for first, second, covers, transparent in combinations:
        width, height, left, top = (96, 64, 0, 0) if covers else (60, 40, 20, 10)
        frames = [
            gif.frame(width, height, disc(width, height, RED, CLEAR), 3, left=left, top=top, transparent=transparent,
                      disposal=DISPOSALS[first]),
            gif.frame(40, 40, disc(40, 40, GREEN, CLEAR), 3, left=48, top=20, transparent=CLEAR, disposal=DISPOSALS[second]),
            gif.frame(30, 50, disc(30, 50, BLUE, CLEAR), 3, left=8, top=8, transparent=CLEAR),
        ]  # fmt: skip
        name = f"{first}-{second}-{'whole' if covers else 'part'}{'-transparent' if transparent is not None else ''}"
        yield f"gif-animation/{name}.gif", gif.write(96, 64, frames, palette=FLAGS, bits=3, background=WHITE)
    palettes = [gif.frame(96, 64, disc(96, 64, 1, 0), 1, palette=[colour, (255, 255, 255)]) for colour in FLAGS[:3]]
    yield "gif-animation/own-palettes.gif", gif.write(96, 64, palettes)
    yield "gif-animation/no-loop.gif", gif.write(96, 64, palettes, loop=False)
