"""Writes ICC profiles: matrix and curves, grey, and tables. ICC.1:2010 (version 4), ICC.1:2001-04 (version 2)."""

import struct

D50 = (0.9642, 1.0, 0.8249)
D65 = (0.3127, 0.3290)
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))

SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
PROPHOTO = ((0.734699, 0.265301), (0.159597, 0.840403), (0.036598, 0.000105))
PROPHOTO_WHITE = (0.345704, 0.358540)
REC2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def multiply(a, b):
    return tuple(tuple(sum(a[i][k] * b[k][j] for k in range(3)) for j in range(3)) for i in range(3))


def apply(matrix, vector):
    return tuple(sum(row[k] * vector[k] for k in range(3)) for row in matrix)


def inverse(m):
    (a, b, c), (d, e, f), (g, h, i) = m
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    adjugate = ((e * i - f * h, c * h - b * i, b * f - c * e), (f * g - d * i, a * i - c * g, c * d - a * f),
                (d * h - e * g, b * g - a * h, a * e - b * d))  # fmt: skip
    return tuple(tuple(value / determinant for value in row) for row in adjugate)


def xyz(x, y):
    return x / y, 1.0, (1 - x - y) / y


def to_pcs(primaries, white):
    """The matrix of linear colours to XYZ under D50 (by Bradford's adaptation)."""
    columns = tuple(zip(*(xyz(*primary) for primary in primaries)))
    scale = apply(inverse(columns), xyz(*white))
    matrix = tuple(tuple(row[i] * scale[i] for i in range(3)) for row in columns)
    here, there = apply(BRADFORD, xyz(*white)), apply(BRADFORD, D50)
    gains = tuple(tuple(there[i] / here[i] if i == j else 0.0 for j in range(3)) for i in range(3))
    return multiply(multiply(multiply(inverse(BRADFORD), gains), BRADFORD), matrix)


def s15(value):
    return struct.pack(">i", round(value * 65536))


def xyz_tag(values):
    return b"XYZ \0\0\0\0" + b"".join(map(s15, values))


def gamma_tag(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def parametric_tag(values):
    """Type 3, as sRGB's: (gamma, a, b, c, d)."""
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(map(s15, values))


def table_tag(gamma, count=256):
    values = [round((i / (count - 1)) ** gamma * 65535) for i in range(count)]
    return b"curv\0\0\0\0" + struct.pack(f">I{count}H", count, *values)


def text_tag(text):
    return b"text\0\0\0\0" + text + b"\0"


def description_tag(text):
    """Version 2's."""
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(4 + 4 + 2 + 1 + 67)


def localized_tag(text):
    """Version 4's."""
    utf16 = text.decode().encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(utf16), 28) + utf16


def assemble(space, tags, *, version=2, kind=b"mntr", pcs=b"XYZ ", intent=0):
    tags = [(b"desc", (description_tag if version == 2 else localized_tag)(b"thumbmill test")),
            (b"cprt", text_tag(b"public domain") if version == 2 else localized_tag(b"public domain")),
            (b"wtpt", xyz_tag(D50))] + tags
    offset, table, bodies, placed = 128 + 4 + 12 * len(tags), b"", b"", {}
    for name, body in tags:
        if body not in placed:
            placed[body] = offset + len(bodies)
            bodies += body + b"\0" * (-len(body) % 4)
        table += name + struct.pack(">II", placed[body], len(body))
    size = offset + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", version << 24, kind, space, pcs)
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(4) + bytes(4) + bytes(4) + bytes(4) + bytes(8)
    header += struct.pack(">I", intent) + b"".join(map(s15, D50)) + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + bodies


def matrix_profile(primaries, curve, *, white=D65, version=2, order=(0, 1, 2)):
    """order: which of red, green and blue each channel is."""
    matrix = to_pcs(primaries, white)
    columns = [tuple(row[i] for row in matrix) for i in order]
    tags = [(name, xyz_tag(column)) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns)]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return assemble(b"RGB ", tags, version=version)


def grey_profile(curve, *, version=2):
    return assemble(b"GRAY", [(b"kTRC", curve)], version=version)


def lab(values):
    """CIELAB under D50 of XYZ."""
    f = [v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (a / b for a, b in zip(values, D50))]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def lab16(values):
    """In version 4's 16 bits."""
    l, a, b = values
    return tuple(min(65535, max(0, round(v))) for v in (l * 65535 / 100, (a + 128) * 257, (b + 128) * 257))


def rgb_to_lab(primaries, gamma):
    matrix = to_pcs(primaries, D65)
    return lambda r, g, b: lab(apply(matrix, (r**gamma, g**gamma, b**gamma)))


def lut_tag(convert, channels, grid):
    """lutAToBType: convert(channels from 0 to 1) is Lab; the first channel varies least. All its curves are straight."""
    values = []
    for number in range(grid**channels):
        values += lab16(convert(*(number // grid ** (channels - 1 - i) % grid / (grid - 1) for i in range(channels))))
    straight = b"curv" + bytes(8)
    table = bytes([grid] * channels).ljust(16, b"\0") + b"\2\0\0\0" + struct.pack(f">{len(values)}H", *values)
    table += b"\0" * (-len(table) % 4)
    table_at = 32 + 3 * len(straight)
    places = struct.pack(">5I", 32, 0, 0, table_at, table_at + len(table))
    return b"mAB \0\0\0\0" + bytes((channels, 3, 0, 0)) + places + 3 * straight + table + channels * straight


def lut_profile(convert, *, channels=3, grid=17, space=b"RGB ", others=None, kind=b"mntr"):
    """convert: of the perceptual table; others: of those of the relative and the saturation intent, or None for no such tables.

    Of version 4, since Chromium takes the Lab of lut16Type, version 2's, for that of version 4, which is 0.4 % less."""
    tags = [(b"A2B0", lut_tag(convert, channels, grid))]
    if others:
        table = lut_tag(others, channels, grid)
        tags += [(b"A2B1", table), (b"A2B2", table)]
    return assemble(space, tags, version=4, kind=kind, pcs=b"Lab ")
