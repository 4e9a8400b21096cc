#include "daemon/dispatch/head_requests.h"

struct HeadRequests {
    Store *source;
    GHashTable *running; /* set of Look */
    HeadRequestFunc func;
    void *data;
};

typedef struct {
    HeadRequests *looks;
    WorkObject *object;
    StoreHeadRequest *look; /* NULL once it is over */
} Look;

gboolean head_requests_are_needed(const Config *config, const Store *source)
{
    return !store_is_directory(source) && config_copies_metadata(config);
}

static void look_free(void *data)
{
    Look *look = data;

    store_head_cancel(look->look);
    work_object_free(look->object);
    g_free(look);
}

HeadRequests *head_requests_new(Store *source, HeadRequestFunc func, void *data)
{
    HeadRequests *looks = g_new0(HeadRequests, 1);

    looks->source = source;
    looks->running = g_hash_table_new_full(NULL, NULL, look_free, NULL);
    looks->func = func;
    looks->data = data;
    return looks;
}

static void on_look(StoreHead *head, const GError *error, void *data)
{
    Look *look = data;
    HeadRequests *looks = look->looks;
    WorkObject *object = g_steal_pointer(&look->object);

    look->look = NULL;
    object->head = head;
    g_hash_table_remove(looks->running, look);
    looks->func(object, error, looks->data);
}

void head_requests_start(HeadRequests *looks, WorkObject *object)
{
    Look *look = g_new0(Look, 1);

    look->looks = looks;
    look->object = object;
    look->look = store_head(looks->source, object->key, on_look, look);
    g_hash_table_add(looks->running, look);
}

guint head_requests_count(const HeadRequests *looks)
{
    return g_hash_table_size(looks->running);
}

void head_requests_free(HeadRequests *looks)
{
    if (looks == NULL)
        return;
    g_hash_table_unref(looks->running);
    g_free(looks);
}
