#include "base/error.h"
#include "s3/etag.h"
#include "s3/transfer_common.h"

typedef struct {
    Transfer base;
    char *etag; /* the expected one, bare */
} CheckTransfer;

static void set_changed(GError **error)
{
    error_set(error, ERROR_TRANSIENT, "the object has changed since it was read");
}

/* Compares the ETag of a 2xx response: the server ignores conditions, or there is another object. */
static gboolean check_take(Transfer *base, const HttpResponse *response, GError **error)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    g_autofree char *bare = etag != NULL ? etag_bare(etag) : NULL;

    if (g_strcmp0(bare, ((CheckTransfer *)base)->etag) == 0)
        return TRUE;
    set_changed(error);
    return FALSE;
}

/* 416: the object is empty now. */
static gboolean check_take_status(Transfer *base, long status, GError **error)
{
    (void)base;
    if (status == 416)
        set_changed(error);
    return status == 304 || status == 404 || status == 416;
}

static void check_clear(Transfer *base)
{
    g_free(((CheckTransfer *)base)->etag);
}

static const TransferOps check_ops = {.kind = HTTP_CHECK,
                                      .side = BREAKER_CHECK,
                                      .take = check_take,
                                      .take_status = check_take_status,
                                      .clear = check_clear};

Transfer *transfer_check(HttpClient *client, const TransferCheck *check, TransferFunc func, void *data)
{
    CheckTransfer *transfer = g_new0(CheckTransfer, 1);
    GStrv headers = g_new0(char *, 3);

    transfer_init(&transfer->base, &check_ops, client, check->url, check->attempts);
    transfer->etag = g_strdup(check->etag);
    headers[0] = g_strdup_printf("If-None-Match: \"%s\"", check->etag);
    headers[1] = g_strdup("Range: bytes=0-0");
    transfer->base.headers = headers;
    transfer_begin(&transfer->base, func, data);
    return &transfer->base;
}
