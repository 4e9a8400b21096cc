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
    VipsImage *base;
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

static gboolean job_keeps_alpha(const Job *job)
{
    for (guint i = 0; i < job->plan.n_outputs; i++)
        if (format_info(job->recipes[i].format)->has_alpha)
            return TRUE;
    return FALSE;
}

/* A single whole output is streamed from decoder to encoder. What is read more than once, turned or cropped
 * is made in memory first: a crop must not hide that the source is truncated. */
static gboolean job_needs_memory(const Job *job)
{
    const PlanOutput *first = &job->plan.outputs[0];

    return job->plan.n_outputs > 1 || job->info.orientation != 1 || first->width != first->scaled_width ||
           first->height != first->scaled_height;
}

static VipsImage *job_build_base(const Job *job, VipsImage *image)
{
    gboolean swap = job_swaps_axes(job);
    guint32 width = swap ? job->plan.base_height : job->plan.base_width;
    guint32 height = swap ? job->plan.base_width : job->plan.base_height;

    image = colour_normalise(image);
    if (image != NULL && !job_keeps_alpha(job))
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

static gboolean job_make_base(Job *job, GError **error)
{
    gboolean swap = job_swaps_axes(job);
    guint32 width = swap ? job->info.height : job->info.width;
    guint32 height = swap ? job->info.width : job->info.height;
    double shrink = plan_shrink(&job->plan, width, height);
    LoadOptions options = {.jpeg_shrink = plan_jpeg_shrink(shrink), .webp_scale = 1.0 / shrink};
    g_autofree char *what = g_strdup_printf("damaged %s", format_info(job->info.format)->name);
    VipsImage *image = load_image(job->info.format, job->bytes, job->size, &options, error);

    if (image == NULL)
        return FALSE;
    job->base = job_build_base(job, image);
    if (job->base == NULL) {
        engine_take_error(ERROR_INPUT, what, error);
        return FALSE;
    }
    return TRUE;
}

static VipsImage *crop(VipsImage *image, const PlanOutput *output)
{
    VipsImage *out = NULL;

    if ((guint32)image->Xsize == output->width && (guint32)image->Ysize == output->height)
        return image;
    if (vips_crop(image, &out, (int)output->left, (int)output->top, (int)output->width, (int)output->height,
                  NULL) != 0)
        g_clear_object(&out);
    return replace(image, out);
}

static VipsImage *job_make_output(Job *job, guint index)
{
    const PlanOutput *output = &job->plan.outputs[index];
    VipsImage *parent = output->parent == PLAN_BASE ? job->base : job->scaled[output->parent];
    VipsImage *image = resize(g_object_ref(parent), output->scaled_width, output->scaled_height);

    if (image != NULL && output->is_parent) {
        image = in_memory(image);
        if (image != NULL)
            job->scaled[index] = g_object_ref(image);
    }
    image = image != NULL ? crop(image, output) : NULL;
    if (image != NULL && !format_info(job->recipes[index].format)->has_alpha)
        image = colour_flatten(image);
    return image;
}

static Rendition *job_render_output(Job *job, guint index, GError **error)
{
    const PlanOutput *output = &job->plan.outputs[index];
    const Recipe *recipe = &job->recipes[index];
    VipsImage *image = job_make_output(job, index);
    Blob *blob;
    Rendition *rendition;

    if (image == NULL) {
        engine_take_error(ERROR_INPUT, "rendering", error);
        return NULL;
    }
    blob = encode(image, recipe, job->limits->max_output_bytes, error);
    g_object_unref(image);
    if (blob == NULL)
        return NULL;
    rendition = g_new0(Rendition, 1);
    *rendition =
        (Rendition){.blob = blob, .width = output->width, .height = output->height, .format = recipe->format};
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

        if (recipe->width < 1 || recipe->width > RECIPE_MAX_SIDE || recipe->height < 1 ||
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

    engine_drop_error();
    if (!check_recipes(recipes, n_recipes, error) || !probe(bytes, size, &job.info, error) ||
        !check_pixels(&job.info, limits, error))
        return NULL;
    if (job_swaps_axes(&job))
        plan_make(job.info.height, job.info.width, recipes, n_recipes, &job.plan);
    else
        plan_make(job.info.width, job.info.height, recipes, n_recipes, &job.plan);
    if (job_make_base(&job, error))
        renditions = job_render_all(&job, error);
    g_clear_object(&job.base);
    for (guint i = 0; i < G_N_ELEMENTS(job.scaled); i++)
        g_clear_object(&job.scaled[i]);
    return renditions;
}
