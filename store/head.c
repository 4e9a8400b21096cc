#include "store/head.h"

#include "s3/call.h"
#include "s3/etag.h"

struct StoreHeadRequest {
    S3Call *call;
    StoreHeadFunc func;
    void *user;
};

void store_head_free(StoreHead *head)
{
    if (head == NULL)
        return;
    g_free(head->etag);
    g_free(head->version_id);
    g_strfreev(head->metadata);
    g_free(head);
}

static StoreHead *head_of(const HttpResponse *response)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    gint64 length = http_response_length(response);
    StoreHead *head = g_new0(StoreHead, 1);

    head->etag = etag != NULL ? etag_bare(etag) : NULL;
    head->size_bytes = length >= 0 ? (guint64)length : G_MAXUINT64;
    head->version_id = g_strdup(http_response_header(response, HTTP_HEADER_VERSION_ID));
    head->metadata = g_strdupv((GStrv)http_response_metadata(response));
    return head;
}

static void on_done(const HttpResponse *response, const GError *error, void *user)
{
    g_autofree StoreHeadRequest *look = user;

    look->func(error == NULL ? head_of(response) : NULL, error, look->user);
}

StoreHeadRequest *store_head(Store *store, const char *key, StoreHeadFunc func, void *data)
{
    g_autofree char *full = g_strconcat(store_prefix(store), key, NULL);
    StoreHeadRequest *look = g_new0(StoreHeadRequest, 1);

    look->func = func;
    look->user = data;
    look->call = s3_call_start(
        store_client(store), &(S3CallOptions){.kind = HTTP_HEAD, .key = full, .done = on_done, .user = look});
    return look;
}

void store_head_cancel(StoreHeadRequest *look)
{
    if (look == NULL)
        return;
    s3_call_cancel(look->call);
    g_free(look);
}
