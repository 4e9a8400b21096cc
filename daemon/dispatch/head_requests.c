#include "daemon/dispatch/head_requests.h"

struct HeadRequests {
    Store *source;
    GHashTable *running; /* set of Request */
    HeadRequestFunc func;
    void *data;
};

typedef struct {
    HeadRequests *requests;
    WorkObject *object;
    StoreHeadRequest *head; /* NULL once it is over */
} Request;

gboolean head_requests_are_needed(const Config *config, const Store *source)
{
    return !store_is_directory(source) && config_copies_metadata(config);
}

static void request_free(void *data)
{
    Request *request = data;

    store_head_cancel(request->head);
    work_object_free(request->object);
    g_free(request);
}

HeadRequests *head_requests_new(Store *source, HeadRequestFunc func, void *data)
{
    HeadRequests *requests = g_new0(HeadRequests, 1);

    requests->source = source;
    requests->running = g_hash_table_new_full(NULL, NULL, request_free, NULL);
    requests->func = func;
    requests->data = data;
    return requests;
}

static void on_head(StoreHead *head, const GError *error, void *data)
{
    Request *request = data;
    HeadRequests *requests = request->requests;
    WorkObject *object = g_steal_pointer(&request->object);

    request->head = NULL;
    object->head = head;
    g_hash_table_remove(requests->running, request);
    requests->func(object, error, requests->data);
}

void head_requests_start(HeadRequests *requests, WorkObject *object)
{
    Request *request = g_new0(Request, 1);

    request->requests = requests;
    request->object = object;
    request->head = store_head(requests->source, object->key, on_head, request);
    g_hash_table_add(requests->running, request);
}

guint head_requests_count(const HeadRequests *requests)
{
    return g_hash_table_size(requests->running);
}

void head_requests_free(HeadRequests *requests)
{
    if (requests == NULL)
        return;
    g_hash_table_unref(requests->running);
    g_free(requests);
}
