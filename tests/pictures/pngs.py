"""PNG: all colour types, depths and interlacings, transparency, and each way to tell colours."""

import struct

from . import picture, png, profiles
from .icc import ADOBE_RGB, P3, PROPHOTO, PROPHOTO_WHITE, SRGB

PICTURE = picture.colours()
GREYS = picture.grey(PICTURE)
HOLED = picture.with_hole(PICTURE)
SHEER = picture.with_alpha(PICTURE)
MUTED = picture.muted(SHEER)
PALETTES = {1: 2, 2: 4, 4: 16, 8: 252}
FADING = bytes(range(0, 256, 16))


def samples():
    for interlaced in (False, True):
        after = "-adam7.png" if interlaced else ".png"
        for bits in (1, 2, 4, 8, 16):
            yield f"grey{bits}{after}", png.write(GREYS, png.GREY, bits, interlaced=interlaced)
            yield f"grey{bits}-trns{after}", png.write_keyed(picture.with_hole(GREYS), png.GREY, bits, interlaced=interlaced)
        for bits in (8, 16):
            yield f"rgb{bits}{after}", png.write(PICTURE, png.RGB, bits, interlaced=interlaced)
            yield f"rgb{bits}-trns{after}", png.write_keyed(HOLED, png.RGB, bits, interlaced=interlaced)
            yield f"greyalpha{bits}{after}", png.write(picture.grey(SHEER), png.GREY_ALPHA, bits, interlaced=interlaced)
            yield f"rgba{bits}{after}", png.write(SHEER, png.RGBA, bits, interlaced=interlaced)
        for bits, entries in PALETTES.items():
            alpha = FADING[: min(entries, 16)]
            yield f"palette{bits}{after}", png.write_indexed(PICTURE, entries, bits, interlaced=interlaced)
            yield f"palette{bits}-trns{after}", png.write_indexed(PICTURE, entries, bits, alpha=alpha, interlaced=interlaced)
    yield "palette8-of-16.png", png.write_indexed(PICTURE, 16, 8)
    yield "3x5-adam7.png", png.write(PICTURE.crop(40, 20, 3, 5), interlaced=True)


def colour_profiles():
    for name, data in profiles.COLOUR.items():
        chunks = [png.profile(data)]
        yield f"{name}-rgb8.png", png.write(PICTURE, chunks=chunks)
        yield f"{name}-rgb16.png", png.write(PICTURE, png.RGB, 16, chunks=chunks)
        yield f"{name}-rgba8.png", png.write(MUTED, png.RGBA, 8, chunks=chunks)
        yield f"{name}-rgba16.png", png.write(MUTED, png.RGBA, 16, chunks=chunks)
        yield f"{name}-palette.png", png.write_indexed(PICTURE, 252, 8, chunks=chunks)
        yield f"{name}-palette-trns.png", png.write_indexed(PICTURE, 16, 4, alpha=FADING, mute=True, chunks=chunks)
    for name, data in profiles.GREY.items():
        chunks = [png.profile(data)]
        for bits in (8, 16):
            yield f"{name}-grey{bits}.png", png.write(GREYS, png.GREY, bits, chunks=chunks)
            yield f"{name}-greyalpha{bits}.png", png.write(picture.grey(SHEER), png.GREY_ALPHA, bits, chunks=chunks)
    yield "profile-of-grey-in-rgb.png", png.write(PICTURE, chunks=[png.profile(profiles.GREY["linear"])])
    yield "profile-of-rgb-in-grey.png", png.write(GREYS, png.GREY, chunks=[png.profile(profiles.COLOUR["adobergb"])])
    yield "broken-profile.png", png.write(PICTURE, chunks=[png.profile(b"this is no profile" * 20)])


def gama(gamma):
    return b"gAMA", struct.pack(">I", round(100000 / gamma))


def chrm(primaries, white=(0.3127, 0.3290)):
    values = [round(value * 100000) for point in (white, *primaries) for value in point]
    return b"cHRM", struct.pack(">8I", *values)


def cicp(primaries, transfer):
    return b"cICP", bytes((primaries, transfer, 0, 1))


def chunks_of_colour():
    """What the chunks gAMA, cHRM, sRGB and cICP say, alone and together. https://www.w3.org/TR/png-3/#4Concepts.ColourSpaces"""
    srgb, swapped = (b"sRGB", b"\0"), png.profile(profiles.COLOUR["swapped"])
    told = {
        "srgb": [srgb], "gama1.0": [gama(1.0)], "gama1.8": [gama(1.8)], "gama2.2": [gama(2.2)], "gama-0": [(b"gAMA", bytes(4))],
        "chrm-srgb": [gama(2.2), chrm(SRGB)], "chrm-adobergb": [gama(2.2), chrm(ADOBE_RGB)], "chrm-p3": [gama(2.2), chrm(P3)],
        "chrm-prophoto": [gama(1.8), chrm(PROPHOTO, PROPHOTO_WHITE)], "chrm-alone": [chrm(P3)],
        "chrm-nonsense": [gama(2.2), chrm(((0, 0), (0, 0), (0, 0)))],
        "srgb-over-gama": [gama(1.0), srgb], "iccp-over-gama": [gama(1.0), swapped],
        "cicp-srgb": [cicp(1, 13)], "cicp-p3": [cicp(12, 13)], "cicp-2020": [cicp(9, 13)], "cicp-bt709": [cicp(1, 1)],
        "cicp-linear": [cicp(1, 8)], "cicp-gamma22": [cicp(1, 4)], "cicp-gamma28": [cicp(1, 5)], "cicp-pq": [cicp(9, 16)],
        "cicp-hlg": [cicp(9, 18)], "cicp-unspecified": [cicp(2, 2)], "cicp-over-iccp": [cicp(12, 13), swapped],
        "cicp-over-gama": [cicp(12, 13), gama(1.0)],
    }  # fmt: skip
    for name, chunks in told.items():
        yield f"{name}-rgb8.png", png.write(PICTURE, chunks=chunks)
    for name in ("gama1.0", "chrm-adobergb", "cicp-p3"):
        chunks = told[name]
        yield f"{name}-rgba16.png", png.write(MUTED, png.RGBA, 16, chunks=chunks)
        yield f"{name}-palette.png", png.write_indexed(PICTURE, 252, 8, chunks=chunks)
        if name != "cicp-p3":
            yield f"{name}-grey8.png", png.write(GREYS, png.GREY, chunks=chunks)
            yield f"{name}-grey16.png", png.write(GREYS, png.GREY, 16, chunks=chunks)


def orientations():
    for value in range(1, 9):
        yield f"{value}.png", png.write(PICTURE, chunks=[png.orientation(value)])


def files():
    for kind, part in (("png", samples), ("png-profile", colour_profiles), ("png-chunks", chunks_of_colour),
                       ("png-orientation", orientations)):  # fmt: skip
        for name, data in part():
            yield f"{kind}/{name}", data
