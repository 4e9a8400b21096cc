#include "imaging/render.h"

#include <vips/vips.h>

#include "base/error.h"
#include "imaging/colour.h"
#include "imaging/encode.h"
#include "imaging/engine.h"
#include "imaging/load.h"
#include "imaging/planner.h"
#include "imaging/probe.h"

typedef struct {
    const void *bytes;
    gsize size;
    const Recipe *recipes;
    const RenderLimits *limits;
    ImageInfo info;
    Plan plan;
    VipsImage *bases[LIMIT_OUTPUTS];
    VipsImage *scaled[LIMIT_OUTPUTS]; /* of outputs that are parents of others, in memory; else NULL */
} Job;

void rendition_free(Rendition *rendition)
{
    if (rendition == NULL)
        return;
    blob_unref(rendition->blob);
    g_free(rendition);
}

static gboolean job_swaps_axes(const Job *job)
{
    return job->info.orientation >= 5;
}

/* Takes the reference to image and gives one to the result; NULL leaves the reason in libvips' buffer. */
static VipsImage *replace(VipsImage *image, VipsImage *result)
{
    g_object_unref(image);
    return result;
}

static VipsImage *in_memory(VipsImage *image)
{
    return replace(image, vips_image_copy_memory(image));
}

static VipsImage *resize_opaque(VipsImage *image, guint32 width, guint32 height)
{
    VipsImage *out = NULL;
    double horizontal = (double)width / image->Xsize;
    double vertical = (double)height / image->Ysize;

    if (vips_resize(image, &out, horizontal, "vscale", vertical, NULL) != 0)
        g_clear_object(&out);
    return replace(image, out);
}

static VipsImage *to_bytes(VipsImage *image)
{
    VipsImage *out = NULL;

    if (vips_cast(image, &out, VIPS_FORMAT_UCHAR, NULL) != 0)
        g_clear_object(&out);
    return replace(image, out);
}

/* Colours are weighted with their alpha while they are averaged, or transparent pixels would bleed. */
static VipsImage *resize_alpha(VipsImage *image, guint32 width, guint32 height)
{
    VipsImage *out = NULL;

    if (vips_premultiply(image, &out, NULL) != 0)
        g_clear_object(&out);
    image = replace(image, out);
    image = image != NULL ? to_bytes(image) : NULL;
    image = image != NULL ? resize_opaque(image, width, height) : NULL;
    if (image == NULL)
        return NULL;
    out = NULL;
    if (vips_unpremultiply(image, &out, NULL) != 0)
        g_clear_object(&out);
    image = replace(image, out);
    return image != NULL ? to_bytes(image) : NULL;
}

static VipsImage *resize(VipsImage *image, guint32 width, guint32 height)
{
    if ((guint32)image->Xsize == width && (guint32)image->Ysize == height)
        return image;
    return vips_image_hasalpha(image) ? resize_alpha(image, width, height)
                                      : resize_opaque(image, width, height);
}

static VipsImage *turn_upright(VipsImage *image)
{
    VipsImage *out = NULL;

    if (vips_autorot(image, &out, NULL) != 0)
        g_clear_object(&out);
    return replace(image, out);
}

/* A single whole output is streamed from decoder to encoder. What is read more than once, turned or cropped
 * is made in memory first: a crop must not hide that the source is truncated. */
static gboolean job_needs_memory(const Job *job)
{
    return job->plan.n_outputs > 1 || job->info.orientation != 1 ||
           plan_output_is_cropped(&job->plan.outputs[0]);
}

static VipsImage *job_build_base(const Job *job, const PlanBase *base, VipsImage *image)
{
    gboolean swap = job_swaps_axes(job);
    guint32 width = swap ? base->size.height : base->size.width;
    guint32 height = swap ? base->size.width : base->size.height;

    image = colour_normalise(image);
    if (image != NULL && base->is_flat)
        image = colour_flatten(image);
    image = image != NULL ? resize(image, width, height) : NULL;
    image = image != NULL ? colour_to_srgb(image) : NULL;
    if (image == NULL || !job_needs_memory(job))
        return image;
    image = in_memory(image);
    if (image == NULL || job->info.orientation == 1)
        return image;
    image = turn_upright(image);
    return image != NULL ? in_memory(image) : NULL;
}

static PlanSize job_upright_size(const Job *job)
{
    if (job_swaps_axes(job))
        return (PlanSize){job->info.height, job->info.width};
    return (PlanSize){job->info.width, job->info.height};
}

static gboolean job_make_base(Job *job, guint index, GError **error)
{
    double shrink = plan_shrink(&job->plan, job_upright_size(job));
    LoadOptions options = {.jpeg_shrink = plan_jpeg_shrink(shrink), .webp_scale = 1.0 / shrink};
    g_autofree char *what = g_strdup_printf("damaged %s", format_info(job->info.format)->name);
    VipsImage *image = load_image(job->info.format, job->bytes, job->size, &options, error);

    if (image == NULL)
        return FALSE;
    job->bases[index] = job_build_base(job, &job->plan.bases[index], image);
    if (job->bases[index] == NULL) {
        engine_take_error(ERROR_INPUT, what, error);
        return FALSE;
    }
    return TRUE;
}

static VipsImage *crop(VipsImage *image, const PlanOutput *output, Crop crop)
{
    const int width = (int)output->size.width, height = (int)output->size.height;
    VipsImage *out = NULL;
    int result;

    if (!plan_output_is_cropped(output))
        return image;
    if (output->is_crop_open)
        result = vips_smartcrop(image, &out, width, height, "interesting",
                                crop == CROP_ENTROPY ? VIPS_INTERESTING_ENTROPY : VIPS_INTERESTING_ATTENTION,
                                NULL);
    else
        result = vips_crop(image, &out, (int)output->left, (int)output->top, width, height, NULL);
    if (result != 0)
        g_clear_object(&out);
    return replace(image, out);
}

static VipsImage *pad(VipsImage *image, const PlanOutput *output, guint32 background)
{
    VipsArrayDouble *colour;
    VipsImage *out = NULL;
    int result;

    if (!plan_output_is_padded(output))
        return image;
    if (image->Bands < 3) {
        if (vips_colourspace(image, &out, VIPS_INTERPRETATION_sRGB, NULL) != 0)
            g_clear_object(&out);
        image = replace(image, out);
        out = NULL;
        if (image == NULL)
            return NULL;
    }
    colour = vips_array_double_newv(image->Bands, (double)(background >> 16),
                                    (double)(background >> 8 & 0xff), (double)(background & 0xff), 255.0);
    result =
        vips_embed(image, &out, (int)output->pad_left, (int)output->pad_top, (int)output->size.width,
                   (int)output->size.height, "extend", VIPS_EXTEND_BACKGROUND, "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    if (result != 0)
        g_clear_object(&out);
    return replace(image, out);
}

static VipsImage *job_make_output(Job *job, guint index)
{
    const PlanOutput *output = &job->plan.outputs[index];
    const Recipe *recipe = &job->recipes[index];
    VipsImage *parent = output->parent == PLAN_BASE ? job->bases[output->base] : job->scaled[output->parent];
    VipsImage *image = resize(g_object_ref(parent), output->scaled.width, output->scaled.height);

    if (image != NULL && output->is_parent) {
        image = in_memory(image);
        if (image != NULL)
            job->scaled[index] = g_object_ref(image);
    }
    image = image != NULL ? crop(image, output, recipe->crop) : NULL;
    if (image != NULL && !format_info(output->format)->has_alpha)
        image = colour_flatten(image);
    return image != NULL ? pad(image, output, recipe->background) : NULL;
}

static Rendition *job_render_output(Job *job, guint index, GError **error)
{
    const PlanOutput *output = &job->plan.outputs[index];
    Recipe recipe = job->recipes[index];
    VipsImage *image = job_make_output(job, index);
    Blob *blob;
    Rendition *rendition;

    if (image == NULL) {
        engine_take_error(ERROR_INPUT, "rendering", error);
        return NULL;
    }
    recipe.format = output->format;
    recipe.quality = recipe_quality(&recipe, output->format);
    blob = encode(image, &recipe, job->limits->max_output_bytes, error);
    g_object_unref(image);
    if (blob == NULL)
        return NULL;
    rendition = g_new0(Rendition, 1);
    *rendition = (Rendition){
        .blob = blob, .width = output->size.width, .height = output->size.height, .format = output->format};
    return rendition;
}

/* Largest first, because others are made from it; each goes where its recipe stands. */
static GPtrArray *job_render_all(Job *job, GError **error)
{
    g_autoptr(GPtrArray) renditions = g_ptr_array_new_with_free_func((GDestroyNotify)rendition_free);

    g_ptr_array_set_size(renditions, (int)job->plan.n_outputs);
    for (guint i = 0; i < job->plan.n_outputs; i++) {
        guint index = job->plan.order[i];
        Rendition *rendition = job_render_output(job, index, error);

        if (rendition == NULL)
            return NULL;
        g_ptr_array_index(renditions, index) = rendition;
    }
    return g_steal_pointer(&renditions);
}

static gboolean check_recipes(const Recipe *recipes, guint n_recipes, GError **error)
{
    if (n_recipes < 1 || n_recipes > LIMIT_OUTPUTS) {
        error_set(error, ERROR_INTERNAL, "%u outputs, not 1 to %u", n_recipes, LIMIT_OUTPUTS);
        return FALSE;
    }
    for (guint i = 0; i < n_recipes; i++) {
        const Recipe *recipe = &recipes[i];

        if ((recipe->width == 0 && recipe->height == 0) || recipe->width > RECIPE_MAX_SIDE ||
            recipe->height > RECIPE_MAX_SIDE || !format_info(recipe->format)->can_encode) {
            error_set(error, ERROR_INTERNAL, "output %u cannot be made", i);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean check_pixels(const ImageInfo *info, const RenderLimits *limits, GError **error)
{
    guint64 pixels = (guint64)info->width * info->height;

    if (pixels <= limits->max_pixels)
        return TRUE;
    error_set(error, ERROR_LIMIT,
              "%u x %u = %" G_GUINT64_FORMAT " pixels are more than the limit of %" G_GUINT64_FORMAT,
              info->width, info->height, pixels, limits->max_pixels);
    return FALSE;
}

GPtrArray *render(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                  const RenderLimits *limits, GError **error)
{
    Job job = {.bytes = bytes, .size = size, .recipes = recipes, .limits = limits};
    GPtrArray *renditions = NULL;
    PlanSource source;
    gboolean ok;

    engine_drop_error();
    if (!check_recipes(recipes, n_recipes, error) || !probe(bytes, size, &job.info, error) ||
        !check_pixels(&job.info, limits, error))
        return NULL;
    source = (PlanSource){
        .size = job_upright_size(&job), .frames = 1, .format = job.info.format, .is_srgb = FALSE};
    ok = plan_make(&source, recipes, n_recipes, &job.plan, error);
    for (guint i = 0; ok && i < job.plan.n_bases; i++)
        ok = job_make_base(&job, i, error);
    if (ok)
        renditions = job_render_all(&job, error);
    for (guint i = 0; i < LIMIT_OUTPUTS; i++) {
        g_clear_object(&job.bases[i]);
        g_clear_object(&job.scaled[i]);
    }
    return renditions;
}
