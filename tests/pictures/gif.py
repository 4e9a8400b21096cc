"""Writes GIF, frame by frame: position, transparency, disposal. https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

import struct

KEEP, NONE, BACKGROUND, PREVIOUS = 1, 0, 2, 3


def lzw(indices, bits):
    """Never a code that is longer than at the beginning: the table is cleared before it grows so far."""
    size, clear = bits + 1, 1 << bits
    value = count = 0
    for position, index in enumerate(indices):
        if position % (clear - 2) == 0:
            value |= clear << count
            count += size
        value |= index << count
        count += size
    value |= (clear + 1) << count
    count += size
    data = value.to_bytes((count + 7) // 8, "little")
    blocks = b"".join(bytes((len(data[i : i + 255]),)) + data[i : i + 255] for i in range(0, len(data), 255))
    return bytes((bits,)) + blocks + b"\0"


def padded(palette, bits):
    return bytes(value for entry in palette for value in entry) + bytes(3 * ((1 << bits) - len(palette)))


def interlaced_rows(height):
    return [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, height, step)]


def frame(width, height, indices, bits, *, left=0, top=0, palette=None, transparent=None, disposal=NONE, delay=60000,
          interlaced=False, control=True):
    """delay: in hundredths of a second; that of the tests is so long that the first frame is what is looked at."""
    data = b""
    if control:
        flags = disposal << 2 | (transparent is not None)
        data += b"!\xf9\4" + struct.pack("<BHBB", flags, delay, transparent or 0, 0)
    flags = (0x80 | bits - 1 if palette else 0) | (0x40 if interlaced else 0)
    data += b"," + struct.pack("<HHHHB", left, top, width, height, flags)
    if palette:
        data += padded(palette, bits)
    if interlaced:
        rows = [indices[y * width : (y + 1) * width] for y in interlaced_rows(height)]
        indices = [index for row in rows for index in row]
    return data + lzw(indices, max(2, bits))


def write(width, height, frames, *, palette=None, bits=8, background=0, loop=True, version=b"GIF89a"):
    data = version + struct.pack("<HHBBB", width, height, 0x70 | (0x80 | bits - 1 if palette else 0), background, 0)
    if palette:
        data += padded(palette, bits)
    if loop and len(frames) > 1:
        data += b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0"
    return data + b"".join(frames) + b";"
