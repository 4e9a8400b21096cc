"""What a hostile uploader puts among the originals: keys, bytes and links. Each attempt says what must come of it.

    MADE      its outputs are made, as of any other object
    REFUSED   it fails alone, with class input or limit
    EITHER    it is made, perhaps with a warning, or fails like that: no two libraries agree
    IGNORED   it is no original at all
"""

import io
import os
import struct
import zlib

from PIL import Image

MADE, REFUSED, EITHER, IGNORED = "made", "refused", "either", "ignored"
CONTROLS = "\x1b]0;owned\x07\x1b[2J"


def image(kind="JPEG"):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(data, kind)
    return data.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks, width=8, height=8, bits=8, colour=2):
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


PIXELS = chunk(b"IDAT", zlib.compress(b"\0" * 25 * 8))


def tiff(entries, following=0, offset=8):
    """A little-endian TIFF of one directory; entries: (tag, type, count, value)."""
    data = b"II*\0" + struct.pack("<I", offset) + struct.pack("<H", len(entries))
    for entry in entries:
        data += struct.pack("<HHII", *entry)
    return data + struct.pack("<I", following)


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg_with(*segments):
    return image()[:2] + b"".join(segments) + image()[2:]


def frame(height, width):
    return b"\xff\xd8" + segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00") + b"\xff\xd9"


EXIF_CYCLE = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0"

# {what it is: (bytes, what must come of it)}; each is named .jpg, whatever it is
BYTES = {
    "nothing": (b"", REFUSED),
    "one byte": (b"\xff", REFUSED),
    "zeros": (bytes(4096), REFUSED),
    "text": (b"This is no image. " * 100, REFUSED),
    "html": (b"<!doctype html><script>alert(1)</script>", REFUSED),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', REFUSED),
    "svg with an entity": (b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', REFUSED),
    "pdf": (b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n", REFUSED),
    "postscript": (b"%!PS\n(/etc/passwd) (r) file\n", REFUSED),
    "eps": (b"\xc5\xd0\xd3\xc6" + bytes(60), REFUSED),
    "mvg": (b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/x'\npop graphic-context\n", REFUSED),
    "msl": (b'<?xml version="1.0"?><image><read filename="/etc/passwd"/></image>', REFUSED),
    "shell script": (b"#!/bin/sh\ntouch /tmp/owned\n", REFUSED),
    "elf": (b"\x7fELF\x02\x01\x01" + bytes(200), REFUSED),
    "zip": (b"PK\x03\x04" + bytes(100), REFUSED),
    "gzip": (zlib.compress(bytes(100000)), REFUSED),
    "vips": (b"\xb6\xa6\xf2\x08" + bytes(100), REFUSED),
    "vips, other order": (b"\x08\xf2\xa6\xb6" + bytes(100), REFUSED),
    "ppm": (b"P6 99999999 99999999 255\n" + bytes(30), REFUSED),
    "pfm": (b"PF\n8 8\n-1.0\n" + bytes(768), REFUSED),
    "hdr": (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8 +X 8\n" + bytes(300), REFUSED),
    "fits": (b"SIMPLE  =                    T" + b" " * 2850, REFUSED),
    "matlab": (b"MATLAB 5.0 MAT-file" + bytes(200), REFUSED),
    "nifti": (b"\x5c\x01\0\0" + bytes(348), REFUSED),
    "exr": (b"\x76\x2f\x31\x01" + bytes(200), REFUSED),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100), REFUSED),
    "jpeg xl": (b"\xff\x0a" + bytes(100), REFUSED),
    "bmp": (b"BM" + bytes(100), REFUSED),
    "ico": (b"\0\0\x01\0\x01\0" + bytes(100), REFUSED),
    "tga": (b"\0\0\x02" + bytes(100), REFUSED),
    "psd": (b"8BPS\0\x01" + bytes(100), REFUSED),
    "dicom": (bytes(128) + b"DICM" + bytes(100), REFUSED),
    "csv": (b"1,2,3\n4,5,6\n", REFUSED),
    "jpeg, first half": (image()[:len(image()) // 2], REFUSED),
    "jpeg, head only": (image()[:20], REFUSED),
    "jpeg of 65535 x 65535": (frame(65535, 65535), REFUSED),
    "jpeg of 0 x 0": (frame(0, 0), REFUSED),
    "jpeg of no height": (frame(0, 64), REFUSED),
    "jpeg, then a program": (image() + b"\x7fELF" + bytes(4000), EITHER),
    "jpeg, then a zip": (image() + b"PK\x03\x04" + bytes(4000), EITHER),
    "jpeg, exif that is its own": (jpeg_with(segment(0xE1, EXIF_CYCLE)), EITHER),
    "jpeg, exif of nonsense": (jpeg_with(segment(0xE1, b"Exif\0\0" + b"\xff" * 60000)), EITHER),
    "jpeg, xmp of nonsense": (jpeg_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"<" * 60000)), EITHER),
    "jpeg, profile of nonsense": (jpeg_with(segment(0xE2, b"ICC_PROFILE\0\x01\x01" + b"\xff" * 60000)), EITHER),
    "jpeg, profile of 255 parts": (jpeg_with(*(segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) + b"x") for n in range(1, 256))), EITHER),
    "jpeg, photoshop of nonsense": (jpeg_with(segment(0xED, b"Photoshop 3.0\x008BIM" + b"\xff" * 60000)), EITHER),
    "jpeg, 10,000 comments": (jpeg_with(*([segment(0xFE, b"x")] * 10000)), EITHER),
    "png of 2^31 - 1 sides": (png(PIXELS, width=2**31 - 1, height=2**31 - 1), REFUSED),
    "png of 0 sides": (png(PIXELS, width=0, height=0), REFUSED),
    "png without pixels": (png(), REFUSED),
    "png, first half": (image("PNG")[:60], REFUSED),
    "png, 16 bits of palette": (png(PIXELS, bits=16, colour=3), REFUSED),
    "png, a million chunks": (png(*([chunk(b"teSt", b"")] * 1000000), PIXELS), EITHER),
    "png, text that unfolds": (png(chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200 << 20), 9)), PIXELS), EITHER),
    "png, profile that unfolds": (png(chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(200 << 20), 9)), PIXELS), EITHER),
    "png, pixels that unfold": (png(chunk(b"IDAT", zlib.compress(bytes(200 << 20), 9))), EITHER),
    "gif of 0 x 0": (b"GIF89a" + bytes(7) + b";", REFUSED),
    "gif of 65535 x 65535": (b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";", REFUSED),
    "gif without frames": (b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0, 0, 0) + b";", REFUSED),
    "tiff, a circle": (tiff([(256, 3, 1, 8), (257, 3, 1, 8)], following=8), REFUSED),
    "tiff, nothing in it": (tiff([]), REFUSED),
    "tiff, far away": (tiff([], offset=0xFFFFFFF0), REFUSED),
    "tiff of 2^32 - 1 sides": (tiff([(256, 4, 1, 2**32 - 1), (257, 4, 1, 2**32 - 1), (258, 3, 1, 8), (273, 4, 1, 8)]), REFUSED),
    "tiff, its own subdirectory": (tiff([(256, 3, 1, 8), (257, 3, 1, 8), (330, 4, 1, 8)]), REFUSED),
    "tiff, big, a circle": (b"II+\0\x08\0\0\0" + struct.pack("<QQQ", 16, 0, 16), REFUSED),
    "webp, head only": (b"RIFF\x20\0\0\0WEBPVP8 ", REFUSED),
    "webp, larger than it is": (b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff/" + bytes(50), REFUSED),
    "webp, first half": (image("WEBP")[:40], REFUSED),
    "avif, boxes in themselves": (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + b"\0\0\0\x08meta" * 3000, REFUSED),
    "avif, a box of 2^64": (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1\0\0\0\x01meta" + b"\xff" * 8, REFUSED),
    "heic, head only": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", REFUSED),
}

# Keys, each of a good image.
KEYS = [
    f"controls {CONTROLS}.jpg", "line\nbreak level=error.jpg", "return\rback.jpg", "tab\there.jpg", "bell\x07.jpg",
    "right \u202egpj.exe.jpg", "isolate \u2066x\u2069.jpg", "line separator \u2028.jpg", "c1 \u009b31m.jpg", "bom \ufeff.jpg",
    'quotes " class=input level=error.jpg', "single ' quotes.jpg", "equals=sign key=value.jpg", "back\\slash\\n.jpg",
    "$(touch owned).jpg", "`touch owned`.jpg", "; touch owned ;.jpg", "| touch owned.jpg", "&& touch owned.jpg", "-rf.jpg",
    "--help.jpg", "~root.jpg", "*.jpg", "?.jpg", "[a-z].jpg", "{output}.jpg", "{dir}{stem}.jpg", "%s%n%n%n.jpg", "%00.jpg",
    "%2e%2e%2fescape.jpg", "..jpg", "...jpg", "..a/..b.jpg", "a/.hidden/.b.jpg", " leading.jpg", "trailing .jpg", "dot..jpg",
    "query?root=0&x=#y.jpg", "con.jpg", "thumbmill-doctor-0123456789abcdef.jpg", "index.html.jpg", "a" * 245 + ".jpg",
    "d/" * 100 + "x.jpg", "ünï cödé 日本語 😀.jpg", "combining " + "\u0301" * 40 + ".jpg", "<b>&amp;.jpg", "a,b;c:d@e!.jpg",
    "UPPER.JPG",
]

# Names that no text has, as the file system gives them.
RAW_KEYS = [b"latin \xe9.jpg", b"half \xf0\x9f.jpg", b"surrogate \xed\xa0\x80.jpg", b"overlong \xc0\xaf.jpg"]

# Names that are never originals.
NO_KEYS = [".thumbmill-0123456789abcdef.tmp", "a.jpg.exe", "a.svg", "noextension"]


def links(outside):
    """{name: where a symbolic link leads}: none of it is an original."""
    return {
        "passwd.jpg": "/etc/passwd", "shadow.jpg": "/etc/shadow", "environ.jpg": "/proc/self/environ", "mem.jpg": "/proc/self/mem",
        "exe.jpg": "/proc/self/exe", "zero.jpg": "/dev/zero", "random.jpg": "/dev/urandom", "tty.jpg": "/dev/tty",
        "stdin.jpg": "/dev/stdin", "kmsg.jpg": "/dev/kmsg", "self.jpg": "self.jpg", "dangling.jpg": "nowhere",
        "secret.jpg": os.path.join(outside, "secret.jpg"), "up.jpg": "../outside/secret.jpg", "by-folder": outside,
        "root": "/", "fd": "/proc/self/fd", "cwd": "/proc/self/cwd", "loop-a": "loop-b", "loop-b": "loop-a",
    }
