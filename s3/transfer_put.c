#include <string.h>

#include "base/error.h"
#include "s3/aws/digest.h"
#include "s3/etag.h"
#include "s3/transfer_common.h"

typedef struct {
    Transfer base;
    const void *data;
    gsize size_bytes;
    char *md5; /* of data, in hex; NULL if the ETag is not to be compared */
    gboolean *ret_existed;
} PutTransfer;

/* Whether the ETag of a response to a PUT is an MD5, as far as one can tell. */
static gboolean is_etag_md5(const HttpResponse *response, const char *bare)
{
    const char *encryption = http_response_header(response, HTTP_HEADER_ENCRYPTION);

    return etag_is_like_md5(bare) && (encryption == NULL || !g_str_has_prefix(encryption, "aws:kms")) &&
           http_response_header(response, HTTP_HEADER_CUSTOMER_ENCRYPTION) == NULL;
}

static gboolean put_take(Transfer *base, const HttpResponse *response, GError **error)
{
    const PutTransfer *transfer = (const PutTransfer *)base;
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    g_autofree char *bare = etag != NULL ? etag_bare(etag) : NULL;

    if (transfer->md5 == NULL || bare == NULL || !is_etag_md5(response, bare) ||
        g_ascii_strcasecmp(bare, transfer->md5) == 0)
        return TRUE;
    error_set(error, ERROR_PERMANENT, "the server stored other bytes: ETag '%s', MD5 of the upload '%s'",
              bare, transfer->md5);
    return FALSE;
}

static gboolean put_take_status(Transfer *base, long status, GError **error)
{
    const PutTransfer *transfer = (const PutTransfer *)base;

    (void)error;
    if (transfer->ret_existed == NULL || status != 412)
        return FALSE;
    *transfer->ret_existed = TRUE;
    return TRUE;
}

static void put_prepare(Transfer *base, HttpOptions *options)
{
    const PutTransfer *transfer = (const PutTransfer *)base;

    options->body = transfer->data;
    options->body_bytes = transfer->size_bytes;
}

static void put_clear(Transfer *base)
{
    g_free(((PutTransfer *)base)->md5);
}

static const TransferOps put_ops = {.kind = HTTP_PUT,
                                    .side = BREAKER_WRITE,
                                    .prepare = put_prepare,
                                    .take = put_take,
                                    .take_status = put_take_status,
                                    .clear = put_clear};

static GStrv put_headers(const TransferPut *put, const guint8 md5[DIGEST_MD5_BYTES])
{
    g_autofree char *md5_base64 = g_base64_encode(md5, DIGEST_MD5_BYTES);
    gsize count = put->headers != NULL ? g_strv_length((GStrv)put->headers) : 0;
    GStrv headers = g_new0(char *, count + 4);

    for (gsize i = 0; i < count; i++)
        headers[i] = g_strdup(put->headers[i]);
    headers[count++] = g_strconcat("Content-MD5: ", md5_base64, NULL);
    if (put->content_type != NULL)
        headers[count++] = g_strconcat("Content-Type: ", put->content_type, NULL);
    if (put->ret_existed != NULL)
        headers[count] = g_strdup("If-None-Match: *");
    return headers;
}

Transfer *transfer_put(HttpClient *client, const TransferPut *put, TransferFunc func, void *data)
{
    PutTransfer *transfer = g_new0(PutTransfer, 1);
    guint8 md5[DIGEST_MD5_BYTES];

    if (put->md5 != NULL)
        memcpy(md5, put->md5, sizeof md5);
    else
        digest_md5(put->data, put->size_bytes, md5);
    transfer_init(&transfer->base, &put_ops, client, put->url, put->attempts);
    transfer->data = put->data;
    transfer->size_bytes = put->size_bytes;
    transfer->md5 = put->ignore_etag ? NULL : digest_hex(md5, sizeof md5);
    transfer->ret_existed = put->ret_existed;
    transfer->base.headers = put_headers(put, md5);
    transfer->base.is_sent_again = put->ret_existed == NULL;
    transfer_begin(&transfer->base, func, data);
    return &transfer->base;
}
