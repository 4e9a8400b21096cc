"""WebP: lossy, lossless, alpha, profiles, orientations, and animations of every blending and disposal.

For those that are turned stands the PNG that is turned already: Chromium does not read the orientation of a WebP."""

import itertools

from . import picture, png, profiles, webp
from .exif import exif

PICTURE = picture.colours()
SHEER = picture.with_alpha(PICTURE)
MUTED = picture.muted(SHEER)


def samples():
    for lossless in (False, True):
        name = "lossless" if lossless else "lossy"
        for alpha in (False, True):
            source = SHEER if alpha else PICTURE
            after = "-alpha" if alpha else ""
            yield f"{name}{after}.webp", webp.write(source, lossless=lossless, alpha=alpha)
            yield f"{name}{after}-extended.webp", webp.write(source, lossless=lossless, alpha=alpha, extended=True)
    for quality in (30, 75, 100):
        yield f"lossy-q{quality}.webp", webp.write(PICTURE, lossless=False, quality=quality)
    yield "lossless-hole.webp", webp.write(picture.with_hole(PICTURE), lossless=True, alpha=True)
    yield "grey.webp", webp.write(picture.grey(PICTURE), lossless=True)


def colour_profiles():
    for name, data in profiles.COLOUR.items():
        yield f"{name}-lossy.webp", webp.write(PICTURE, lossless=False, profile=data)
        yield f"{name}-lossless.webp", webp.write(PICTURE, lossless=True, profile=data)
        yield f"{name}-alpha.webp", webp.write(MUTED, lossless=True, alpha=True, profile=data)
    yield "broken.webp", webp.write(PICTURE, lossless=True, profile=b"this is no profile" * 20)


def orientations():
    for value in range(1, 9):
        yield f"{value}.webp", webp.write(PICTURE, lossless=False, exif=exif(value)), png.write(PICTURE.turned(value))
    headed = webp.write(PICTURE, lossless=False, exif=b"Exif\0\0" + exif(6))
    yield "6-after-exif-header.webp", headed, png.write(PICTURE.turned(6))


def stills():
    for kind, part in (("webp", samples), ("webp-profile", colour_profiles), ("webp-orientation", orientations)):
        for made in part():
            yield (f"{kind}/{made[0]}", *made[1:])


def flat(width, height, colour, alpha=255):
    return picture.Picture(width, height, [tuple(value * 257 for value in (*colour, alpha))] * (width * height))


def animations():
    """A first frame that covers all or a part, then two with their own blending and disposal."""
    whole, part = MUTED.crop(0, 0, 96, 64), MUTED.crop(16, 8, 48, 40)
    opaque = PICTURE.crop(0, 0, 96, 64)
    for covers, dispose, blend in itertools.product((True, False), (False, True), (True, False)):
        first = webp.frame(whole, dispose=dispose) if covers else webp.frame(part, left=16, top=8, dispose=dispose)
        second = webp.frame(flat(40, 30, (250, 40, 40), 128), left=40, top=20, blend=blend, dispose=dispose)
        third = webp.frame(flat(20, 50, (40, 40, 250), 200), left=10, top=6, blend=blend)
        name = f"{'whole' if covers else 'part'}{'-dispose' if dispose else ''}{'-blend' if blend else ''}"
        yield f"webp-animation/{name}.webp", webp.animation(96, 64, [first, second, third])
    frames = [webp.frame(opaque, alpha=False, lossless=False), webp.frame(picture.grey(opaque), alpha=False, lossless=False)]
    yield "webp-animation/opaque.webp", webp.animation(96, 64, frames, alpha=False)
    yield "webp-animation/one-frame.webp", webp.animation(96, 64, frames[:1], alpha=False)
    yield "webp-animation/background.webp", webp.animation(96, 64, [webp.frame(part, left=16, top=8)] * 2, background=0xFF00FF00)
    for name in ("p3", "swapped"):
        profile = profiles.COLOUR[name]
        yield f"webp-animation/{name}.webp", webp.animation(96, 64, [webp.frame(whole), webp.frame(opaque)], profile=profile)
