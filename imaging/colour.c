#include "imaging/colour.h"

#include <string.h>

#include "imaging/engine.h"

/* Takes the reference. */
static VipsImage *replace(VipsImage *old, VipsImage *new, int result)
{
    g_object_unref(old);
    if (result == 0)
        return new;
    g_clear_object(&new);
    return NULL;
}

static gboolean is_grey(const VipsImage *image)
{
    return image->Bands < 3;
}

static VipsImage *keep_bands(VipsImage *image)
{
    int colours = image->Type == VIPS_INTERPRETATION_CMYK ? 4 : is_grey(image) ? 1 : 3;
    int keep = colours + (vips_image_hasalpha(image) ? 1 : 0);
    VipsImage *out = NULL;
    int result;

    if (image->Bands <= keep)
        return image;
    result = vips_extract_band(image, &out, 0, "n", keep, NULL);
    return replace(image, out, result);
}

VipsImage *colour_normalise(VipsImage *image)
{
    VipsInterpretation type = vips_image_guess_interpretation(image);
    VipsImage *out = NULL;
    int result;

    if (image->BandFmt == VIPS_FORMAT_UCHAR &&
        (type == VIPS_INTERPRETATION_sRGB || type == VIPS_INTERPRETATION_B_W ||
         type == VIPS_INTERPRETATION_CMYK))
        return keep_bands(image);
    /* A 16-bit CMYK image keeps its space for the profile. */
    if (type == VIPS_INTERPRETATION_CMYK)
        result = vips_cast(image, &out, VIPS_FORMAT_UCHAR, "shift", TRUE, NULL);
    else
        result = vips_colourspace(image, &out,
                                  is_grey(image) ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL);
    image = replace(image, out, result);
    if (image == NULL || image->BandFmt == VIPS_FORMAT_UCHAR)
        return image != NULL ? keep_bands(image) : NULL;
    result = vips_cast(image, &out, VIPS_FORMAT_UCHAR, NULL);
    image = replace(image, out, result);
    return image != NULL ? keep_bands(image) : NULL;
}

static guint32 read_u32(const guint8 *bytes)
{
    return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

/* Most profiles in photographs say that they are sRGB's own; to apply one of these costs about as much time
 * as resizing, and changes nothing. Looks at the 'desc' tag of an RGB profile (ICC.1:2010, 7.2, 7.3, 10.13;
 * the 'desc' type of version 2: ICC.1:2001-04, 6.5.17). A version 4 text is UTF-16. */
static gboolean profile_is_srgb(const guint8 *profile, gsize size)
{
    gsize n_tags;

    if (size < 132 || memcmp(profile + 16, "RGB ", 4) != 0)
        return FALSE;
    n_tags = MIN(read_u32(profile + 128), (size - 132) / 12);
    for (gsize i = 0; i < n_tags; i++) {
        const guint8 *tag = profile + 132 + 12 * i;
        gsize offset = read_u32(tag + 4);

        if (memcmp(tag, "desc", 4) != 0)
            continue;
        if (offset > size || size - offset < 40)
            return FALSE;
        return memcmp(profile + offset + 12, "sRGB IEC61966", 13) == 0 ||
               memcmp(profile + offset + 12, "sRGB built-in", 13) == 0;
    }
    return FALSE;
}

static gboolean wants_transform(VipsImage *image)
{
    const void *profile = NULL;
    gsize size = 0;

    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0)
        return FALSE;
    if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &size) != 0) {
        engine_drop_error();
        return FALSE;
    }
    return !profile_is_srgb(profile, size);
}

VipsImage *colour_to_srgb(VipsImage *image)
{
    VipsImage *out = NULL;
    VipsInterpretation type = vips_image_guess_interpretation(image);
    int result;

    if (wants_transform(image)) {
        if (vips_icc_transform(image, &out, "srgb", "embedded", TRUE, "depth", 8, NULL) == 0)
            return replace(image, out, 0);
        engine_drop_error();
        g_clear_object(&out);
    }
    if (type == VIPS_INTERPRETATION_sRGB || type == VIPS_INTERPRETATION_B_W)
        return image;
    result = vips_colourspace(image, &out, VIPS_INTERPRETATION_sRGB, NULL);
    return replace(image, out, result);
}

VipsImage *colour_flatten(VipsImage *image)
{
    VipsArrayDouble *white;
    VipsImage *out = NULL;
    int result;

    if (!vips_image_hasalpha(image))
        return image;
    white = vips_array_double_newv(1, 255.0);
    result = vips_flatten(image, &out, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    return replace(image, out, result);
}
