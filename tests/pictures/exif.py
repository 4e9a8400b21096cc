"""Writes EXIF: a TIFF header and one directory."""

import struct


def exif(orientation, order="<"):
    """Only the orientation, 1 to 8. order: as of struct."""
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 0)
