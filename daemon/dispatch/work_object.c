#include "daemon/dispatch/work_object.h"

#include "base/error.h"
#include "base/log.h"
#include "base/quote.h"

/* How often the imager may ask for more memory for one object. A second time is already unusual: the object
 * has changed since. */
#define MAX_DEMANDS 3u

void work_object_free(WorkObject *object)
{
    if (object == NULL)
        return;
    g_free(object->key);
    g_free(object->etag);
    store_head_free(object->head);
    g_free(object->version);
    g_clear_error(&object->failure);
    g_array_unref(object->outputs);
    g_free(object);
}

const DiffOutput *work_object_output(const WorkObject *object, guint i)
{
    return &g_array_index(object->outputs, DiffOutput, i);
}

gint work_object_find(const WorkObject *object, guint number)
{
    for (guint i = 0; i < object->outputs->len; i++)
        if (work_object_output(object, i)->output == number)
            return (gint)i;
    return -1;
}

/* Bytes in whole MB, rounded up. */
static guint64 megabytes(guint64 bytes)
{
    return bytes / 1000000 + (bytes % 1000000 != 0);
}

gboolean work_object_demand(WorkObject *object, guint64 bytes, guint64 budget_bytes, GError **error)
{
    g_autofree char *key = quote_key(object->key);
    g_autofree char *amount = g_strdup_printf("%" G_GUINT64_FORMAT " MB", megabytes(bytes));

    if ((bytes <= object->allowed_bytes && object->memory_bytes != 0) || ++object->demands > MAX_DEMANDS) {
        error_set(error, ERROR_INTERNAL, "the imager repeatedly asks for %s of memory", amount);
        return FALSE;
    }
    if (bytes > budget_bytes) {
        error_set(error, ERROR_LIMIT,
                  "decoding and rendering takes %s of memory, more than the limit of %" G_GUINT64_FORMAT
                  " MB",
                  amount, megabytes(budget_bytes));
        return FALSE;
    }
    log_event(LOG_DEBUG, "waiting for memory", "key", key, "memory", amount, NULL);
    object->memory_bytes = bytes;
    return TRUE;
}
