"""AVIF and HEIC.

For HEIC, which Chromium does not show, stands the PNG that it was encoded from. So it does for AVIF with alpha and for sequences:
Chromium 156 takes their samples, which are of full range (color_range of the AV1 sequence is 1), for those of limited range
unless an nclx box says so, and an alpha plane has none. Grey that is transparent is then opaque."""

from . import heif, picture, png, profiles

PICTURE = picture.colours()
GREYS = picture.grey(PICTURE)
SHEER = picture.with_alpha(PICTURE)
MUTED = picture.muted(SHEER)
OPAQUE8 = png.write(PICTURE)
SHEER8 = png.write(SHEER, png.RGBA)
MUTED8 = png.write(MUTED, png.RGBA)
OPAQUE16 = png.write(PICTURE, png.RGB, 16)
NCLX = {"srgb": "1/13/6", "p3": "12/13/6", "2020": "9/13/9", "bt709": "1/1/1", "linear": "1/8/1", "gamma22": "1/4/6",
        "unspecified": "2/2/6", "smpte240": "1/13/7", "identity": "1/13/0", "ycgco": "1/13/8",
        "bt601-525": "6/6/6", "bt470bg": "5/5/5"}  # fmt: skip


def avif_samples():
    for depth in ("8", "10", "12"):
        bits = 8 if depth == "8" else 16
        for sampling in ("444", "422", "420", "400"):
            opaque, sheer = (GREYS, picture.grey(SHEER)) if sampling == "400" else (PICTURE, SHEER)
            source = png.write(opaque, png.RGB, bits)
            yield f"{depth}bit-{sampling}.avif", heif.avif(source, "-d", depth, "-y", sampling)
            source = png.write(sheer, png.RGBA, bits)
            yield f"{depth}bit-{sampling}-alpha.avif", heif.avif(source, "-d", depth, "-y", sampling), source
    yield "lossless.avif", heif.avif(OPAQUE8, "-l")
    yield "limited-range.avif", heif.avif(OPAQUE8, "-r", "limited")
    yield "limited-range-10bit.avif", heif.avif(OPAQUE8, "-r", "limited", "-d", "10")
    yield "premultiplied.avif", heif.avif(SHEER8, "-p"), SHEER8
    yield "grid.avif", heif.avif(png.write(picture.colours(256, 128)), "-g", "2x2")
    wide = png.write(picture.with_alpha(picture.colours(256, 128)), png.RGBA)
    yield "grid-alpha.avif", heif.avif(wide, "-g", "2x1"), wide
    yield "sequence.avif", heif.avif_sequence(OPAQUE8, png.write(GREYS)), OPAQUE8


def avif_colours():
    for name, codes in NCLX.items():
        yield f"nclx-{name}.avif", heif.avif(OPAQUE8, "--cicp", codes, quality=0)
    # one step of these is much light: they are lossless
    yield "nclx-pq.avif", heif.avif(OPAQUE8, "-l", "--cicp", "9/16/0")
    yield "nclx-hlg.avif", heif.avif(OPAQUE8, "-l", "--cicp", "9/18/0")
    yield "nclx-pq-grey-12bit.avif", heif.avif(png.write(GREYS, png.RGB, 16), "-l", "--cicp", "9/16/0", "-d", "12")
    p3 = [(b"cICP", bytes((12, 13, 0, 1)))]
    yield "nclx-p3-alpha.avif", heif.avif(MUTED8, "--cicp", NCLX["p3"]), png.write(MUTED, png.RGBA, chunks=p3)
    for name, data in profiles.COLOUR.items():
        yield f"{name}.avif", heif.avif(OPAQUE8, "--icc", "profile", quality=0, profile=data)
        shown = png.write(MUTED, png.RGBA, chunks=[png.profile(data)])
        yield f"{name}-alpha.avif", heif.avif(MUTED8, "--icc", "profile", quality=0, profile=data), shown
    swapped = profiles.COLOUR["swapped"]
    yield "swapped-10bit.avif", heif.avif(OPAQUE16, "-d", "10", "--icc", "profile", profile=swapped)
    yield "icc-over-nclx.avif", heif.avif(OPAQUE8, "--cicp", NCLX["linear"], "--icc", "profile", profile=swapped)
    for name, data in profiles.GREY.items():
        yield f"{name}-grey.avif", heif.avif(png.write(GREYS, png.GREY), "-y", "400", "--icc", "profile", quality=0, profile=data)


def avif_orientations():
    data = heif.avif(OPAQUE8)
    for value in range(1, 9):
        yield f"{value}.avif", heif.turned(data, value)
    yield "by-avifenc.avif", heif.avif(OPAQUE8, "--irot", "1", "--imir", "0")
    yield "alpha-6.avif", heif.turned(heif.avif(SHEER8), 6), png.write(SHEER.turned(6), png.RGBA)


def heic_samples():
    yield "8bit.heic", heif.heic(OPAQUE8), OPAQUE8
    yield "8bit-alpha.heic", heif.heic(SHEER8), SHEER8
    yield "8bit-420.heic", heif.heic(OPAQUE8, "-p", "chroma=420"), OPAQUE8
    yield "8bit-422.heic", heif.heic(OPAQUE8, "-p", "chroma=422"), OPAQUE8
    yield "10bit.heic", heif.heic(OPAQUE16, "-b", "10"), OPAQUE16
    deep = png.write(SHEER, png.RGBA, 16)
    yield "10bit-alpha.heic", heif.heic(deep, "-b", "10"), deep
    yield "grey.heic", heif.heic(png.write(GREYS, png.GREY)), png.write(GREYS)


def heic_colours():
    for name, data in profiles.COLOUR.items():
        for pixels, colour, after in ((PICTURE, png.RGB, ""), (MUTED, png.RGBA, "-alpha")):
            source = png.write(pixels, colour, chunks=[png.profile(data)])
            yield f"{name}{after}.heic", heif.heic(source), source
    deep_greys = png.write(GREYS, png.RGB, 16)
    for name, codes in {"p3": (12, 13), "2020": (9, 13), "linear": (1, 8), "pq": (9, 16), "hlg": (9, 18)}.items():
        # one step of PQ is much light, and 4:4:4 of YCbCr loses some: without colours it does not
        source, pixels = (deep_greys, GREYS) if name in ("pq", "hlg") else (OPAQUE16, PICTURE)
        data = heif.with_colours(heif.heic(source, "-b", "10", "-L"), *codes)
        yield f"nclx-{name}.heic", data, png.write(pixels, png.RGB, 16, chunks=[(b"cICP", bytes((*codes, 0, 1)))])


def heic_orientations():
    data = heif.heic(OPAQUE8)
    for value in range(1, 9):
        yield f"{value}.heic", heif.turned(data, value), png.write(PICTURE.turned(value))


def files():
    for kind, part in (("avif", avif_samples), ("avif-colour", avif_colours), ("avif-orientation", avif_orientations),
                       ("heic", heic_samples), ("heic-colour", heic_colours), ("heic-orientation", heic_orientations)):  # fmt: skip
        for made in part():
            yield (f"{kind}/{made[0]}", *made[1:])
