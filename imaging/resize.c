#include "imaging/resize.h"

#include "imaging/step.h"

static VipsImage *scale(VipsImage *image, const Resize *how)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL)
        return NULL;
    result = vips_resize(image, &out, (double)how->width / image->Xsize, "vscale",
                         (double)how->height / image->Ysize, NULL);
    return step_done(image, out, result);
}

/* Weights colours with their alpha while they are averaged. Otherwise transparent pixels, most of which are
 * stored as black, would bleed into opaque ones as dark fringes. */
static VipsImage *scale_alpha(VipsImage *image, const Resize *how)
{
    VipsBandFormat format;
    VipsImage *out = NULL;
    int result;

    if (image == NULL || !vips_image_hasalpha(image))
        return scale(image, how);
    format = image->BandFmt;
    result = vips_premultiply(image, &out, NULL);
    image = scale(step_cast(step_done(image, out, result), format), how);
    if (image == NULL)
        return NULL;
    out = NULL;
    result = vips_unpremultiply(image, &out, NULL);
    return step_cast(step_done(image, out, result), format);
}

/* Restores the profile, which the colours still belong to (ENGINE_SPACE_DROPS_PROFILE). Takes ownership of
 * image. */
static VipsImage *restore_profile(VipsImage *image, VipsImage *original)
{
    const void *profile;
    gsize size;
    VipsImage *out = NULL;
    int result;

    if (image == NULL || vips_image_get_typeof(original, VIPS_META_ICC_NAME) == 0 ||
        vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0)
        return image;
    result = vips_copy(image, &out, NULL);
    if (result == 0)
        result = vips_image_get_blob(original, VIPS_META_ICC_NAME, &profile, &size);
    if (result == 0)
        vips_image_set_blob_copy(out, VIPS_META_ICC_NAME, profile, size);
    return step_done(image, out, result);
}

/* Scales in linear light, converted with sRGB's curve. */
static VipsImage *scale_light(VipsImage *image, const Resize *how)
{
    const VipsInterpretation space = image->Type;
    VipsImage *original = g_object_ref(image);

    image = step_space(scale_alpha(step_space(image, VIPS_INTERPRETATION_scRGB), how), space);
    image = restore_profile(image, original);
    g_object_unref(original);
    return image;
}

static VipsImage *resize_frame(VipsImage *image, const void *data)
{
    const Resize *how = data;

    if (image == NULL || ((guint32)image->Xsize == how->width && (guint32)image->Ysize == how->height))
        return how->memory ? step_memory(image) : image;
    /* Inks cannot be averaged as light. */
    image = how->linear && image->Type != VIPS_INTERPRETATION_CMYK ? scale_light(image, how)
                                                                   : scale_alpha(image, how);
    return how->memory ? step_memory(image) : image;
}

VipsImage *resize(VipsImage *image, guint32 n_frames, const Resize *how)
{
    return step_each_frame(image, n_frames, resize_frame, how);
}
