#include "store/model.h"

#include <string.h>

StoreObject *store_object_new(const char *key, const char *etag)
{
    const gsize key_size = strlen(key) + 1;
    const gsize etag_size = etag != NULL ? strlen(etag) + 1 : 0;
    StoreObject *object = g_malloc(sizeof *object + key_size + etag_size);
    char *texts = (char *)(object + 1);

    *object = (StoreObject){.key = memcpy(texts, key, key_size)};
    if (etag != NULL)
        object->etag = memcpy(texts + key_size, etag, etag_size);
    return object;
}

StoreObject *store_object_copy(const StoreObject *object)
{
    StoreObject *copy = store_object_new(object->key, object->etag);
    const StoreObject texts = *copy;

    *copy = *object;
    copy->key = texts.key;
    copy->etag = texts.etag;
    return copy;
}

void store_object_free(StoreObject *object)
{
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
    g_free(head->content_type);
    g_strfreev(head->metadata);
    g_free(head);
}
