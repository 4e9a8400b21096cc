"""Writes TIFF: any samples, photometric interpretation, layout and byte order. TIFF 6.0, and Adobe's supplements 1 and 2."""

import struct
import zlib

SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 3, 4, 5, 7, 16
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, SEPARATED, YCBCR, CIELAB, ICCLAB = 0, 1, 2, 3, 5, 6, 8, 9
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2
CODES = {SHORT: "H", LONG: "I", UNDEFINED: "B", LONG8: "Q"}


def packed(samples, bits, sample_format, order):
    """One row, or one plane's row."""
    if sample_format == FLOAT:
        return struct.pack(f"{order}{len(samples)}{ {16: 'e', 32: 'f', 64: 'd'}[bits] }", *samples)
    if bits in (8, 16, 32):
        code = {8: "B", 16: "H", 32: "I"}[bits]
        return struct.pack(f"{order}{len(samples)}{code.lower() if sample_format == SIGNED else code}", *samples)
    value = 0
    for sample in samples:
        value = value << bits | sample
    fill = -len(samples) * bits % 8
    return (value << fill).to_bytes((len(samples) * bits + fill) // 8, "big")


def packbits(row):
    data = b""
    for start in range(0, len(row), 128):
        part = row[start : start + 128]
        data += bytes((len(part) - 1,)) + part
    return data


def differences(row, channels, bits):
    top = 1 << bits
    return [(value - (row[i - channels] if i >= channels else 0)) % top for i, value in enumerate(row)]


def value_bytes(kind, values, order):
    if kind == RATIONAL:
        return b"".join(struct.pack(order + "II", *value) for value in values)
    return struct.pack(f"{order}{len(values)}{CODES[kind]}", *values)


def directory(entries, offset, order, big, following):
    """A directory at this offset, with what does not fit into its entries behind it."""
    count, room = len(entries), 8 if big else 4
    size = (8 + 20 * count + 8) if big else (2 + 12 * count + 4)
    body, data = struct.pack(order + ("Q" if big else "H"), count), b""
    for tag, (kind, values) in sorted(entries.items()):
        packed_values = value_bytes(kind, values, order)
        body += struct.pack(order + "HH" + ("Q" if big else "I"), tag, kind, len(values))
        if len(packed_values) <= room:
            body += packed_values.ljust(room, b"\0")
        else:
            body += struct.pack(order + ("Q" if big else "I"), offset + size + len(data))
            data += packed_values + b"\0" * (len(packed_values) % 2)
    end = offset + size + len(data)
    return body + struct.pack(order + ("Q" if big else "I"), end if following else 0) + data


def blocks(rows, bits, options):
    """The strips or tiles, each compressed. rows: of each row its samples, interleaved."""
    width, height, channels = options["width"], len(rows), options["channels"]
    tile_w, tile_h = options["tile"] or (width, options["strip"])

    def block(left, top, plane):
        data = b""
        for y in range(top, top + tile_h if options["tile"] else min(height, top + tile_h)):
            row = rows[min(y, height - 1)]
            pixels = [row[min(x, width - 1) * channels : min(x, width - 1) * channels + channels] for x in range(left, left + tile_w)]
            samples = [pixel[plane] for pixel in pixels] if plane is not None else [s for pixel in pixels for s in pixel]
            if options["predictor"]:
                samples = differences(samples, 1 if plane is not None else channels, bits)
            line = packed(samples, bits, options["format"], options["order"])
            data += packbits(line) if options["compression"] == 32773 else line
        return zlib.compress(data, 1) if options["compression"] == 8 else data

    planes = range(channels) if options["planar"] else [None]
    return [block(x, y, plane) for plane in planes for y in range(0, height, tile_h) for x in range(0, width, tile_w)]


def page(rows, channels, photometric, bits, *, sample_format=UNSIGNED, extra=(), compression=1, predictor=False, planar=False,
         tile=None, strip=16, orientation=None, profile=None, palette=None, order="<", tags=None, strips=None, width=None):
    """(entries but for the offsets, the blocks' data). rows: samples in their own scale; strips: data that is ready in the
    place of rows. tags: {tag: (type, values)} besides."""
    width = width or len(rows[0]) // channels
    options = {"width": width, "channels": channels, "tile": tile, "strip": strip, "predictor": predictor,
               "format": sample_format, "order": order, "compression": compression, "planar": planar}
    data = strips or blocks(rows, bits, options)
    entries = {256: (LONG, [width]), 257: (LONG, [len(rows)]), 258: (SHORT, [bits] * channels), 259: (SHORT, [compression]),
               262: (SHORT, [photometric]), 277: (SHORT, [channels]), 284: (SHORT, [2 if planar else 1])}
    if tile:
        entries.update({322: (LONG, [tile[0]]), 323: (LONG, [tile[1]])})
    else:
        entries[278] = (LONG, [strip])
    if sample_format != UNSIGNED:
        entries[339] = (SHORT, [sample_format] * channels)
    if extra:
        entries[338] = (SHORT, list(extra))
    if predictor:
        entries[317] = (SHORT, [2])
    if orientation:
        entries[274] = (SHORT, [orientation])
    if palette:
        entries[320] = (SHORT, [entry[i] * 257 for i in range(3) for entry in palette])
    if profile:
        entries[34675] = (UNDEFINED, profile)
    entries.update(tags or {})
    return entries, data, bool(tile)


def assemble(pages, *, order="<", big=False):
    """The blocks of all pages, then their directories, one after the other."""
    mark, kind = (b"II" if order == "<" else b"MM"), (LONG8 if big else LONG)
    body = b""
    first = 16 if big else 8
    heads = []
    for entries, data, tiled in pages:
        offsets, at = [], first + len(body)
        for part in data:
            offsets.append(at)
            at += len(part) + len(part) % 2
            body += part + b"\0" * (len(part) % 2)
        heads.append({**entries, (324 if tiled else 273): (kind, offsets), (325 if tiled else 279): (kind, list(map(len, data)))})
    start = first + len(body)
    for number, entries in enumerate(heads):
        body += directory(entries, first + len(body), order, big, number + 1 < len(heads))
    header = struct.pack(order + "HHHQ", 43, 8, 0, start) if big else struct.pack(order + "HI", 42, start)
    return mark + header + body


def write(rows, channels, photometric, bits, *, order="<", big=False, **options):
    """One page. options: as of page()."""
    return assemble([page(rows, channels, photometric, bits, order=order, **options)], order=order, big=big)
