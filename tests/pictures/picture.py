"""The picture that the corpus shows, in 16 bits a sample, and ways to look at it.

It is smooth, so that neither the kernel that reduces it nor a lossy format matters, and has no symmetry, so that an
orientation that is wrong cannot pass. Above are colours up to the corners of their space, which fade into a ramp of greys at the
bottom.
"""

WIDTH, HEIGHT = 128, 96
TOP = 65535


class Picture:
    """pixels: (red, green, blue, alpha) row by row, each from 0 to 65535."""

    def __init__(self, width, height, pixels):
        self.width, self.height, self.pixels = width, height, pixels

    def map(self, change):
        return Picture(self.width, self.height, [change(*pixel) for pixel in self.pixels])

    def rows(self):
        return [self.pixels[y * self.width : (y + 1) * self.width] for y in range(self.height)]

    def crop(self, left, top, width, height):
        return Picture(width, height, [p for row in self.rows()[top : top + height] for p in row[left : left + width]])

    def turned(self, orientation):
        """As it is to be shown if it is stored under this EXIF orientation, 1 to 8."""
        rows = self.rows()
        if orientation in (5, 6, 7, 8):
            rows = [list(row) for row in zip(*rows)]
        if orientation in (2, 3, 6, 7):
            rows = [row[::-1] for row in rows]
        if orientation in (3, 4, 7, 8):
            rows = rows[::-1]
        return Picture(len(rows[0]), len(rows), [pixel for row in rows for pixel in row])


def colours(width=WIDTH, height=HEIGHT):
    pixels = []
    for y in range(height):
        for x in range(width):
            u, v = x / (width - 1), y / (height - 1)
            across, down = min(1, u * 1.1), min(1, v * 1.6)
            blue = (1 - across) * (1 - down) + across * down
            greyness = min(1, max(0, (v - 0.55) / 0.35))
            greyness *= greyness * (3 - 2 * greyness)
            pixels.append(tuple(round(TOP * (c + (u - c) * greyness)) for c in (across, down, blue)) + (TOP,))
    return Picture(width, height, pixels)


def muted_colour(r, g, b):
    mean = (r + g + b) // 3
    return tuple((c + 2 * mean) // 3 for c in (r, g, b))


def muted(picture):
    """Within sRGB in every colour space of the corpus. Chromium multiplies by alpha before it clips: what is both transparent and
    outside of sRGB becomes brighter there than any colour is."""
    return picture.map(lambda r, g, b, a: (*muted_colour(r, g, b), a))


def with_alpha(picture):
    """Transparent at the lower left, opaque at the upper right, and everything between."""
    pixels = []
    for y, row in enumerate(picture.rows()):
        for x, (r, g, b, _) in enumerate(row):
            alpha = 0.9 * (x / (picture.width - 1) + 1 - y / (picture.height - 1)) - 0.3
            pixels.append((r, g, b, round(min(1, max(0, alpha)) * TOP)))
    return Picture(picture.width, picture.height, pixels)


def with_hole(picture):
    """Wholly transparent in a rectangle, opaque elsewhere."""
    pixels = []
    for y, row in enumerate(picture.rows()):
        for x, (r, g, b, _) in enumerate(row):
            hole = 24 <= x < 60 and 8 <= y < 40
            pixels.append((r, g, b, 0 if hole else TOP))
    return Picture(picture.width, picture.height, pixels)


def premultiplied(picture):
    return picture.map(lambda r, g, b, a: (r * a // TOP, g * a // TOP, b * a // TOP, a))


def grey(picture):
    """Red, green and blue are the same mean of them."""

    def mean(r, g, b, a):
        value = (r + 2 * g + b) // 4
        return value, value, value, a

    return picture.map(mean)


def to_depth(value, bits):
    """A 16-bit sample in fewer bits."""
    top = (1 << bits) - 1
    return (value * top + TOP // 2) // TOP


def from_depth(value, bits):
    return value * TOP // ((1 << bits) - 1)


def rounded(picture, bits):
    """The picture that is left when its colours have been stored in so many bits."""
    return picture.map(lambda r, g, b, a: tuple(from_depth(to_depth(c, bits), bits) for c in (r, g, b)) + (a,))


LEVELS = {2: (1, 2, 1), 4: (2, 2, 1), 16: (2, 4, 2), 252: (6, 7, 6)}


def indexed(picture, entries):
    """(palette of 8-bit colours, an index for each pixel): even levels of red, green and blue."""
    counts = LEVELS[entries]

    def spread(level, count):
        return 128 if count == 1 else level * 255 // (count - 1)

    palette = [(spread(r, counts[0]), spread(g, counts[1]), spread(b, counts[2]))
               for r in range(counts[0]) for g in range(counts[1]) for b in range(counts[2])]
    indices = []
    for pixel in picture.pixels:
        r, g, b = (min(count - 1, value * count // (TOP + 1)) for value, count in zip(pixel, counts))
        indices.append((r * counts[1] + g) * counts[2] + b)
    return palette, indices
