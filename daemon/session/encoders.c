#include "daemon/session/encoders.h"

#include "base/blob.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"

/* The smallest GIF, one white pixel. */
static const guint8 tiny_gif[] = {
    'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 0xff, 0xff, 0xff, 0,   0,
    0,   ',', 0,   0,   0,   0,   1, 0, 1, 0, 0,    2, 2, 0x44, 1,    0,    ';',
};

/* The size it is enlarged to: encoders divide images into blocks of 8 or 16 pixels. */
#define SIDE 16

/* Limit of a trial, even if objects may take longer. */
#define MAX_TIMEOUT_MS (30 * G_GINT64_CONSTANT(1000))

static void trial_free(void *data)
{
    EncoderTrial *trial = data;

    g_clear_error(&trial->error);
    g_free(trial);
}

static void add_trial(GPtrArray *trials, const OutputConfig *output, ImageFormat format)
{
    EncoderTrial *trial = g_new0(EncoderTrial, 1);

    trial->output = output->name;
    trial->format = format;
    trial->encoder = output->recipe.encoder;
    trial->is_needed = output->recipe.format != FORMAT_SOURCE;
    g_ptr_array_add(trials, trial);
}

/* The encoding options of the recipe, with a size that costs little time. */
static Recipe tiny_recipe(const Recipe *recipe, ImageFormat format)
{
    Recipe tiny = {.width = SIDE, .height = SIDE, .fit = FIT_FILL, .enlarge = TRUE, .format = format};

    if (recipe->format == FORMAT_SOURCE) /* the recipe's options may not apply to this format */
        return tiny;
    tiny.quality = recipe->quality;
    tiny.effort = recipe->effort;
    tiny.lossless = recipe->lossless;
    tiny.progressive = recipe->progressive;
    tiny.subsampling = recipe->subsampling;
    tiny.palette = recipe->palette;
    tiny.encoder = recipe->encoder;
    return tiny;
}

static ObjectTask *task_new(void)
{
    ObjectTask *task = object_task_new();

    task->max_source_bytes = sizeof tiny_gif;
    task->limits = (RenderLimits){.max_pixels = SIDE * SIDE, .max_output_bytes = 1 << 20};
    return task;
}

/* One trial for each output, in their order; then, if any output has the format of its source, one trial for
 * each format of originals. */
static GPtrArray *trials_new(const Config *config, ObjectTask *task)
{
    GPtrArray *trials = g_ptr_array_new_with_free_func(trial_free);
    const OutputConfig *as_source = NULL;

    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        const Recipe tiny = tiny_recipe(&output->recipe, output->recipe.format);

        if (output->recipe.format == FORMAT_SOURCE) {
            as_source = output;
            continue;
        }
        add_trial(trials, output, output->recipe.format);
        object_task_add_recipe(task, i, &tiny);
    }
    for (ImageFormat format = 0; as_source != NULL && format < FORMAT_SOURCE; format++) {
        const Recipe tiny = tiny_recipe(&as_source->recipe, format);

        if (!format_info(format)->can_encode || trials->len == LIMIT_OUTPUTS)
            continue;
        add_trial(trials, as_source, format);
        object_task_add_recipe(task, trials->len, &tiny);
    }
    return trials;
}

static Blob *picture_new(GError **error)
{
    Blob *blob = blob_new("source", sizeof tiny_gif, error);

    if (blob != NULL && blob_append(blob, tiny_gif, sizeof tiny_gif, error) && blob_seal(blob, error))
        return blob;
    blob_unref(blob);
    return NULL;
}

static gboolean render(ProcessExecutor *imager, const ObjectTask *task, GPtrArray *trials, GError **error)
{
    Blob *picture = picture_new(error);
    g_autoptr(Future) future =
        picture != NULL ? imager_submit(imager, TARGET_RENDER, task, picture, NULL, error) : NULL;
    GVariant *value = future != NULL ? future_result(future, CLOCK_FOREVER, error) : NULL;
    g_autoptr(Rendering) rendering = value != NULL ? rendering_adopt(task, future, value, error) : NULL;

    blob_unref(picture);
    for (guint i = 0; rendering != NULL && i < trials->len; i++) {
        const GError *failure = rendering_output(rendering, i)->error;

        ((EncoderTrial *)trials->pdata[i])->error = failure != NULL ? g_error_copy(failure) : NULL;
    }
    return rendering != NULL;
}

GPtrArray *encoders_try(const Config *config, EngineReport **ret_report, GError **error)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(ObjectTask) task = task_new();
    g_autoptr(GPtrArray) trials = trials_new(config, task);
    const gint64 timeout_ms = MIN(config->workers.task_timeout_ms, MAX_TIMEOUT_MS);
    ProcessExecutor *imager =
        imager_start(&(ImagerOptions){.task_timeout_ms = timeout_ms,
                                      .best_effort = config->sandbox == CONFIG_SANDBOX_BEST_EFFORT},
                     context, error);
    EngineReport *report;
    gboolean ok;

    if (imager == NULL)
        return NULL;
    ok = render(imager, task, trials, error);
    report = ret_report != NULL ? engine_report_of(imager, NULL) : NULL;
    if (report != NULL)
        *ret_report = report;
    executor_shutdown(process_executor_base(imager), TRUE, TRUE);
    executor_free(process_executor_base(imager));
    return ok ? g_steal_pointer(&trials) : NULL;
}

const char *encoder_advice(const EncoderTrial *trial)
{
    if (trial->format == FORMAT_AVIF && trial->encoder == ENCODER_SVT)
        return "install libheif's encoder SVT-AV1 (Debian 13: libheif-plugin-svtenc; Debian 12 has none), or "
               "set "
               "encoder: auto";
    if (trial->format == FORMAT_AVIF)
        return "install libheif's encoder for AV1 (Debian 13: libheif-plugin-aomenc or "
               "libheif-plugin-svtenc)";
    return "install a libvips that was built with this format";
}

gboolean encoders_check(const Config *config, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GPtrArray) trials = encoders_try(config, NULL, &reason);
    g_autoptr(GString) failed = g_string_new(NULL);

    if (trials == NULL && error_class(reason) == ERROR_CONFIG) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return FALSE;
    }
    if (trials == NULL)
        log_event(LOG_WARNING, "cannot test the encoders", "reason", reason->message, NULL);
    for (guint i = 0; trials != NULL && i < trials->len; i++) {
        const EncoderTrial *trial = trials->pdata[i];

        if (trial->error == NULL)
            continue;
        if (trial->is_needed)
            g_string_append_printf(failed, "%soutput %s: %s: %s", failed->len > 0 ? "; " : "", trial->output,
                                   trial->error->message, encoder_advice(trial));
        else
            log_event(LOG_WARNING, "originals of this format will fail", "output", trial->output, "format",
                      format_info(trial->format)->name, "reason", trial->error->message, "advice",
                      encoder_advice(trial), NULL);
    }
    if (failed->len == 0)
        return TRUE;
    error_set(error, ERROR_CONFIG, "%s", failed->str);
    return FALSE;
}

/* Adds the outputs of a job whose recipe no other output has. */
static void collect_outputs(const Config *config, GHashTable *recipes, GPtrArray *outputs)
{
    for (guint i = 0; i < config->outputs->len; i++) {
        OutputConfig *output = config->outputs->pdata[i];

        if (g_hash_table_add(recipes, output->recipe_id))
            g_ptr_array_add(outputs, output);
    }
}

gboolean encoders_check_jobs(const GPtrArray *jobs, GError **error)
{
    g_autoptr(GHashTable) recipes = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) outputs = g_ptr_array_new();

    if (jobs->len == 1)
        return encoders_check(jobs->pdata[0], error);
    for (guint i = 0; i < jobs->len; i++)
        collect_outputs(jobs->pdata[i], recipes, outputs);
    for (guint first = 0; first < outputs->len; first += LIMIT_OUTPUTS) {
        g_autoptr(GPtrArray) part = g_ptr_array_new();
        Config config = *(const Config *)jobs->pdata[0]; /* what the jobs share, and borrowed outputs */

        for (guint i = first; i < MIN(first + LIMIT_OUTPUTS, outputs->len); i++)
            g_ptr_array_add(part, outputs->pdata[i]);
        config.outputs = part;
        if (!encoders_check(&config, error))
            return FALSE;
    }
    return TRUE;
}
