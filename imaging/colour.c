#include "imaging/colour.h"

#include "imaging/engine_facts.h"
#include "imaging/step.h"

static gboolean is_grey(const VipsImage *image)
{
    return image->Bands < 3;
}

static gboolean is_cmyk(const VipsImage *image)
{
    return image->Type == VIPS_INTERPRETATION_CMYK;
}

static VipsImage *keep_bands(VipsImage *image, int n)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL || image->Bands <= n)
        return image;
    result = vips_extract_band(image, &out, 0, "n", n, NULL);
    return step_done(image, out, result);
}

static VipsImage *drop_extra_bands(VipsImage *image)
{
    int colours;

    if (image == NULL)
        return NULL;
    colours = is_cmyk(image) ? 4 : is_grey(image) ? 1 : 3;
    return keep_bands(image, colours + (vips_image_hasalpha(image) ? 1 : 0));
}

static VipsImage *drop_profile(VipsImage *image)
{
    VipsImage *out = NULL;
    int result = vips_copy(image, &out, NULL);

    if (result == 0)
        vips_image_remove(out, VIPS_META_ICC_NAME);
    return step_done(image, out, result);
}

/* Whether the image can be resized as it is: its values are final and its depth is one that we resize in. */
static gboolean is_resizable(const VipsImage *image, VipsInterpretation type, IccVerdict icc)
{
    switch (type) {
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_CMYK: return image->BandFmt == VIPS_FORMAT_UCHAR;
    case VIPS_INTERPRETATION_GREY16:
    case VIPS_INTERPRETATION_RGB16: return image->BandFmt == VIPS_FORMAT_USHORT && icc == ICC_OTHER;
    default: return FALSE;
    }
}

VipsImage *colour_prepare(VipsImage *image, IccVerdict icc)
{
    VipsInterpretation type;
    VipsImage *out = NULL;
    int result;

    if (image != NULL && icc != ICC_OTHER)
        image = drop_profile(image);
    if (image == NULL)
        return NULL;
    type = vips_image_guess_interpretation(image);
    if (is_resizable(image, type, icc))
        return drop_extra_bands(image);
    if (type != VIPS_INTERPRETATION_CMYK) {
        image = step_space(image, is_grey(image) ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB);
        return drop_extra_bands(step_cast(image, VIPS_FORMAT_UCHAR));
    }
    result = vips_cast(image, &out, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL);
    return drop_extra_bands(step_done(image, out, result));
}

static VipsImage *transform_bands(VipsImage *image, const char *profile, gboolean embedded)
{
    VipsImage *out = NULL;
    int result;

    if (embedded)
        image = icc_prepare(image);
    if (image == NULL)
        return NULL;
    result = embedded ? vips_icc_transform(image, &out, profile, "embedded", TRUE, "depth", 8, "intent",
                                           VIPS_INTENT_RELATIVE, NULL)
                      : vips_icc_transform(image, &out, profile, "input_profile", "srgb", "depth", 8, NULL);
    return step_done(image, out, result);
}

/* The alpha band alone, reduced to 8 bits. The image stays the caller's. */
static VipsImage *alpha_of_8_bits(VipsImage *image)
{
    VipsImage *band = NULL;
    VipsImage *out = NULL;
    int result;

    if (vips_extract_band(image, &band, image->Bands - 1, NULL) != 0)
        return NULL;
    result = vips_cast(band, &out, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL);
    return step_done(band, out, result);
}

static VipsImage *colours_of(VipsImage *image)
{
    const VipsInterpretation type = image->Type;

    image = keep_bands(image, image->Bands - 1);
    if (image != NULL)
        image->Type = type;
    return image;
}

/* ENGINE_CUTS_DEEP_ALPHA makes nearly all pixels opaque. Where it applies, alpha is reduced to 8 bits
 * separately from the colours. */
static VipsImage *transform(VipsImage *image, const char *profile, gboolean embedded)
{
    VipsImage *alpha;
    VipsImage *out = NULL;
    int result = -1;

    if (image == NULL || image->BandFmt != VIPS_FORMAT_USHORT || !vips_image_hasalpha(image) ||
        !engine_fact(ENGINE_CUTS_DEEP_ALPHA))
        return transform_bands(image, profile, embedded);
    alpha = alpha_of_8_bits(image);
    if (alpha == NULL)
        return step_done(image, NULL, -1);
    image = transform_bands(colours_of(image), profile, embedded);
    if (image != NULL) {
        result = vips_bandjoin2(image, alpha, &out, NULL);
        g_object_unref(image);
    }
    return step_done(alpha, out, result);
}

/* Transforming with a grey profile yields three equal bands: keep one. */
static VipsImage *to_one_band(VipsImage *image)
{
    return image != NULL ? step_space(image, VIPS_INTERPRETATION_B_W) : NULL;
}

static VipsImage *to_srgb(VipsImage *image, IccVerdict icc)
{
    const gboolean grey = is_grey(image);

    if (icc == ICC_OTHER) {
        image = transform(image, "srgb", TRUE);
        return grey ? to_one_band(image) : image;
    }
    return is_cmyk(image) ? step_space(image, VIPS_INTERPRETATION_sRGB) : image;
}

static VipsImage *to_p3(VipsImage *image, IccVerdict icc)
{
    if (icc == ICC_OTHER)
        return transform(image, "p3", TRUE);
    return transform(step_space(image, VIPS_INTERPRETATION_sRGB), "p3", FALSE);
}

/* Reduces the depth to 8 bits without converting the colours. */
static VipsImage *to_8_bits(VipsImage *image)
{
    VipsImage *out = NULL;
    int result;

    if (image->BandFmt == VIPS_FORMAT_UCHAR)
        return image;
    result = vips_cast(image, &out, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL);
    if (result == 0)
        out->Type = is_grey(out) ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    return step_done(image, out, result);
}

VipsImage *colour_convert(VipsImage *image, IccVerdict icc, Profile profile)
{
    if (image == NULL)
        return NULL;
    switch (profile) {
    case PROFILE_KEEP: return is_cmyk(image) ? to_srgb(image, icc) : to_8_bits(image);
    case PROFILE_P3: return to_p3(image, icc);
    case PROFILE_SRGB: break;
    }
    return to_srgb(image, icc);
}

static guint8 channel(guint32 colour, int band)
{
    return (guint8)(colour >> (16 - 8 * band));
}

VipsImage *colour_for_background(VipsImage *image, guint32 background)
{
    const gboolean neutral =
        channel(background, 0) == channel(background, 1) && channel(background, 1) == channel(background, 2);

    if (image == NULL || !is_grey(image) || neutral)
        return image;
    return step_space(image, VIPS_INTERPRETATION_sRGB);
}

VipsArrayDouble *colour_background(guint32 background, int n_bands)
{
    const double opaque = 255.0;
    double values[4] = {channel(background, 0), channel(background, 1), channel(background, 2), opaque};

    if (n_bands == 2)
        values[1] = opaque;
    return vips_array_double_new(values, n_bands);
}

VipsImage *colour_flatten(VipsImage *image, guint32 background)
{
    VipsArrayDouble *colour;
    VipsImage *out = NULL;
    int result;

    if (image == NULL || !vips_image_hasalpha(image))
        return image;
    image = colour_for_background(image, background);
    if (image == NULL)
        return NULL;
    colour = colour_background(background, image->Bands - 1);
    result = vips_flatten(image, &out, "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return step_done(image, out, result);
}
