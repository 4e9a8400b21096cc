"""Writes baseline JPEG of any components, sampling and markers: what libjpeg writes only in the usual combinations.

The standard is ITU-T T.81; Adobe's marker is described in its "DCT filters" note 5116. Quantization is by 1, and the
Huffman tables are flat (every code of a table has the same length), which keeps the writer short.
"""

import math
import struct

from .picture import TOP

COSINES = [[math.cos((2 * x + 1) * u * math.pi / 16) * (math.sqrt(0.125) if u == 0 else 0.5) for x in range(8)] for u in range(8)]
ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8))
AC_SYMBOLS = [0x00, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 11)]


def segment(marker, data):
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jfif():
    return segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")


def adobe(transform):
    """0: the components are colours as they are; 1: YCbCr; 2: YCCK."""
    return segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def exif_segment(data):
    return segment(0xE1, b"Exif\0\0" + data)


def profile_segments(data, size=65000):
    """The profile in APP2 segments of up to so many bytes each."""
    parts = [data[i : i + size] for i in range(0, len(data), size)]
    return b"".join(segment(0xE2, b"ICC_PROFILE\0" + bytes((number, len(parts))) + part)
                    for number, part in enumerate(parts, 1))


def transform(block):
    """The DCT of 64 samples around 0, in zigzag order."""
    lines = [[sum(COSINES[u][x] * block[y * 8 + x] for x in range(8)) for u in range(8)] for y in range(8)]
    whole = [round(sum(COSINES[v][y] * lines[y][u] for y in range(8))) for v in range(8) for u in range(8)]
    return [whole[i] for i in ZIGZAG]


class Bits:
    def __init__(self):
        self.value, self.count = 0, 0

    def put(self, value, count):
        self.value = self.value << count | value
        self.count += count

    def number(self, value):
        """How T.81 F.1.2 writes a number whose size is known."""
        size = abs(value).bit_length()
        self.put(value if value > 0 else value + (1 << size) - 1, size)

    def stuffed(self):
        fill = -self.count % 8
        data = (self.value << fill | (1 << fill) - 1).to_bytes((self.count + fill) // 8, "big")
        return data.replace(b"\xff", b"\xff\0")


def put_block(bits, coefficients, before):
    difference = coefficients[0] - before
    bits.put(abs(difference).bit_length(), 4)
    bits.number(difference)
    run = 0
    last = max((i for i in range(1, 64) if coefficients[i]), default=0)
    for value in coefficients[1 : last + 1]:
        if not value and run < 15:
            run += 1
            continue
        size = abs(value).bit_length()
        bits.put(AC_SYMBOLS.index(run << 4 | size), 8)
        bits.number(value)
        run = 0
    if last < 63:
        bits.put(AC_SYMBOLS.index(0), 8)


def plane(rows, component, step_x, step_y):
    """One component's samples around 0, with the mean of each step_x x step_y of them."""
    area = step_x * step_y
    return [[sum(rows[y + j][x + i][component] for j in range(step_y) for i in range(step_x)) / area - 128
             for x in range(0, len(rows[0]), step_x)] for y in range(0, len(rows), step_y)]


def scan(rows, sampling, restart):
    """The entropy-coded data. rows: of each row its pixels, tuples of components from 0 to 255. Width and height are
    multiples of a unit's."""
    most_h, most_v = max(h for h, _ in sampling), max(v for _, v in sampling)
    planes = [plane(rows, i, most_h // h, most_v // v) for i, (h, v) in enumerate(sampling)]
    data, bits, before, units = b"", Bits(), [0] * len(sampling), 0
    if len(sampling) == 1:
        sampling = [(1, 1)]  # a scan of one component is never interleaved, whatever its factors
        most_h = most_v = 1
    for unit_y in range(len(rows) // (8 * most_v)):
        for unit_x in range(len(rows[0]) // (8 * most_h)):
            if restart and units and units % restart == 0:
                data += bits.stuffed() + bytes((0xFF, 0xD0 + (units // restart - 1) % 8))
                bits, before = Bits(), [0] * len(sampling)
            for i, (h, v) in enumerate(sampling):
                for y in range(unit_y * v, unit_y * v + v):
                    for x in range(unit_x * h, unit_x * h + h):
                        block = [value for row in planes[i][y * 8 : y * 8 + 8] for value in row[x * 8 : x * 8 + 8]]
                        coefficients = transform(block)
                        put_block(bits, coefficients, before[i])
                        before[i] = coefficients[0]
            units += 1
    return data + bits.stuffed()


def assemble(width, height, data, sampling, *, ids=None, markers=b"", restart=0, end=True):
    """A file of what scan() made. sampling: (horizontal, vertical) of each component; end: with the end marker."""
    count = len(sampling)
    ids = ids or list(range(1, count + 1))
    frame = struct.pack(">BHHB", 8, height, width, count)
    frame += b"".join(bytes((name, h << 4 | v, 0)) for name, (h, v) in zip(ids, sampling))
    tables = b"\0" + bytes((0, 0, 0, 12)) + bytes(12) + bytes(range(12))
    tables += b"\x10" + bytes((0,) * 7 + (len(AC_SYMBOLS),) + (0,) * 8) + bytes(AC_SYMBOLS)
    heading = bytes((count,)) + b"".join(bytes((name, 0)) for name in ids) + b"\0\x3f\0"
    head = b"\xff\xd8" + markers + segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC0, frame) + segment(0xC4, tables)
    if restart:
        head += segment(0xDD, struct.pack(">H", restart))
    return head + segment(0xDA, heading) + data + (b"\xff\xd9" if end else b"")


def ycc(r, g, b):
    """JFIF's, of colours from 0 to 255."""
    luma = 0.299 * r + 0.587 * g + 0.114 * b
    return luma, 128 + (b - luma) / 1.772, 128 + (r - luma) / 1.402


def cmyk(r, g, b):
    """With as much black as goes: 0 is no ink. A colour is (1 - ink) (1 - black)."""
    most = max(r, g, b)
    inks = [255 * (most - colour) / most if most else 0 for colour in (r, g, b)]
    return (*inks, 255 - most)


def components(picture, kind):
    """kind: grey, rgb, ycc, cmyk (Adobe's: 255 is no ink) or ycck."""

    def of(r, g, b, _):
        r, g, b = (value * 255 / TOP for value in (r, g, b))
        if kind == "grey":
            return (g,)
        if kind == "rgb":
            return r, g, b
        if kind == "ycc":
            return ycc(r, g, b)
        inks = [255 - ink for ink in cmyk(r, g, b)]
        return (*inks,) if kind == "cmyk" else (*ycc(*inks[:3]), inks[3])

    return [[of(*pixel) for pixel in row] for row in picture.rows()]
