#include "daemon/dispatch/reading_task.h"

#include "base/quote.h"
#include "daemon/access/stores.h"

ObjectTask *reading_task_new(const Config *config, Store *store, const char *key, GError **error)
{
    g_autoptr(ObjectTask) task = object_task_new();

    task->name = quote_key(key);
    task->etag = g_strdup("");
    task->size_bytes = SIZE_UNKNOWN;
    task->max_source_bytes = config->limits.max_source_bytes;
    task->limits = config_render_limits(config);
    task->reference = store_get_reference(store, key, STORES_REFERENCE_S, error);
    return task->reference != NULL ? g_steal_pointer(&task) : NULL;
}
