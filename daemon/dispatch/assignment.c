#include "daemon/dispatch/assignment.h"

#include "base/quote.h"
#include "batch/upload_headers.h"
#include "daemon/access/stores.h"
#include "daemon/dispatch/countersign.h"

/* The version that the worker must read, so that it does not silently read another one: that of the HEAD
 * request, if there was one, else at the first attempt the listed one. If the object has changed since, a
 * later attempt takes the current version: the listing of a large source is hours old by its end. */
static gboolean is_listed_version(const WorkObject *object)
{
    return object->head == NULL && object->tries == 0;
}

/* The ETag of that version; NULL if it is unknown. */
static const char *known_etag(const WorkObject *object)
{
    if (object->head != NULL)
        return object->head->etag;
    return is_listed_version(object) ? object->etag : NULL;
}

GStrv assignment_headers(const Config *config, const WorkObject *object, guint number, GError **error)
{
    UploadSource source = {.key = object->key, .etag = known_etag(object)};

    if (object->head != NULL) {
        source.version_id = object->head->version_id;
        source.metadata = (const char *const *)object->head->metadata;
    }
    return upload_headers(config, number, &source, error);
}

/* The upload URL; empty if its signature depends on bytes that do not exist yet. Owned by the caller. NULL:
 * the errors of assignment_make(). */
static char *output_reference(const AssignmentOptions *options, const char *key, const char *const *headers,
                              GError **error)
{
    if (countersign_is_needed(options->config))
        return g_strdup("");
    return store_put_reference(options->destination, key, headers, STORES_REFERENCE_S, error);
}

static gboolean add_outputs(const AssignmentOptions *options, const WorkObject *object, ObjectTask *task,
                            GError **error)
{
    for (guint i = 0; i < object->outputs->len; i++) {
        const DiffOutput *wanted = work_object_output(object, i);
        const OutputConfig *output = config_output(options->config, wanted->output);
        TaskOutput *added;

        g_array_set_size(task->outputs, i + 1);
        added = &g_array_index(task->outputs, TaskOutput, i);
        added->number = wanted->output;
        added->recipe = output->recipe;
        added->keep_existing = options->keep_existing && wanted->is_missing;
        added->headers = assignment_headers(options->config, object, wanted->output, error);
        if (added->headers == NULL)
            return FALSE;
        added->reference = output_reference(options, wanted->key, (const char *const *)added->headers, error);
        if (added->reference == NULL)
            return FALSE;
    }
    return TRUE;
}

static void set_version(const WorkObject *object, ObjectTask *task)
{
    const char *etag = known_etag(object);

    task->etag = g_strdup(etag != NULL ? etag : "");
    task->size_bytes = is_listed_version(object) ? object->size_bytes : SIZE_UNKNOWN;
    if (object->head != NULL)
        task->size_bytes = object->head->size_bytes;
}

ObjectTask *assignment_make(const AssignmentOptions *options, const WorkObject *object, GError **error)
{
    g_autoptr(ObjectTask) task = object_task_new();

    task->name = quote_key(object->key);
    set_version(object, task);
    task->max_source_bytes = options->config->limits.max_source_bytes;
    task->limits = config_render_limits(options->config);
    task->limits.max_memory_bytes = object->allowed_bytes;
    task->limits.light_pixels = object->light_pixels;
    task->reference = store_get_reference(options->source, object->key, STORES_REFERENCE_S, error);
    if (task->reference == NULL || !add_outputs(options, object, task, error))
        return NULL;
    return g_steal_pointer(&task);
}
