"""Writes WebP: libwebp's stills (by Pillow), put into containers of every kind.
https://developers.google.com/speed/webp/docs/riff_container"""

import io
import struct

from PIL import Image

from .picture import to_depth

ICC, ALPHA, EXIF, ANIMATION = 0x20, 0x10, 0x08, 0x02


def chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def riff(data):
    return b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data


def uint24(value):
    return struct.pack("<I", value)[:3]


def image_of(picture, mode="RGBA"):
    """Pillow's, in 8 bits."""
    pixels = bytes(to_depth(value, 8) for pixel in picture.pixels for value in pixel[: len(mode)])
    return Image.frombytes(mode, (picture.width, picture.height), pixels)


def still(picture, *, lossless, alpha=False, quality=90):
    """The chunks of the image itself: VP8L, or VP8 with ALPH before it if there is alpha."""
    buffer = io.BytesIO()
    image_of(picture, "RGBA" if alpha else "RGB").save(buffer, "WEBP", lossless=lossless, quality=quality, method=4, exact=True)
    data, found = buffer.getvalue()[12:], b""
    while data:
        kind, size = data[:4], struct.unpack("<I", data[4:8])[0]
        size += size % 2
        if kind in (b"VP8 ", b"VP8L", b"ALPH"):
            found += data[: 8 + size]
        data = data[8 + size :]
    return found


def write(picture, *, lossless, alpha=False, profile=None, exif=None, extended=False, quality=90):
    """Plain if nothing needs more."""
    image = still(picture, lossless=lossless, alpha=alpha, quality=quality)
    if not (profile or exif or extended or image.startswith(b"ALPH")):
        return riff(image)
    flags = (ICC if profile else 0) | (EXIF if exif else 0) | (ALPHA if alpha else 0)
    data = extended_header(flags, picture.width, picture.height)
    data += chunk(b"ICCP", profile) if profile else b""
    data += image
    return riff(data + (chunk(b"EXIF", exif) if exif else b""))


def extended_header(flags, width, height):
    return chunk(b"VP8X", struct.pack("<I", flags) + uint24(width - 1) + uint24(height - 1))


def frame(picture, *, lossless=True, alpha=True, left=0, top=0, blend=True, dispose=False, delay_ms=600000):
    """left and top are even. dispose: to the background after it was shown."""
    data = uint24(left // 2) + uint24(top // 2) + uint24(picture.width - 1) + uint24(picture.height - 1) + uint24(delay_ms)
    data += bytes(((0 if blend else 2) | (1 if dispose else 0),))
    return chunk(b"ANMF", data + still(picture, lossless=lossless, alpha=alpha))


def animation(width, height, frames, *, background=0xFFFFFFFF, alpha=True, profile=None):
    data = extended_header(ANIMATION | (ALPHA if alpha else 0) | (ICC if profile else 0), width, height)
    data += chunk(b"ICCP", profile) if profile else b""
    return riff(data + chunk(b"ANIM", struct.pack("<IH", background, 0)) + b"".join(frames))
