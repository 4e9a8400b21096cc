#include <string.h>

#include "base/error.h"
#include "s3/etag.h"
#include "s3/transfer_common.h"

typedef struct {
    Transfer base;
    Blob *into;
    guint64 received_bytes; /* by all attempts so far */
    gboolean is_begun;      /* the headers of this attempt were checked */
    char *etag;             /* quoted, of the bytes received; NULL if the GET cannot be resumed */
    guint64 max_bytes;
    gint64 expected_bytes;
    char *expected_etag;
    char **ret_etag;
    char *told_etag; /* bare, as received */
} GetTransfer;

#define CHANGED "the object has changed since it was listed"

static gboolean set_changed(GError **error)
{
    error_set(error, ERROR_TRANSIENT, CHANGED);
    return FALSE;
}

static gboolean set_changed_etag(const char *now, const char *listed, GError **error)
{
    error_set(error, ERROR_TRANSIENT, CHANGED ": its ETag is '%s' and was '%s'", now, listed);
    return FALSE;
}

static gboolean set_changed_size(guint64 now, gint64 listed, GError **error)
{
    error_set(error, ERROR_TRANSIENT,
              CHANGED ": it has %" G_GUINT64_FORMAT " bytes and had %" G_GINT64_FORMAT, now, listed);
    return FALSE;
}

static gboolean set_grown(const GetTransfer *transfer, GError **error)
{
    error_set(error, ERROR_TRANSIENT, CHANGED ": it has more than %" G_GINT64_FORMAT " bytes",
              transfer->expected_bytes);
    return FALSE;
}

static gboolean set_too_large(const GetTransfer *transfer, GError **error)
{
    error_set(error, ERROR_LIMIT, "larger than %" G_GUINT64_FORMAT " bytes", transfer->max_bytes);
    return FALSE;
}

static gboolean is_rest(const HttpRange *range, guint64 received_bytes)
{
    return range->first_byte == received_bytes &&
           (range->total_bytes == HTTP_TOTAL_UNKNOWN || range->last_byte == range->total_bytes - 1);
}

/* Checks a response of status 206, requested or not. TRUE if it continues exactly where the last attempt
 * ended, up to the end, with the same object. */
static gboolean get_check_part(const GetTransfer *transfer, const HttpResponse *response, GError **error)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    HttpRange range;

    if (transfer->etag == NULL || !http_response_range(response, &range) ||
        !is_rest(&range, transfer->received_bytes)) {
        error_set(error, ERROR_TRANSIENT, "the server sent another range than was requested");
        return FALSE;
    }
    if (transfer->expected_bytes >= 0 && range.total_bytes != HTTP_TOTAL_UNKNOWN &&
        range.total_bytes != (guint64)transfer->expected_bytes)
        return set_changed_size(range.total_bytes, transfer->expected_bytes, error);
    return g_strcmp0(etag, transfer->etag) == 0 || set_changed(error);
}

/* Begins a whole object: on the first attempt, or from a server without range requests. */
static gboolean get_begin_whole(GetTransfer *transfer, const HttpResponse *response, GError **error)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);

    g_clear_pointer(&transfer->etag, g_free);
    if (etag != NULL && etag[0] == '"')
        transfer->etag = g_strdup(etag);
    g_free(transfer->told_etag);
    transfer->told_etag = etag != NULL ? etag_bare(etag) : NULL;
    if (transfer->expected_etag != NULL && etag != NULL &&
        strcmp(transfer->told_etag, transfer->expected_etag) != 0)
        return set_changed_etag(transfer->told_etag, transfer->expected_etag, error);
    if (transfer->received_bytes == 0)
        return TRUE;
    transfer->received_bytes = 0;
    return blob_rewind(transfer->into, error);
}

/* Checks the headers, before any byte of this attempt is used. */
static gboolean get_begin(GetTransfer *transfer, const HttpResponse *response, GError **error)
{
    gint64 length = http_response_length(response);

    transfer->is_begun = TRUE;
    if (!(http_response_status(response) == 206 ? get_check_part(transfer, response, error)
                                                : get_begin_whole(transfer, response, error)))
        return FALSE;
    if (length < 0)
        return TRUE;
    if ((guint64)length > transfer->max_bytes - transfer->received_bytes)
        return set_too_large(transfer, error);
    if (transfer->expected_bytes >= 0 &&
        (guint64)length + transfer->received_bytes != (guint64)transfer->expected_bytes)
        return set_changed_size((guint64)length + transfer->received_bytes, transfer->expected_bytes, error);
    return TRUE;
}

static gboolean get_sink(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                         GError **error)
{
    GetTransfer *transfer = user;

    if (!transfer->is_begun && !get_begin(transfer, response, error))
        return FALSE;
    if (size_bytes > transfer->max_bytes - transfer->received_bytes)
        return set_too_large(transfer, error);
    if (transfer->expected_bytes >= 0 &&
        size_bytes + transfer->received_bytes > (guint64)transfer->expected_bytes)
        return set_grown(transfer, error);
    transfer->received_bytes += size_bytes;
    return blob_append(transfer->into, data, size_bytes, error);
}

static gboolean get_take(Transfer *base, const HttpResponse *response, GError **error)
{
    GetTransfer *transfer = (GetTransfer *)base;

    /* The sink of an empty object is never called. */
    if (!transfer->is_begun && !get_begin(transfer, response, error))
        return FALSE;
    if (transfer->expected_bytes >= 0 && transfer->received_bytes != (guint64)transfer->expected_bytes)
        return set_changed_size(transfer->received_bytes, transfer->expected_bytes, error);
    if (transfer->ret_etag != NULL)
        *transfer->ret_etag = g_steal_pointer(&transfer->told_etag);
    return TRUE;
}

static gboolean get_take_status(Transfer *base, long status, GError **error)
{
    if (((GetTransfer *)base)->etag == NULL || (status != 412 && status != 416))
        return FALSE;
    (void)set_changed(error);
    return TRUE;
}

/* Adds the headers that request the rest of a GET. Neither is signed, which presigned URLs allow. */
static void ask_for_rest(GetTransfer *transfer)
{
    GStrv *headers = &transfer->base.headers;

    g_clear_pointer(headers, g_strfreev);
    if (transfer->etag == NULL || transfer->received_bytes == 0)
        return;
    *headers = g_new0(char *, 3);
    (*headers)[0] = g_strdup_printf("Range: bytes=%" G_GUINT64_FORMAT "-", transfer->received_bytes);
    (*headers)[1] = g_strconcat("If-Match: ", transfer->etag, NULL);
}

static void get_prepare(Transfer *base, HttpOptions *options)
{
    GetTransfer *transfer = (GetTransfer *)base;

    transfer->is_begun = FALSE;
    options->sink = get_sink;
    options->answer_bytes =
        transfer->expected_bytes >= 0 ? (guint64)transfer->expected_bytes : transfer->max_bytes;
    ask_for_rest(transfer);
}

static void get_clear(Transfer *base)
{
    GetTransfer *transfer = (GetTransfer *)base;

    blob_unref(transfer->into);
    g_free(transfer->expected_etag);
    g_free(transfer->etag);
    g_free(transfer->told_etag);
}

static const TransferOps get_ops = {.kind = HTTP_GET,
                                    .side = BREAKER_READ,
                                    .prepare = get_prepare,
                                    .take = get_take,
                                    .take_status = get_take_status,
                                    .clear = get_clear};

Transfer *transfer_get(HttpClient *client, const TransferGet *get, TransferFunc func, void *data)
{
    GetTransfer *transfer = g_new0(GetTransfer, 1);

    transfer_init(&transfer->base, &get_ops, client, get->url, get->attempts);
    transfer->into = blob_ref(get->into);
    transfer->max_bytes = get->max_bytes;
    transfer->expected_bytes = get->expected_bytes;
    transfer->expected_etag = get->expected_etag != NULL ? etag_bare(get->expected_etag) : NULL;
    transfer->ret_etag = get->ret_etag;
    transfer_begin(&transfer->base, func, data);
    return &transfer->base;
}
