#include "daemon/preview/preview.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"
#include "batch/output_key.h"
#include "daemon/preview/contact_sheet.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "imaging/planning/explanation.h"
#include "store/file.h"

/* The picture that represents the source on the page: originals may be large, and of formats that no browser
 * shows. */
static const Recipe thumbnail_recipe = {.width = 480,
                                        .height = 480,
                                        .fit = FIT_INSIDE,
                                        .background = RECIPE_WHITE,
                                        .format = FORMAT_WEBP,
                                        .max_frames = 1};

/* Shared by all images. */
typedef struct {
    const Config *config;
    char *folder; /* contains all images, directly or in subfolders: their names on the page are relative to
                   * it */
    ProcessExecutor *imager;
    ObjectTask *outputs;
    ObjectTask *thumbnail; /* a separate task: as an additional output it would change how the others are
                            * made */
    ContactSheet *sheet;
    Preview *preview;
} Studio;

/* One image. */
typedef struct {
    char *path; /* quoted, for the log */
    char *name; /* relative to the common folder, quoted, for the page */
    Blob *bytes;
    gboolean is_explained;
    Explanation explanation;
    char *plan; /* the explanation as text */
    Rendering *rendering;
    Rendering *thumbnail;
    gint64 spent_us;
} Subject;

void preview_free(Preview *preview)
{
    if (preview == NULL)
        return;
    blob_unref(preview->page);
    g_free(preview);
}

static void subject_clear(Subject *subject)
{
    g_free(subject->path);
    g_free(subject->name);
    blob_unref(subject->bytes);
    g_free(subject->plan);
    rendering_free(subject->rendering);
    rendering_free(subject->thumbnail);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Subject, subject_clear)

/* Requests to the imager */

static gboolean explain(const Studio *studio, const Blob *bytes, Explanation *ret_explanation, GError **error)
{
    g_autoptr(Future) future =
        imager_submit(studio->imager, TARGET_EXPLAIN, studio->outputs, bytes, NULL, error);
    GVariant *value = future != NULL ? future_result(future, CLOCK_FOREVER, error) : NULL;

    return value != NULL &&
           explanation_from_variant(value, studio->outputs->outputs->len, ret_explanation, error);
}

static Rendering *render(const Studio *studio, const ObjectTask *task, const Blob *bytes, GError **error)
{
    g_autoptr(Future) future = imager_submit(studio->imager, TARGET_RENDER, task, bytes, NULL, error);
    GVariant *value = future != NULL ? future_result(future, CLOCK_FOREVER, error) : NULL;

    return value != NULL ? rendering_adopt(task, future, value, error) : NULL;
}

static char *plan_text(const Studio *studio, const char *path, const Explanation *explanation)
{
    g_autofree char *key = g_path_get_basename(path);
    g_autofree char *quoted = quote_key(key);
    g_auto(GStrv) labels = output_key_labels(studio->config, key);

    return explanation_text(explanation, quoted, (const char *const *)labels);
}

/* FALSE if some outputs could not be made: one error names all of them. */
static gboolean check_outputs(const Studio *studio, const Rendering *rendering, GError **error)
{
    g_autoptr(GString) reasons = g_string_new(NULL);
    ErrorClass class = ERROR_INTERNAL;

    for (guint i = 0; i < rendering->outputs->len; i++) {
        const GError *failure = rendering_output(rendering, i)->error;

        if (failure == NULL)
            continue;
        class = error_class(failure);
        g_string_append_printf(reasons, "%s%s: %s", reasons->len > 0 ? "; " : "",
                               config_output(studio->config, i)->name, failure->message);
    }
    if (reasons->len == 0)
        return TRUE;
    error_set(error, class, "%s", reasons->str);
    return FALSE;
}

/* Renders the outputs first, so that errors of an image read as in a run. Results up to an error are kept, to
 * be shown. */
static gboolean subject_make(const Studio *studio, const char *path, Subject *subject, GError **error)
{
    const guint64 max_bytes = studio->config->limits.max_source_bytes;
    gint64 start_us;

    subject->bytes = blob_new("source", max_bytes, error);
    if (subject->bytes == NULL ||
        !file_read(&(FilePath){.name = path}, max_bytes, -1, subject->bytes, error) ||
        !blob_seal(subject->bytes, error))
        return FALSE;
    subject->is_explained = explain(studio, subject->bytes, &subject->explanation, error);
    if (!subject->is_explained)
        return FALSE;
    subject->plan = plan_text(studio, path, &subject->explanation);
    start_us = clock_now_us();
    subject->rendering = render(studio, studio->outputs, subject->bytes, error);
    subject->spent_us = clock_now_us() - start_us;
    subject->thumbnail = render(studio, studio->thumbnail, subject->bytes, NULL);
    return subject->rendering != NULL && check_outputs(studio, subject->rendering, error);
}

/* Adding to the sheet */

static SheetPicture picture_of_source(const Explanation *e)
{
    const PlanSize size = explanation_upright(e);

    return (SheetPicture){.name = "source",
                          .format = e->format,
                          .width = size.width,
                          .height = size.height,
                          .frames = e->frames,
                          .size_bytes = e->size_bytes};
}

static SheetPicture picture_of(const char *name, const Rendered *rendered)
{
    return (SheetPicture){.name = name,
                          .format = rendered->format,
                          .width = rendered->width,
                          .height = rendered->height,
                          .frames = rendered->frames,
                          .quality = rendered->quality,
                          .spent_ms = rendered->spent_ms,
                          .size_bytes = blob_size(rendered->bytes),
                          .bytes = blob_data(rendered->bytes)};
}

static gboolean subject_show(const Studio *studio, const Subject *subject, const GError *failure,
                             GError **error)
{
    const Rendering *rendering = subject->rendering;
    SheetPicture outputs[LIMIT_OUTPUTS];
    SheetPicture source, thumbnail;
    SheetEntry entry = {.name = subject->name,
                        .outputs = outputs,
                        .spent_ms = (guint32)(subject->spent_us / CLOCK_US_PER_MS),
                        .plan = subject->plan,
                        .warnings = rendering != NULL ? (const char *const *)rendering->warnings : NULL,
                        .failure = failure != NULL ? failure->message : NULL};

    if (subject->is_explained) {
        source = picture_of_source(&subject->explanation);
        entry.source = &source;
    }
    if (subject->thumbnail != NULL && rendering_output(subject->thumbnail, 0)->error == NULL) {
        thumbnail = picture_of("source", rendering_output(subject->thumbnail, 0));
        entry.thumbnail = &thumbnail;
    }
    for (guint i = 0; rendering != NULL && i < rendering->outputs->len; i++) {
        const Rendered *rendered = rendering_output(rendering, i);

        if (rendered->error == NULL)
            outputs[entry.n_outputs++] = picture_of(config_output(studio->config, i)->name, rendered);
    }
    return contact_sheet_add(studio->sheet, &entry, error);
}

static void subject_log(const Subject *subject, const GError *failure)
{
    if (failure != NULL)
        log_event(LOG_WARNING, "failed", "file", subject->path, "class",
                  error_class_name(error_class(failure)), "reason", failure->message, NULL);
    for (guint i = 0; subject->rendering != NULL && subject->rendering->warnings[i] != NULL; i++)
        log_event(LOG_WARNING, "rendered with a warning", "file", subject->path, "reason",
                  subject->rendering->warnings[i], NULL);
}

/* Names */

/* Removes the last component: "/a/b/" and "/a/b" become "/a/". The root stays. */
static void to_parent(char *folder)
{
    const gsize size = strlen(folder);

    if (size > 1 && folder[size - 1] == '/')
        folder[size - 1] = '\0';
    strrchr(folder, '/')[1] = '\0';
}

/* The deepest folder that contains all paths, with its slash. Owned by the caller. */
static char *common_folder(char *const *paths)
{
    char *folder = g_canonicalize_filename(paths[0], NULL);

    to_parent(folder);
    for (guint i = 1; paths[i] != NULL; i++) {
        g_autofree char *whole = g_canonicalize_filename(paths[i], NULL);

        while (!g_str_has_prefix(whole, folder))
            to_parent(folder);
    }
    return folder;
}

/* The path relative to folder, quoted; owned by the caller. */
static char *name_of(const char *folder, const char *path)
{
    g_autofree char *whole = g_canonicalize_filename(path, NULL);

    return quote_key(whole + strlen(folder));
}

static gboolean preview_image(const Studio *studio, const char *path, GError **error)
{
    g_auto(Subject) subject = {.path = quote_key(path), .name = name_of(studio->folder, path)};
    g_autoptr(GError) failure = NULL;
    const gboolean is_made = subject_make(studio, path, &subject, &failure);

    if (process_executor_broken(studio->imager) != NULL) {
        g_propagate_error(error, g_error_copy(process_executor_broken(studio->imager)));
        return FALSE;
    }
    studio->preview->n_images++;
    studio->preview->n_failed += is_made ? 0 : 1;
    subject_log(&subject, failure);
    return subject_show(studio, &subject, failure, error);
}

/* Setup */

static ObjectTask *task_new(const Config *config)
{
    ObjectTask *task = object_task_new();

    task->max_source_bytes = config->limits.max_source_bytes;
    task->limits = config_render_limits(config);
    return task;
}

static void studio_close(Studio *studio)
{
    if (studio->imager != NULL) {
        executor_shutdown(process_executor_base(studio->imager), TRUE, TRUE);
        executor_free(process_executor_base(studio->imager));
    }
    object_task_free(studio->outputs);
    object_task_free(studio->thumbnail);
    contact_sheet_free(studio->sheet);
    g_free(studio->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Studio, studio_close)

/* The caller must close *studio, even on failure. */
static gboolean studio_open(Studio *studio, const PreviewOptions *options, GMainContext *context,
                            GError **error)
{
    const Config *config = options->config;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    studio->config = config;
    studio->folder = common_folder(options->paths);
    studio->outputs = task_new(config);
    for (guint i = 0; i < config->outputs->len; i++)
        object_task_add_recipe(studio->outputs, i, &config_output(config, i)->recipe);
    studio->thumbnail = task_new(config);
    object_task_add_recipe(studio->thumbnail, 0, &thumbnail_recipe);
    for (guint i = 0; options->paths[i] != NULL; i++)
        g_ptr_array_add(names, name_of(studio->folder, options->paths[i]));
    g_ptr_array_add(names, NULL);
    studio->sheet =
        contact_sheet_new(options->title, (const char *const *)names->pdata, CONTACT_SHEET_MAX_BYTES, error);
    if (studio->sheet == NULL)
        return FALSE;
    studio->imager =
        imager_start(&(ImagerOptions){.task_timeout_ms = config->workers.task_timeout_ms,
                                      .max_tasks = config->workers.max_tasks_per_child,
                                      .best_effort = config->sandbox == CONFIG_SANDBOX_BEST_EFFORT,
                                      .max_output_bytes = config->limits.max_output_bytes,
                                      .memory_bytes = config_memory_bytes(config)},
                     context, error);
    return studio->imager != NULL;
}

Preview *preview_make(const PreviewOptions *options, GError **error)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Preview) preview = g_new0(Preview, 1);
    g_auto(Studio) studio = {.preview = preview};

    if (!studio_open(&studio, options, context, error))
        return NULL;
    for (guint i = 0; options->paths[i] != NULL; i++)
        if (!preview_image(&studio, options->paths[i], error))
            return NULL;
    preview->page = contact_sheet_finish(studio.sheet, error);
    return preview->page != NULL ? g_steal_pointer(&preview) : NULL;
}
