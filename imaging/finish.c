#include "imaging/finish.h"

#include "imaging/colour.h"
#include "imaging/step.h"

/* How to finish each frame of an output. */
typedef struct {
    const PlanOutput *output;
    const Recipe *recipe;
    guint32 left, top; /* offset of the crop, in pixels */
} Finish;

/* Finds the part of the first frame to keep. vips_smartcrop() crops, and reports the position as an
 * offset. */
static gboolean find_crop(VipsImage *image, guint32 n_frames, Finish *finish)
{
    const PlanOutput *output = finish->output;
    VipsInteresting interesting =
        finish->recipe->crop == CROP_ENTROPY ? VIPS_INTERESTING_ENTROPY : VIPS_INTERESTING_ATTENTION;
    VipsImage *frame = step_first_frames(g_object_ref(image), 1, n_frames);
    VipsImage *cropped = NULL;
    gboolean ok;

    ok = frame != NULL && vips_smartcrop(frame, &cropped, (int)output->size.width, (int)output->size.height,
                                         "interesting", interesting, NULL) == 0;
    if (ok) {
        finish->left = (guint32)-cropped->Xoffset;
        finish->top = (guint32)-cropped->Yoffset;
    }
    g_clear_object(&cropped);
    g_clear_object(&frame);
    return ok;
}

/* Sharpens the lightness only; strength 100 is vips_sharpen()'s default slope. Its default radius has next to
 * no effect on an image that was just made smaller, so the radius is twice that. Flat areas are left alone,
 * and lines get no brighter than by 10 and no darker than by 20 of 100. */
static VipsImage *sharpen(VipsImage *image, guint32 strength)
{
    const double full_slope = 3.0;
    VipsImage *out = NULL;
    int result;

    if (image == NULL || strength == 0)
        return image;
    result = vips_sharpen(image, &out, "sigma", 1.0, "m2", full_slope * strength / RECIPE_MAX_SHARPEN, NULL);
    return step_done(image, out, result);
}

static VipsImage *pad(VipsImage *image, const Finish *finish)
{
    const PlanOutput *output = finish->output;
    VipsArrayDouble *background;
    VipsImage *out = NULL;
    int result;

    if (image == NULL || !plan_output_is_padded(output))
        return image;
    image = colour_for_background(image, finish->recipe->background);
    if (image == NULL)
        return NULL;
    background = colour_background(finish->recipe->background, image->Bands);
    result = vips_embed(image, &out, (int)output->pad_left, (int)output->pad_top, (int)output->size.width,
                        (int)output->size.height, "extend", VIPS_EXTEND_BACKGROUND, "background", background,
                        NULL);
    vips_area_unref(VIPS_AREA(background));
    return step_done(image, out, result);
}

static VipsImage *finish_frame(VipsImage *image, const void *data)
{
    const Finish *finish = data;
    const PlanOutput *output = finish->output;

    if (plan_output_is_cropped(output))
        image = step_crop(image, finish->left, finish->top, output->size.width, output->size.height);
    image = sharpen(image, finish->recipe->sharpen);
    if (!format_info(output->format)->has_alpha)
        image = colour_flatten(image, finish->recipe->background);
    return pad(image, finish);
}

VipsImage *finish(VipsImage *image, guint32 n_frames, const PlanOutput *output, const Recipe *recipe)
{
    Finish finish = {.output = output, .recipe = recipe, .left = output->left, .top = output->top};

    if (image != NULL && output->is_crop_open && !find_crop(image, n_frames, &finish))
        return step_done(image, NULL, -1);
    return step_each_frame(image, n_frames, finish_frame, &finish);
}
