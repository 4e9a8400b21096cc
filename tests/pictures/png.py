"""Writes PNG in each colour type, depth and interlacing that the standard has. https://www.w3.org/TR/png-3/"""

import struct
import zlib

from .exif import exif
from .picture import TOP, indexed, muted_colour, to_depth

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_row(samples, bits):
    """Samples of 1 to 16 bits, one after the other, the first one in the highest bits."""
    if bits == 8:
        return bytes(samples)
    if bits == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    per_byte = 8 // bits
    samples = samples + [0] * (-len(samples) % per_byte)
    row = bytearray()
    for start in range(0, len(samples), per_byte):
        byte = 0
        for sample in samples[start : start + per_byte]:
            byte = byte << bits | sample
        row.append(byte)
    return bytes(row)


def scanlines(rows, bits, interlaced):
    """rows: of each row its pixels, each a tuple of samples."""
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b""
    for left, top, step_x, step_y in passes:
        for row in rows[top::step_y]:
            samples = [sample for pixel in row[left::step_x] for sample in pixel]
            if samples:
                data += b"\0" + packed_row(samples, bits)
    return data


def samples_of(picture, colour, bits):
    def reduce(r, g, b, a):
        pixel = {GREY: (g,), RGB: (r, g, b), GREY_ALPHA: (g, a), RGBA: (r, g, b, a)}[colour]
        return tuple(to_depth(value, bits) for value in pixel)

    return [[reduce(*pixel) for pixel in row] for row in picture.rows()]


def assemble(width, height, bits, colour, rows, *, interlaced=False, palette=None, transparent=None, chunks=()):
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    for kind, content in chunks:
        data += chunk(kind, content)
    if palette:
        data += chunk(b"PLTE", bytes(value for entry in palette for value in entry))
    if transparent is not None:
        data += chunk(b"tRNS", transparent)
    return data + chunk(b"IDAT", zlib.compress(scanlines(rows, bits, interlaced), 1)) + chunk(b"IEND", b"")


def write(picture, colour=RGB, bits=8, **options):
    """options: as of assemble()."""
    return assemble(picture.width, picture.height, bits, colour, samples_of(picture, colour, bits), **options)


def write_keyed(picture, colour, bits, **options):
    """Transparent where alpha is 0, by one colour that tRNS names and that nothing else has."""
    rows = samples_of(picture, colour, bits)
    key = (0,) * len(rows[0][0])
    for row, pixels in zip(rows, picture.rows()):
        for x, pixel in enumerate(pixels):
            if pixel[3] < TOP // 2:
                row[x] = key
            elif row[x] == key:
                row[x] = (1,) + key[1:]
    return assemble(picture.width, picture.height, bits, colour, rows, transparent=struct.pack(f">{len(key)}H", *key), **options)


def write_indexed(picture, entries, bits, *, alpha=None, mute=False, **options):
    """alpha: of the first entries of the palette. mute: as muted()."""
    palette, indices = indexed(picture, entries)
    palette = [muted_colour(*entry) for entry in palette] if mute else palette
    rows = [[(index,) for index in indices[y * picture.width : (y + 1) * picture.width]] for y in range(picture.height)]
    return assemble(picture.width, picture.height, bits, PALETTE, rows, palette=palette, transparent=alpha, **options)


def profile(data):
    """The iCCP chunk."""
    return b"iCCP", b"profile\0\0" + zlib.compress(data)


def orientation(value):
    """The eXIf chunk."""
    return b"eXIf", exif(value)
