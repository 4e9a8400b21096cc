#include "daemon/looks.h"

struct Looks {
    Store *source;
    GHashTable *running; /* set of Look */
    LooksFunc func;
    void *data;
};

typedef struct {
    Looks *looks;
    WorkObject *object;
    StoreLook *look; /* NULL: it is over */
} Look;

gboolean looks_are_needed(const Config *config, const Store *source)
{
    return !store_is_directory(source) && config_copies_metadata(config);
}

static void look_free(void *data)
{
    Look *look = data;

    store_look_cancel(look->look);
    work_object_free(look->object);
    g_free(look);
}

Looks *looks_new(Store *source, LooksFunc func, void *data)
{
    Looks *looks = g_new0(Looks, 1);

    looks->source = source;
    looks->running = g_hash_table_new_full(NULL, NULL, look_free, NULL);
    looks->func = func;
    looks->data = data;
    return looks;
}

static void on_look(StoreHead *head, const GError *error, void *data)
{
    Look *look = data;
    Looks *looks = look->looks;
    WorkObject *object = g_steal_pointer(&look->object);

    look->look = NULL;
    object->head = head;
    g_hash_table_remove(looks->running, look);
    looks->func(object, error, looks->data);
}

void looks_start(Looks *looks, WorkObject *object)
{
    Look *look = g_new0(Look, 1);

    look->looks = looks;
    look->object = object;
    look->look = store_look(looks->source, object->key, on_look, look);
    g_hash_table_add(looks->running, look);
}

guint looks_count(const Looks *looks)
{
    return g_hash_table_size(looks->running);
}

void looks_free(Looks *looks)
{
    if (looks == NULL)
        return;
    g_hash_table_unref(looks->running);
    g_free(looks);
}
