#include "imaging/render.h"

#include <math.h>
#include <vips/vips.h>

#include "base/clock.h"
#include "base/error.h"
#include "imaging/colour.h"
#include "imaging/encode.h"
#include "imaging/engine.h"
#include "imaging/finish.h"
#include "imaging/formats/jpeg_end.h"
#include "imaging/formats/tiff_pages.h"
#include "imaging/load.h"
#include "imaging/load_error.h"
#include "imaging/planning/footprint.h"
#include "imaging/planning/planner.h"
#include "imaging/probe.h"
#include "imaging/resize.h"
#include "imaging/step.h"

typedef struct {
    const void *bytes;
    gsize size;
    const Recipe *recipes;
    const RenderLimits *limits;
    ImageInfo info;
    Plan plan;
    LoadOptions load;
    PlanSize loaded; /* size that `load` delivers, as stored */
    VipsImage *bases[LIMIT_OUTPUTS];
    VipsImage *scaled[LIMIT_OUTPUTS]; /* images in memory of outputs that are parents of others; else NULL */
    guint8 *with_end;        /* a copy of a JPEG that lacks only its end marker, with the marker added; or
                              * NULL */
    gboolean lacks_only_end; /* the JPEG lacks only its end marker: all of its pixels are there */
    GPtrArray *complaints;   /* char *: warnings of the decoder, later of encoders too */
    RenderResult *result;
} Job;

void rendition_free(Rendition *rendition)
{
    if (rendition == NULL)
        return;
    g_clear_error(&rendition->error);
    blob_unref(rendition->blob);
    g_free(rendition);
}

void render_result_free(RenderResult *result)
{
    if (result == NULL)
        return;
    g_ptr_array_unref(result->renditions);
    g_ptr_array_unref(result->warnings);
    g_free(result);
}

static RenderResult *render_result_new(void)
{
    RenderResult *result = g_new0(RenderResult, 1);

    result->renditions = g_ptr_array_new_with_free_func((GDestroyNotify)rendition_free);
    result->warnings = g_ptr_array_new_with_free_func(g_free);
    return result;
}

/* The source */

static gboolean job_swaps_axes(const Job *job)
{
    return job->info.orientation >= 5;
}

/* Converts between sizes as stored and upright sizes. */
static PlanSize job_turn(const Job *job, PlanSize size)
{
    return job_swaps_axes(job) ? (PlanSize){size.height, size.width} : size;
}

static PlanSize job_upright_size(const Job *job)
{
    return job_turn(job, (PlanSize){job->info.width, job->info.height});
}

static guint32 job_source_frames(const Job *job)
{
    if (!format_has_option(job->info.format, OPTION_FRAMES))
        return 1;
    if (job->limits->max_frames == 0)
        return job->info.pages;
    return MIN(job->info.pages, job->limits->max_frames);
}

static gboolean job_is_linear(const Job *job)
{
    for (guint i = 0; i < job->plan.n_bases; i++)
        if (job->plan.bases[i].key.linear)
            return TRUE;
    return FALSE;
}

static void job_choose_level(Job *job)
{
    TiffFile file;
    PlanSize upright[TIFF_MAX_LEVELS];

    if (!tiff_file_read(job->bytes, job->size, &file))
        return;
    for (guint i = 0; i < file.n_levels; i++)
        upright[i] = job_turn(job, file.levels[i].size);
    job->load.tiff_level = plan_level(&job->plan, upright, file.n_levels);
    job->loaded = file.levels[job->load.tiff_level].size;
}

/* The decoders of JPEG and WebP round up. */
static PlanSize size_reduced(PlanSize size, double factor)
{
    return (PlanSize){(guint32)ceil(size.width / factor), (guint32)ceil(size.height / factor)};
}

/* Chooses how far the decoder reduces. Not at all for linear resizing, since decoders average stored values
 * instead of light; nor for animations, since decoders reduce each frame by itself, which leaves seams where
 * a frame paints only a part. */
static void job_choose_load(Job *job)
{
    const double shrink = plan_shrink(&job->plan, job_upright_size(job));

    job->load.needs_all = job->with_end != NULL;
    job->load.frames = plan_frames(&job->plan);
    job->load.accept_truncated = job->limits->accept_truncated;
    job->loaded = (PlanSize){job->info.width, job->info.height};
    if (job->load.frames > 1 || job_is_linear(job))
        return;
    if (job->info.format == FORMAT_JPEG) {
        job->load.jpeg_shrink = plan_jpeg_shrink(shrink);
        job->loaded = size_reduced(job->loaded, job->load.jpeg_shrink);
    } else if (job->info.format == FORMAT_WEBP) {
        job->load.webp_scale = plan_webp_scale(&job->plan, job_upright_size(job));
        job->loaded = size_reduced(job->loaded, 1.0 / job->load.webp_scale);
    } else if (job->info.format == FORMAT_TIFF && shrink > 2.0) {
        job_choose_level(job);
    }
}

/* Bases */

/* A single uncropped output is streamed from decoder to encoder. An image that is read more than once,
 * rotated or cropped is rendered into memory first: a crop must not hide that the source is truncated. So is
 * a JPEG without its end marker: its decoder must have finished before encoders add warnings. */
static gboolean job_needs_memory(const Job *job)
{
    return job->plan.n_made > 1 || job->info.orientation != 1 || job->with_end != NULL ||
           plan_output_is_cropped(&job->plan.outputs[job->plan.order[0]]);
}

static VipsImage *turn_upright(VipsImage *image, const void *data)
{
    VipsImage *out = NULL;
    int result;

    (void)data;
    if (image == NULL)
        return NULL;
    result = vips_autorot(image, &out, NULL);
    return step_done(image, out, result);
}

/* Whether to lay the base over the background before it is resized, which saves resizing a fourth band.
 * Possible if the image already has the colours of the background. */
static gboolean job_flattens_first(const Job *job, const PlanBase *base)
{
    return base->is_flat && !base->key.linear && base->key.profile == PROFILE_SRGB &&
           job->info.icc != ICC_OTHER && !job->info.is_cmyk;
}

static VipsImage *job_build_base(const Job *job, const PlanBase *base, VipsImage *image)
{
    const guint32 n_frames = base->key.frames;
    const PlanSize size = job_turn(job, base->size);
    const Resize how = {size.width, size.height, base->key.linear, .memory = n_frames > 1};

    image = step_first_frames(image, n_frames, plan_frames(&job->plan));
    if (job_flattens_first(job, base))
        image = colour_flatten(image, base->background);
    image = resize(image, n_frames, &how);
    image = colour_convert(image, job->info.icc, base->key.profile);
    if (base->is_flat)
        image = colour_flatten(image, base->background);
    if (!job_needs_memory(job))
        return image;
    image = step_memory(image);
    if (job->info.orientation == 1)
        return image;
    return step_memory(step_each_frame(image, n_frames, turn_upright, NULL));
}

/* The decoded image is kept in memory only if several bases are made from it. */
static gboolean job_make_bases(Job *job, GError **error)
{
    VipsImage *image;
    gboolean ok = TRUE;

    if (!load_check(job->info.format, job->bytes, job->size, &job->load, error))
        return FALSE;
    image = load_image(job->info.format, job->bytes, job->size, &job->load, error);
    if (image == NULL)
        return FALSE;
    image = colour_prepare(image, job->info.icc);
    if (job->plan.n_bases > 1)
        image = step_memory(image);
    for (guint i = 0; image != NULL && ok && i < job->plan.n_bases; i++) {
        job->bases[i] = job_build_base(job, &job->plan.bases[i], g_object_ref(image));
        ok = job->bases[i] != NULL;
    }
    if (image == NULL || !ok) {
        load_take_error(job->info.format, error);
        ok = FALSE;
    }
    g_clear_object(&image);
    return ok;
}

/* Outputs */

static VipsImage *job_make_output(Job *job, guint index)
{
    const PlanOutput *output = &job->plan.outputs[index];
    const PlanKey *key = &job->plan.bases[output->base].key;
    const Resize how = {output->scaled.width, output->scaled.height, key->linear, .memory = FALSE};
    VipsImage *from =
        output->parent != PLAN_BASE ? job->scaled[output->parent] : NULL; /* NULL too if the parent failed */
    VipsImage *parent = from != NULL ? from : job->bases[output->base];
    VipsImage *image = resize(g_object_ref(parent), key->frames, &how);

    if (output->is_parent) {
        image = step_memory(image);
        if (image != NULL)
            job->scaled[index] = g_object_ref(image);
    }
    return finish(image, key->frames, output, &job->recipes[index]);
}

/* Returns NULL and sets *error if the output cannot be made; class ERROR_INPUT if the source is to blame. */
static Rendition *job_render_output(Job *job, guint index, GError **error)
{
    const PlanOutput *output = &job->plan.outputs[index];
    const PlanKey *key = &job->plan.bases[output->base].key;
    const EncodeOptions options = {.format = output->format,
                                   .n_frames = key->frames,
                                   .with_profile = key->profile != PROFILE_SRGB,
                                   .is_streamed = !job_needs_memory(job),
                                   .source = job->info.format,
                                   .max_bytes = job->limits->max_output_bytes};
    const gint64 start_us = clock_now_us();
    VipsImage *image = job_make_output(job, index);
    Rendition *rendition;
    guint32 quality;
    Blob *blob;

    if (image == NULL) {
        engine_take_error(ERROR_INTERNAL, "rendering", error);
        return NULL;
    }
    blob = encode(image, &job->recipes[index], &options, &quality, error);
    g_object_unref(image);
    if (blob == NULL)
        return NULL;
    rendition = g_new0(Rendition, 1);
    *rendition = (Rendition){.blob = blob,
                             .width = output->size.width,
                             .height = output->size.height,
                             .frames = key->frames,
                             .format = output->format,
                             .quality = quality,
                             .spent_ms = (guint32)((clock_now_us() - start_us) / CLOCK_US_PER_MS)};
    return rendition;
}

/* Takes ownership of the error. */
static Rendition *rendition_failed(GError *error)
{
    Rendition *rendition = g_new0(Rendition, 1);

    rendition->error = error;
    return rendition;
}

/* Renders the largest output first, because others are made from it. Results are stored in the order of the
 * recipes. */
static gboolean job_render_all(Job *job, GError **error)
{
    for (guint i = 0; i < job->plan.n_made; i++) {
        const guint index = job->plan.order[i];
        GError *reason = NULL;
        Rendition *rendition = job_render_output(job, index, &reason);

        if (reason != NULL && error_class(reason) == ERROR_INPUT) {
            g_propagate_error(error, reason);
            return FALSE;
        }
        g_ptr_array_index(job->result->renditions, index) =
            rendition != NULL ? rendition : rendition_failed(reason);
    }
    return TRUE;
}

/* Checks */

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

static gboolean job_check_pixels(const Job *job, guint32 n_frames, GError **error)
{
    const guint64 pixels = (guint64)job->info.width * job->info.height;
    const guint64 limit = job->limits->max_pixels;
    g_autofree char *frames = n_frames > 1 ? g_strdup_printf(" x %u frames", n_frames) : g_strdup("");

    if (pixels <= limit / n_frames)
        return TRUE;
    error_set(error, ERROR_LIMIT,
              "%u x %u%s = %" G_GUINT64_FORMAT " pixels exceed the limit of %" G_GUINT64_FORMAT,
              job->info.width, job->info.height, frames, pixels * n_frames, limit);
    return FALSE;
}

#define CUT_OFF "the file ends in the middle of a block"

static gboolean job_check_end(const Job *job, GError **error)
{
    if (!job->info.is_cut_off || job->limits->accept_truncated)
        return TRUE;
    error_set(error, ERROR_INPUT, "damaged %s: " CUT_OFF, format_info(job->info.format)->name);
    return FALSE;
}

/* Stores the reason for each output that the plan refuses. */
static void job_refuse(Job *job, const PlanSource *source)
{
    for (guint i = 0; i < job->plan.n_outputs; i++) {
        PlanOutput unused;
        GError *reason = NULL;

        if (job->plan.outputs[i].is_refused && !plan_output(source, &job->recipes[i], &unused, &reason))
            g_ptr_array_index(job->result->renditions, i) = rendition_failed(reason);
    }
}

static gboolean job_plan(Job *job, GError **error)
{
    const PlanSource source = {.size = job_upright_size(job),
                               .frames = job_source_frames(job),
                               .format = job->info.format,
                               .is_srgb =
                                   job->info.icc != ICC_OTHER || job->info.is_cmyk || job->info.is_hdr};

    if (!job_check_pixels(job, 1, error))
        return FALSE;
    plan_make(&source, job->recipes, job->result->renditions->len, &job->plan);
    job_refuse(job, &source);
    return job_check_pixels(job, plan_frames(&job->plan), error);
}

/* Adds the missing end marker to a JPEG that lacks nothing else, so that the decoder can tell whether the
 * data before it is complete. */
static gboolean job_complete(Job *job, GError **error)
{
    if (job->info.format != FORMAT_JPEG || !jpeg_lacks_only_end(job->bytes, job->size))
        return TRUE;
    job->with_end = jpeg_with_end(job->bytes, job->size);
    if (job->with_end == NULL) {
        error_set(error, ERROR_LIMIT, "out of memory");
        return FALSE;
    }
    job->bytes = job->with_end;
    job->size += JPEG_END_BYTES;
    return TRUE;
}

static gboolean is_lack_of_data(const char *complaint)
{
    return g_str_has_prefix(complaint, "Corrupt JPEG data");
}

/* Collects the warnings so far, without duplicates: headers are read more than once. */
static void job_collect_complaints(Job *job)
{
    g_autoptr(GPtrArray) complaints = engine_take_warnings();

    for (guint i = 0; i < complaints->len; i++) {
        const char *complaint = g_ptr_array_index(complaints, i);

        if (!g_ptr_array_find_with_equal_func(job->complaints, complaint, g_str_equal, NULL))
            g_ptr_array_add(job->complaints, g_strdup(complaint));
    }
}

/* If we added the end marker, any warning of the decoder may mean that more is missing: libvips reports only
 * the first of several warnings. Call it when all is decoded and nothing encoded. */
static gboolean job_check_data(Job *job, GError **error)
{
    const char *first;

    job_collect_complaints(job);
    job->lacks_only_end = job->with_end != NULL && job->complaints->len == 0;
    if (job->with_end == NULL || job->lacks_only_end || job->limits->accept_truncated)
        return TRUE;
    first = g_ptr_array_index(job->complaints, 0);
    if (is_lack_of_data(first))
        error_set(error, ERROR_INPUT, "damaged jpeg: Premature end of input file");
    else
        error_set(error, ERROR_INPUT, "damaged jpeg: the end is missing; decoder: %s", first);
    return FALSE;
}

/* Adds the collected warnings to the result. If damage is tolerated, the last warning is about the damage
 * that ended the decoding. */
static void job_warn_damage(const Job *job)
{
    const GPtrArray *complaints = job->complaints;
    const char *damage = job->info.is_cut_off ? CUT_OFF : NULL;
    GPtrArray *warnings = job->result->warnings;

    if (job->limits->accept_truncated && !job->lacks_only_end && complaints->len > 0)
        damage = g_ptr_array_index(complaints, complaints->len - 1);
    if (damage != NULL)
        g_ptr_array_add(warnings,
                        g_strdup_printf("damaged; rendered as far as it could be decoded: %s", damage));
    for (guint i = 0; damage == NULL && i < complaints->len; i++)
        g_ptr_array_add(
            warnings, g_strdup_printf("decoder warning: %s", (const char *)g_ptr_array_index(complaints, i)));
}

static char *sequence_text(Sequence sequence)
{
    if (sequence.n_frames == 0)
        return g_strdup("an animation; only its default image is used");
    return g_strdup_printf("an animation of %u frames; only its default image is used", sequence.n_frames);
}

static void job_warn(Job *job)
{
    const guint32 n_frames = job_source_frames(job);
    GPtrArray *warnings = job->result->warnings;

    if (job->info.icc == ICC_BROKEN)
        g_ptr_array_add(warnings,
                        g_strdup("the colour profile is damaged or does not match the image; ignored"));
    if (plan_frames(&job->plan) == n_frames && n_frames > 1 && n_frames < job->info.pages)
        g_ptr_array_add(
            warnings, g_strdup_printf("only the first %u of %u frames are used", n_frames, job->info.pages));
    if (job->info.sequence.is_animation)
        g_ptr_array_add(warnings, sequence_text(job->info.sequence));
    if (job->lacks_only_end)
        g_ptr_array_add(warnings, g_strdup("the JPEG end marker is missing; no pixels are lost"));
    job_warn_damage(job);
}

/* Memory */

static guint64 job_footprint(const Job *job)
{
    const ImageInfo *info = &job->info;
    const FootprintSource source = {.format = info->format,
                                    .size_bytes = job->with_end != NULL ? 2 * job->size : job->size,
                                    .stored = {info->width, info->height},
                                    .loaded = job->loaded,
                                    .frames = job->load.frames,
                                    .bands = info->bands,
                                    .sample_bytes = info->sample_bytes,
                                    .has_alpha = info->has_alpha,
                                    .is_multiscan = info->is_multiscan,
                                    .is_420 = info->is_420,
                                    .is_lossless = info->is_lossless,
                                    .tile = {info->tile_width, info->tile_height},
                                    .is_turned = info->orientation != 1,
                                    .is_streamed = job->load.frames == 1 && !job_needs_memory(job)};

    return footprint_predict(&source, &job->plan, job->recipes);
}

/* Probes the source and makes the plan. The caller frees job->result in any case. */
static gboolean job_begin(Job *job, guint n_recipes, GError **error)
{
    engine_drop_error();
    job->result = render_result_new();
    job->complaints = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(job->result->renditions, (int)n_recipes);
    if (!check_recipes(job->recipes, n_recipes, error) || !probe(job->bytes, job->size, &job->info, error) ||
        !job_check_end(job, error) || !job_complete(job, error) || !job_plan(job, error))
        return FALSE;
    job->load = LOAD_OPTIONS_PLAIN;
    if (job->plan.n_made == 0)
        return TRUE;
    job_choose_load(job);
    job->result->memory_bytes = job_footprint(job);
    return TRUE;
}

static gboolean job_decode(Job *job, GError **error)
{
    const RenderLimits *limits = job->limits;
    const guint64 pixels =
        (guint64)job->info.width * (guint64)job->info.height * (guint64)MAX(1, job->load.frames);

    if (job->plan.n_made == 0)
        return TRUE;
    if ((limits->max_memory_bytes != 0 && job->result->memory_bytes > limits->max_memory_bytes) ||
        (limits->light_pixels != 0 && pixels > limits->light_pixels)) {
        g_ptr_array_set_size(job->result->renditions, 0);
        return TRUE;
    }
    if (!job_make_bases(job, error) || !job_check_data(job, error) || !job_render_all(job, error))
        return FALSE;
    job_collect_complaints(job);
    return TRUE;
}

/* Frees everything but the result. */
static void job_clear(Job *job)
{
    for (guint i = 0; i < LIMIT_OUTPUTS; i++) {
        g_clear_object(&job->bases[i]);
        g_clear_object(&job->scaled[i]);
    }
    g_clear_pointer(&job->complaints, g_ptr_array_unref);
    g_clear_pointer(&job->with_end, g_free);
}

RenderResult *render(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                     const RenderLimits *limits, GError **error)
{
    Job job = {.bytes = bytes, .size = size, .recipes = recipes, .limits = limits};
    const gboolean ok = job_begin(&job, n_recipes, error) && job_decode(&job, error);

    if (ok)
        job_warn(&job);
    else
        g_clear_pointer(&job.result, render_result_free);
    job_clear(&job);
    return job.result;
}

/* Opens the image, which tells the size that it is loaded with. */
static Explanation *job_explain(Job *job, GError **error)
{
    VipsImage *image = load_image(job->info.format, job->bytes, job->size, &job->load, error);
    Explanation *explanation;
    PlanSize loaded;

    if (image == NULL)
        return NULL;
    loaded = (PlanSize){(guint32)image->Xsize, (guint32)vips_image_get_page_height(image)};
    g_object_unref(image);
    explanation = g_new(Explanation, 1);
    *explanation = (Explanation){.format = job->info.format,
                                 .size_bytes = job->size,
                                 .orientation = job->info.orientation,
                                 .frames = job->info.pages,
                                 .stored = {job->info.width, job->info.height},
                                 .loaded = job_turn(job, loaded),
                                 .memory_bytes = job->result->memory_bytes,
                                 .plan = job->plan};
    return explanation;
}

Explanation *render_explain(const void *bytes, gsize size, const Recipe *recipes, guint n_recipes,
                            const RenderLimits *limits, GError **error)
{
    Job job = {.bytes = bytes, .size = size, .recipes = recipes, .limits = limits};
    Explanation *explanation = job_begin(&job, n_recipes, error) ? job_explain(&job, error) : NULL;

    render_result_free(job.result);
    job_clear(&job);
    return explanation;
}
