"""TIFF, for which the PNG of the same pixels and profile stands, since Chromium shows none."""

import itertools

from . import icc, jpeg, picture, png, profiles, tiff
from .picture import TOP, to_depth

PICTURE = picture.colours()
GREYS = picture.grey(PICTURE)
SHEER = picture.with_alpha(PICTURE)
MUTED = picture.muted(SHEER)
WIDTH, HEIGHT = PICTURE.width, PICTURE.height


def rows_of(source, channels, scale):
    """channels: g, rgb, ga or rgba; scale(sample) is what the file holds of a 16-bit sample."""
    places = {"g": (0,), "ga": (0, 3), "rgb": (0, 1, 2), "rgba": (0, 1, 2, 3)}[channels]
    return [[scale(pixel[i]) for pixel in row for i in places] for row in source.rows()]


def scaled(bits):
    return lambda value: to_depth(value, bits)


def write(source, channels, bits, **options):
    """Grey or red, green and blue in so many bits."""
    photometric = options.pop("photometric", tiff.BLACK_IS_ZERO if channels[0] == "g" else tiff.RGB)
    return tiff.write(rows_of(source, channels, scaled(bits)), len(channels), photometric, bits, **options)


def grey_samples():
    for bits in (1, 2, 4, 8, 16, 32):
        rows = rows_of(GREYS, "g", scaled(bits))
        shown = png.write(GREYS, png.GREY, min(bits, 16))
        yield f"grey{bits}.tif", tiff.write(rows, 1, tiff.BLACK_IS_ZERO, bits), shown
        turned = [[(1 << bits) - 1 - value for value in row] for row in rows]
        yield f"grey{bits}-white-is-zero.tif", tiff.write(turned, 1, tiff.WHITE_IS_ZERO, bits), shown
    for bits in (10, 12, 14):
        yield f"grey{bits}.tif", write(GREYS, "g", bits), png.write(picture.rounded(GREYS, bits), png.GREY, 16)
    for bits in (16, 32, 64):
        rows = rows_of(GREYS, "g", lambda value: value / TOP)
        yield f"grey-float{bits}.tif", tiff.write(rows, 1, tiff.BLACK_IS_ZERO, bits, sample_format=tiff.FLOAT), png.write(
            GREYS, png.GREY, 16)  # fmt: skip


def colour_samples():
    for bits in (8, 16):
        yield f"rgb{bits}.tif", write(PICTURE, "rgb", bits), png.write(PICTURE, png.RGB, bits)
    shown = png.write(PICTURE, png.RGB, 16)
    yield "rgb32.tif", write(PICTURE, "rgb", 32), shown
    for bits in (2, 4, 12):
        yield f"rgb{bits}.tif", write(PICTURE, "rgb", bits), png.write(picture.rounded(PICTURE, bits), png.RGB, 16)
    rows = rows_of(PICTURE, "rgb", lambda value: value / TOP)
    light = png.write(PICTURE, png.RGB, 16, chunks=[png.profile(profiles.COLOUR["linear"])])
    for bits in (16, 32, 64):
        yield f"rgb-float{bits}.tif", tiff.write(rows, 3, tiff.RGB, bits, sample_format=tiff.FLOAT), light
    for bits, entries in ((1, 2), (2, 4), (4, 16), (8, 252)):
        palette, indices = picture.indexed(PICTURE, entries)
        rows = [indices[y * WIDTH : (y + 1) * WIDTH] for y in range(HEIGHT)]
        full = palette + [(0, 0, 0)] * ((1 << bits) - len(palette))
        yield f"palette{bits}.tif", tiff.write(rows, 1, tiff.PALETTE, bits, palette=full), png.write_indexed(PICTURE, entries, bits)
    half = PICTURE.crop(0, 0, WIDTH // 2, HEIGHT // 2)
    pages = [tiff.page(rows_of(PICTURE, "rgb", scaled(8)), 3, tiff.RGB, 8), tiff.page(rows_of(half, "rgb", scaled(8)), 3, tiff.RGB, 8)]
    yield "two-pages.tif", tiff.assemble(pages), png.write(PICTURE)


def alpha_samples():
    for channels, bits in itertools.product(("ga", "rgba"), (8, 16)):
        source = picture.grey(SHEER) if channels == "ga" else SHEER
        shown = png.write(source, png.GREY_ALPHA if channels == "ga" else png.RGBA, bits)
        opaque = png.write(source, png.GREY if channels == "ga" else png.RGB, bits)
        for extra, name in ((tiff.UNASSOCIATED, "unassociated"), (tiff.ASSOCIATED, "associated"), (tiff.UNSPECIFIED, "unspecified")):
            stored = picture.premultiplied(source) if extra == tiff.ASSOCIATED else source
            yield f"{channels}{bits}-{name}.tif", write(stored, channels, bits, extra=[extra]), (
                opaque if extra == tiff.UNSPECIFIED else shown)  # fmt: skip


def layouts():
    shown = png.write(PICTURE)
    options = {
        "big-endian": {"order": ">"}, "bigtiff": {"big": True}, "planar": {"planar": True}, "one-strip": {"strip": HEIGHT},
        "tiles": {"tile": (32, 16)}, "tiles-planar": {"tile": (64, 48), "planar": True}, "deflate": {"compression": 8},
        "deflate-predictor": {"compression": 8, "predictor": True}, "packbits": {"compression": 32773},
        "tiles-deflate-predictor": {"tile": (32, 32), "compression": 8, "predictor": True},
        "bigtiff-big-endian": {"order": ">", "big": True},
    }  # fmt: skip
    for name, chosen in options.items():
        yield f"{name}.tif", write(PICTURE, "rgb", 8, **chosen), shown
    yield "big-endian-16.tif", write(PICTURE, "rgb", 16, order=">"), png.write(PICTURE, png.RGB, 16)
    yield "deflate-predictor-16.tif", write(PICTURE, "rgb", 16, compression=8, predictor=True), png.write(PICTURE, png.RGB, 16)
    yield "jpeg.tif", in_jpeg("ycc", tiff.YCBCR), shown
    yield "jpeg-rgb.tif", in_jpeg("rgb", tiff.RGB), shown


def in_jpeg(kind, photometric):
    """One strip that is a JPEG (supplement 2)."""
    from .jpegs import scan

    data, factors = scan(kind)
    strip = jpeg.assemble(WIDTH, HEIGHT, data, factors)
    entry = tiff.page([None] * HEIGHT, 3, photometric, 8, compression=7, strips=[strip], strip=HEIGHT,
                      width=WIDTH, tags={530: (tiff.SHORT, [1, 1])} if kind == "ycc" else None)  # fmt: skip
    return tiff.assemble([entry])


def lab_rows(encode):
    convert = icc.rgb_to_lab(icc.SRGB, 2.2)
    return [[value for pixel in row for value in encode(*convert(*(c / TOP for c in pixel[:3])))]
            for row in picture.muted(PICTURE).rows()]


def ycc_rows(step_x, step_y):
    """As TIFF packs them: the luma of a block of pixels, row by row, then its chroma."""
    rows, packed = jpeg.components(PICTURE, "ycc"), []
    for y in range(0, HEIGHT, step_y):
        line = []
        for x in range(0, WIDTH, step_x):
            block = [rows[y + j][x + i] for j in range(step_y) for i in range(step_x)]
            line += [min(255, max(0, round(luma))) for luma, _, _ in block]
            line += [min(255, max(0, round(sum(pixel[i] for pixel in block) / len(block)))) for i in (1, 2)]
        packed.append(bytes(line))
    return packed


def interpretations():
    """Other colours than red, green and blue."""
    shown = png.write(picture.muted(PICTURE), chunks=[png.profile(profiles.GAMMA22)])
    lab = lab_rows(lambda l, a, b: (round(l * 2.55), round(a) & 255, round(b) & 255))
    yield "cielab8.tif", tiff.write(lab, 3, tiff.CIELAB, 8), shown
    lab = lab_rows(lambda l, a, b: (round(l * 655.35), round(a * 256) & 65535, round(b * 256) & 65535))
    yield "cielab16.tif", tiff.write(lab, 3, tiff.CIELAB, 16), shown
    lab = lab_rows(lambda l, a, b: (round(l * 2.55), round(a) + 128, round(b) + 128))
    yield "icclab8.tif", tiff.write(lab, 3, tiff.ICCLAB, 8), shown
    for step_x, step_y in ((1, 1), (2, 1), (2, 2)):
        strips = ycc_rows(step_x, step_y)
        strip = b"".join(strips)
        tags = {530: (tiff.SHORT, [step_x, step_y]), 532: (tiff.RATIONAL, [(0, 1), (255, 1), (128, 1), (255, 1), (128, 1), (255, 1)])}
        entry = tiff.page([None] * HEIGHT, 3, tiff.YCBCR, 8, strips=[strip], strip=HEIGHT, width=WIDTH, tags=tags)
        yield f"ycbcr{step_x}{step_y}.tif", tiff.assemble([entry]), png.write(PICTURE)
    inks = [[round(ink) for r, g, b, _ in row for ink in jpeg.cmyk(*(c * 255 / TOP for c in (r, g, b)))] for row in PICTURE.rows()]
    yield "cmyk.tif", tiff.write(inks, 4, tiff.SEPARATED, 8), png.write(PICTURE)
    soft = PICTURE.map(lambda r, g, b, a: (*(round(profiles.soften(c / TOP) * TOP) for c in (r, g, b)), a))
    shown = png.write(soft, chunks=[png.profile(profiles.GAMMA22)])
    yield "cmyk-profile.tif", tiff.write(inks, 4, tiff.SEPARATED, 8, profile=profiles.INKS), shown


def colour_profiles():
    for name, data in profiles.COLOUR.items():
        for bits, (channels, source, colour) in itertools.product((8, 16), (("rgb", PICTURE, png.RGB), ("rgba", MUTED, png.RGBA))):
            extra = [tiff.UNASSOCIATED] if channels == "rgba" else []
            made = write(source, channels, bits, extra=extra, profile=data)
            yield f"{name}-{channels}{bits}.tif", made, png.write(source, colour, bits, chunks=[png.profile(data)])
    for name, data in profiles.GREY.items():
        yield f"{name}-grey8.tif", write(GREYS, "g", 8, profile=data), png.write(GREYS, png.GREY, chunks=[png.profile(data)])


def orientations():
    for value in range(1, 9):
        yield f"{value}.tif", write(PICTURE, "rgb", 8, orientation=value), png.write(PICTURE.turned(value))
        yield f"{value}-tiles.tif", write(SHEER, "rgba", 16, orientation=value, tile=(32, 32), extra=[tiff.UNASSOCIATED]), png.write(
            SHEER.turned(value), png.RGBA, 16)  # fmt: skip


def files():
    for kind, parts in (("tiff", (grey_samples, colour_samples, alpha_samples, layouts, interpretations)),
                        ("tiff-profile", (colour_profiles,)), ("tiff-orientation", (orientations,))):  # fmt: skip
        for part in parts:
            for made in part():
                yield (f"{kind}/{made[0]}", *made[1:])
