"""The colour profiles of the corpus."""

from . import icc


def soften(value):
    """Far from the darkest values, between which programs interpolate a table in ways of their own. White stays white."""
    return 0.25 + 0.75 * value


def softened(convert):
    return lambda *values: convert(*map(soften, values))


def permuted(convert):
    return lambda r, g, b: convert(g, b, r)


def inks_to_lab(c, m, y, k):
    return softened(icc.rgb_to_lab(icc.SRGB, 2.2))(*((1 - ink) * (1 - k) for ink in (c, m, y)))


def make_colour_profiles():
    """{name: profile}: of red, green and blue."""
    curve = icc.parametric_tag(icc.SRGB_CURVE)
    straight = softened(icc.rgb_to_lab(icc.SRGB, 2.2))
    return {
        "srgb": icc.matrix_profile(icc.SRGB, icc.table_tag(2.2, 1024)),
        "srgb-v4": icc.matrix_profile(icc.SRGB, curve, version=4),
        "p3": icc.matrix_profile(icc.P3, curve, version=4),
        "adobergb": icc.matrix_profile(icc.ADOBE_RGB, icc.gamma_tag(563 / 256)),
        "prophoto": icc.matrix_profile(icc.PROPHOTO, icc.gamma_tag(1.8), white=icc.PROPHOTO_WHITE),
        "rec2020": icc.matrix_profile(icc.REC2020, icc.gamma_tag(2.4), version=4),
        "linear": icc.matrix_profile(icc.SRGB, icc.gamma_tag(1.0)),
        "swapped": icc.matrix_profile(icc.SRGB, icc.table_tag(2.2), order=(1, 2, 0)),
        "lut": icc.lut_profile(softened(icc.rgb_to_lab(icc.ADOBE_RGB, 2.2))),
        # its tables of the other intents show other colours
        "lut-perceptual": icc.lut_profile(permuted(straight), others=straight),
    }


def make_grey_profiles():
    return {"gamma18": icc.grey_profile(icc.gamma_tag(1.8)), "gamma22": icc.grey_profile(icc.gamma_tag(2.2)),
            "linear": icc.grey_profile(icc.gamma_tag(1.0)), "v4": icc.grey_profile(icc.gamma_tag(2.2), version=4)}  # fmt: skip


COLOUR = make_colour_profiles()
GREY = make_grey_profiles()
# what rgb_to_lab(SRGB, 2.2) means
GAMMA22 = icc.matrix_profile(icc.SRGB, icc.table_tag(2.2, 1024))
INKS = icc.lut_profile(inks_to_lab, channels=4, grid=9, space=b"CMYK", kind=b"prtr")
