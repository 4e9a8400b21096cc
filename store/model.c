#include "store/model.h"

void store_object_free(StoreObject *object)
{
    if (object == NULL)
        return;
    g_free(object->key);
    g_free(object->etag);
    g_free(object);
}

char *store_object_version(const StoreObject *object)
{
    if (object->etag != NULL)
        return g_strdup(object->etag);
    return g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GINT64_FORMAT ".%09u", object->size_bytes,
                           object->mtime_s, object->mtime_ns);
}

void store_head_free(StoreHead *head)
{
    if (head == NULL)
        return;
    g_free(head->etag);
    g_free(head->version_id);
    g_strfreev(head->metadata);
    g_free(head);
}
