"""Writes AVIF (by avifenc) and HEIC (by heif-enc), and gives a file the properties that heif-enc does not write.

Boxes are those of ISO/IEC 14496-12 (8.11) and 23008-12 (6.5)."""

import os
import struct
import subprocess
import tempfile


def encoded(command, suffix, files):
    """What the command makes of these files, {name: data}; it is told the target by -o."""
    with tempfile.TemporaryDirectory(prefix="thumbmill-heif-") as folder:
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        target = os.path.join(folder, "made" + suffix)
        ended = subprocess.run([*command, "-o", target], cwd=folder, capture_output=True, check=False, timeout=120)
        if ended.returncode or not os.path.exists(target):
            raise AssertionError(f"{command}: {ended.stdout!r} {ended.stderr!r}")
        with open(target, "rb") as file:
            return file.read()


def avif(source, *options, quality=4, **files):
    """Of a PNG. quality: quantizer from 0 (lossless if nothing else loses) to 63, without a meaning beside the option -l.
    files: what options name besides, each as its key."""
    q = str(quality)
    quantizers = [] if "-l" in options else ["--min", q, "--max", q, "--minalpha", "0", "--maxalpha", "0"]
    command = ["avifenc", "-s", "9", *quantizers, *options, "source.png"]
    return encoded(command, ".avif", {"source.png": source, **files})


def avif_sequence(first, second):
    """Two frames, the first of them for ten minutes."""
    command = ["avifenc", "-s", "9", "--min", "4", "--max", "4", "--timescale", "1", "--duration", "600", "1.png", "2.png"]
    return encoded(command, ".avif", {"1.png": first, "2.png": second})


def heic(source, *options):
    """Of a PNG, with its profile."""
    command = ["heif-enc", "-q", "99", "-p", "chroma=444", *options, "source.png"]
    return encoded(command, ".heic", {"source.png": source})


# Properties of the primary item


def boxes(data, start, end):
    """(type, start, end of content) of each box."""
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        yield kind, start, start + size
        start += size


def inner(data, path):
    """[(start, end)] of each box on the way to the last one of the path."""
    found, start, end = [], 0, len(data)
    for kind in path:
        start, end = next((a, b) for name, a, b in boxes(data, start, end) if name == kind)
        found.append((start, end))
        start += 12 if kind == b"meta" else 8
    return found


def shifted_locations(data, by):
    """The item locations, when `by` bytes have come in before the data that they point to."""
    start, _ = inner(data, [b"meta", b"iloc"])[-1]
    version = data[start + 8]
    sizes = struct.unpack_from(">H", data, start + 12)[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    count, at = (struct.unpack_from(">H", data, start + 14)[0], start + 16) if version < 2 else (
        struct.unpack_from(">I", data, start + 14)[0], start + 18)  # fmt: skip
    for _ in range(count):
        at += 2 if version < 2 else 4
        method = struct.unpack_from(">H", data, at)[0] & 15 if version else 0
        at += 2 if version else 0
        at += 2 + base_size
        extents, at = struct.unpack_from(">H", data, at)[0], at + 2
        for _ in range(extents):
            if method == 0:
                value = int.from_bytes(data[at : at + offset_size], "big") + by
                data[at : at + offset_size] = value.to_bytes(offset_size, "big")
            at += offset_size + length_size
    return data


def with_properties(data, added):
    """The file with these boxes (irot, imir, colr) as further properties of each item that has any, in their order."""
    data = bytearray(data)
    (meta, _), (iprp, _), (ipco, ipco_end) = inner(data, [b"meta", b"iprp", b"ipco"])
    ipma, ipma_end = inner(data, [b"meta", b"iprp", b"ipma"])[-1]
    known = len(list(boxes(data, ipco + 8, ipco_end)))
    version, wide = data[ipma + 8], data[ipma + 11] & 1
    count, at = struct.unpack_from(">I", data, ipma + 12)[0], ipma + 16
    body = bytes(data[ipma + 8 : ipma + 16])
    for _ in range(count):
        length = 2 if version < 1 else 4
        entries = data[at + length]
        size = entries * (2 if wide else 1)
        body += data[at : at + length] + bytes((entries + len(added),)) + data[at + length + 1 : at + length + 1 + size]
        for i in range(len(added)):
            index = known + 1 + i
            body += struct.pack(">H", 0x8000 | index) if wide else bytes((0x80 | index,))
        at += length + 1 + size
    new_ipma = struct.pack(">I4s", len(body) + 8, b"ipma") + body
    properties = b"".join(added)
    grown = len(properties) + len(new_ipma) - (ipma_end - ipma)
    data = shifted_locations(data, grown)
    for start, by in ((meta, grown), (iprp, grown), (ipco, len(properties))):
        struct.pack_into(">I", data, start, struct.unpack_from(">I", data, start)[0] + by)
    return bytes(data[:ipco_end] + properties + data[ipco_end:ipma] + new_ipma + data[ipma_end:])


def irot(quarters):
    """Anticlockwise."""
    return struct.pack(">I4sB", 9, b"irot", quarters)


def imir(axis):
    """0: top and bottom are exchanged; 1: left and right."""
    return struct.pack(">I4sB", 9, b"imir", axis)


def with_colours(data, primaries, transfer):
    """The file with these code points of H.273: in the nclx that newer versions of heif-enc write, of which an item may have one
    only, or else in a new one, for the matrix of BT.601 and full range."""
    codes = struct.pack(">HH", primaries, transfer)
    ipco, ipco_end = inner(data, [b"meta", b"iprp", b"ipco"])[-1]
    for kind, start, _ in boxes(data, ipco + 8, ipco_end):
        if kind == b"colr" and data[start + 8 : start + 12] == b"nclx":
            return data[: start + 12] + codes + data[start + 16 :]
    return with_properties(data, [box(b"colr", b"nclx", codes, struct.pack(">HB", 6, 0x80))])


# {EXIF's orientation: (irot, imir)}: first the rotation, then the mirror
TURNS = {1: (0, None), 2: (0, 1), 3: (2, None), 4: (0, 0), 5: (1, 0), 6: (3, None), 7: (1, 1), 8: (1, None)}


def turned(data, orientation):
    quarters, axis = TURNS[orientation]
    added = ([irot(quarters)] if quarters else []) + ([imir(axis)] if axis is not None else [])
    return with_properties(data, added)


# A photograph of a telephone: a grid of tiles


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full_box(kind, version, *parts):
    return box(kind, struct.pack(">I", version << 24), *parts)


def coded_tile(data):
    """(hvcC, ispe, coded bytes) of the first item of a HEIC, whose one extent lies in the file."""
    ipco, ipco_end = inner(data, [b"meta", b"iprp", b"ipco"])[-1]
    found = {}
    for kind, start, end in boxes(data, ipco + 8, ipco_end):
        found.setdefault(kind, data[start:end])
    iloc, _ = inner(data, [b"meta", b"iloc"])[-1]
    version, sizes = data[iloc + 8], struct.unpack_from(">H", data, iloc + 12)[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    at = iloc + 16 + (4 if version else 2) + 2
    base, at = int.from_bytes(data[at : at + base_size], "big"), at + base_size + 2
    offset = base + int.from_bytes(data[at : at + offset_size], "big")
    length = int.from_bytes(data[at + offset_size : at + offset_size + length_size], "big")
    return found[b"hvcC"], found[b"ispe"], data[offset : offset + length]


def grid(data, columns, rows):
    """A HEIC of columns x rows times the first tile of `data`, as telephones write them: an item for each tile, and one with as many
    references; and beside it a gain map, an auxiliary image that is such a grid too."""
    hvcc, ispe, tile = coded_tile(data)
    width, height = struct.unpack_from(">II", ispe, 12)
    n, size = columns * rows, (columns * width, rows * height)
    base, gains = n + 1, 2 * n + 2  # the items of the two grids, each after its tiles
    shape = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size)  # with fields of 32 bits
    items, locations, references, associations = [], [], [], []
    for item in range(1, gains + 1):
        is_grid = item in (base, gains)
        items.append(full_box(b"infe", 2, struct.pack(">HH", item, 0), b"grid\0" if is_grid else b"hvc1\0"))
        locations.append((item, 1, 0, len(shape)) if is_grid else (item, 0, None, len(tile)))
        own = (3,) if item == base else (3, 4) if is_grid else (0x81, 2)
        associations.append(struct.pack(">HB", item, len(own)) + bytes(own))
    for item, first in ((base, 1), (gains, base + 1)):
        references.append(box(b"dimg", struct.pack(f">HH{n}H", item, n, *range(first, first + n))))
    references.append(box(b"auxl", struct.pack(">HHH", gains, 1, base)))
    properties = (hvcc, ispe, full_box(b"ispe", 0, struct.pack(">II", *size)),
                  full_box(b"auxC", 0, b"urn:com:apple:photo:2020:aux:hdrgainmap\0"))

    def meta(offset):
        places = b"".join(struct.pack(">HHHHII", item, method, 0, 1, offset if at is None else at, length)
                          for item, method, at, length in locations)
        return full_box(
            b"meta", 0, full_box(b"hdlr", 0, struct.pack(">I4s12s", 0, b"pict", b""), b"\0"),
            full_box(b"pitm", 0, struct.pack(">H", base)), full_box(b"iinf", 0, struct.pack(">H", len(items)), *items),
            full_box(b"iref", 0, *references),
            box(b"iprp", box(b"ipco", *properties), full_box(b"ipma", 0, struct.pack(">I", len(associations)), *associations)),
            box(b"idat", shape), full_box(b"iloc", 1, struct.pack(">HH", 0x4400, len(locations)), places))  # fmt: skip

    start = box(b"ftyp", b"heic", struct.pack(">I", 0), b"mif1heic")
    return start + meta(len(start) + len(meta(0)) + 8) + box(b"mdat", tile)
