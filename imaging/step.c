#include "imaging/step.h"

VipsImage *step_done(VipsImage *input, VipsImage *output, int result)
{
    g_object_unref(input);
    if (result == 0)
        return output;
    g_clear_object(&output);
    return NULL;
}

VipsImage *step_memory(VipsImage *image)
{
    VipsImage *out;

    if (image == NULL)
        return NULL;
    out = vips_image_copy_memory(image);
    return step_done(image, out, out != NULL ? 0 : -1);
}

VipsImage *step_cast(VipsImage *image, VipsBandFormat format)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL || image->BandFmt == format)
        return image;
    result = vips_cast(image, &out, format, NULL);
    return step_done(image, out, result);
}

VipsImage *step_space(VipsImage *image, VipsInterpretation space)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL)
        return NULL;
    result = vips_colourspace(image, &out, space, NULL);
    return step_done(image, out, result);
}

VipsImage *step_crop(VipsImage *image, guint32 left, guint32 top, guint32 width, guint32 height)
{
    VipsImage *out = NULL;
    int result;

    if (image == NULL || ((guint32)image->Xsize == width && (guint32)image->Ysize == height))
        return image;
    result = vips_crop(image, &out, (int)left, (int)top, (int)width, (int)height, NULL);
    return step_done(image, out, result);
}

VipsImage *step_first_frames(VipsImage *image, guint32 n_wanted, guint32 n_frames)
{
    if (image == NULL)
        return NULL;
    return step_crop(image, 0, 0, (guint32)image->Xsize, (guint32)image->Ysize / n_frames * n_wanted);
}

VipsImage *step_each_frame(VipsImage *image, guint32 n_frames, Step step, const void *data)
{
    g_autoptr(GPtrArray) frames = NULL;
    VipsImage *out = NULL;
    guint32 height;
    int result;

    if (image == NULL || n_frames == 1)
        return step(image, data);
    frames = g_ptr_array_new_with_free_func(g_object_unref);
    height = (guint32)image->Ysize / n_frames;
    for (guint32 i = 0; i < n_frames; i++) {
        VipsImage *frame = step_crop(g_object_ref(image), 0, i * height, (guint32)image->Xsize, height);

        frame = step(frame, data);
        if (frame == NULL)
            return step_done(image, NULL, -1);
        g_ptr_array_add(frames, frame);
    }
    result = vips_arrayjoin((VipsImage **)frames->pdata, &out, (int)n_frames, "across", 1, NULL);
    return step_done(image, out, result);
}
