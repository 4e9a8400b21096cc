"""JPEG: components, sampling, markers, baseline and progressive, profiles and orientations."""

import functools
import subprocess

from . import jpeg, picture, png, profiles
from .exif import exif

PICTURE = picture.colours()
SAMPLINGS = {"444": [(1, 1)] * 3, "422": [(2, 1), (1, 1), (1, 1)], "420": [(2, 2), (1, 1), (1, 1)], "440": [(1, 2), (1, 1), (1, 1)],
             "411": [(4, 1), (1, 1), (1, 1)]}  # fmt: skip


@functools.cache
def scan(kind, sampling="444", restart=0):
    """The entropy-coded data, which takes longest to make, and the number of components."""
    source = picture.grey(PICTURE) if kind == "grey" else PICTURE
    rows = jpeg.components(source, kind)
    count = len(rows[0][0])
    factors = SAMPLINGS[sampling][:3] + [SAMPLINGS[sampling][0]] if count == 4 else SAMPLINGS[sampling][:count]
    return jpeg.scan(rows, factors, restart), factors


def made(kind, markers, sampling="444", restart=0, **options):
    data, factors = scan(kind, sampling, restart)
    return jpeg.assemble(PICTURE.width, PICTURE.height, data, factors, markers=markers, restart=restart, **options)


def jpegtran(data, *options):
    """With another process of coding, and all markers."""
    return subprocess.run(["jpegtran", "-copy", "all", *options], input=data, capture_output=True, check=True).stdout


def samples():
    for kind, markers in (("grey", jpeg.jfif()), ("rgb", jpeg.adobe(0)), ("ycc", jpeg.adobe(1)), ("cmyk", jpeg.adobe(0)),
                          ("ycck", jpeg.adobe(2))):  # fmt: skip
        data = made(kind, markers)
        yield f"{kind}.jpg", data
        yield f"{kind}-progressive.jpg", jpegtran(data, "-progressive")
    for sampling in SAMPLINGS:
        data = made("ycc", jpeg.jfif(), sampling)
        yield f"ycc{sampling}.jpg", data
        yield f"ycc{sampling}-progressive.jpg", jpegtran(data, "-progressive")
    for sampling in ("420", "422"):
        yield f"ycck{sampling}.jpg", made("ycck", jpeg.adobe(2), sampling)
    yield "ycc-restart.jpg", made("ycc", jpeg.jfif(), restart=5)
    yield "ycc-no-marker.jpg", made("ycc", b"")
    yield "ycc-ids-0-1-2.jpg", made("ycc", b"", ids=[0, 1, 2])
    yield "ycc-ids-10-20-30.jpg", made("ycc", b"", ids=[10, 20, 30])
    yield "rgb-by-ids.jpg", made("rgb", b"", ids=list(b"RGB"))
    yield "rgb-420.jpg", made("rgb", jpeg.adobe(0), "420")
    yield "ycc-by-jfif-in-spite-of-ids.jpg", made("ycc", jpeg.jfif(), ids=list(b"RGB"))
    yield "rgb-by-adobe-beside-jfif.jpg", made("rgb", jpeg.jfif() + jpeg.adobe(0))
    yield "cmyk-no-marker.jpg", made("cmyk", b"")
    yield "grey-no-marker.jpg", made("grey", b"")
    yield "ycc-arithmetic.jpg", jpegtran(made("ycc", jpeg.jfif()), "-arithmetic")
    yield "no-end.jpg", made("ycc", jpeg.jfif(), end=False), png.write(PICTURE)
    yield "bytes-after-the-end.jpg", made("ycc", jpeg.jfif()) + b"more" * 100
    yield "fill-bytes.jpg", made("ycc", jpeg.jfif() + b"\xff\xff\xff" + jpeg.segment(0xFE, b"comment"))


def colour_profiles():
    for name, data in profiles.COLOUR.items():
        markers = jpeg.jfif() + jpeg.profile_segments(data)
        yield f"{name}-ycc.jpg", made("ycc", markers)
        yield f"{name}-ycc420-progressive.jpg", jpegtran(made("ycc", markers, "420"), "-progressive")
        yield f"{name}-rgb.jpg", made("rgb", jpeg.adobe(0) + jpeg.profile_segments(data))
    for name, data in profiles.GREY.items():
        yield f"{name}-grey.jpg", made("grey", jpeg.jfif() + jpeg.profile_segments(data))
    inks = jpeg.profile_segments(profiles.INKS)
    yield "inks-cmyk.jpg", made("cmyk", jpeg.adobe(0) + inks)
    yield "inks-ycck.jpg", made("ycck", jpeg.adobe(2) + inks)
    yield "inks-ycc.jpg", made("ycc", jpeg.jfif() + inks)
    swapped = profiles.COLOUR["swapped"]
    yield "in-many-segments.jpg", made("ycc", jpeg.jfif() + jpeg.profile_segments(swapped, 100))
    yield "colour-in-grey.jpg", made("grey", jpeg.jfif() + jpeg.profile_segments(swapped))
    yield "broken.jpg", made("ycc", jpeg.jfif() + jpeg.profile_segments(b"this is no profile" * 20))


def orientations():
    for value in range(1, 9):
        yield f"{value}.jpg", made("ycc", jpeg.exif_segment(exif(value)))
        yield f"{value}-big-endian-progressive.jpg", jpegtran(made("ycc", jpeg.exif_segment(exif(value, ">")), "420"), "-progressive")
    for value in (0, 9, 65535):
        yield f"{value}.jpg", made("ycc", jpeg.exif_segment(exif(value)))
    yield "6-grey.jpg", made("grey", jpeg.exif_segment(exif(6)))
    yield "6-cmyk.jpg", made("cmyk", jpeg.adobe(0) + jpeg.exif_segment(exif(6)))
    yield "5-after-jfif.jpg", made("ycc", jpeg.jfif() + jpeg.exif_segment(exif(5)))
    yield "two-first-6.jpg", made("ycc", jpeg.exif_segment(exif(6)) + jpeg.exif_segment(exif(3)))


def files():
    for kind, part in (("jpeg", samples), ("jpeg-profile", colour_profiles), ("jpeg-orientation", orientations)):
        for file in part():
            yield (f"{kind}/{file[0]}", *file[1:])
