#include "s3/transfer.h"

#include <string.h>

#include "base/error.h"
#include "s3/attempts.h"
#include "s3/digest.h"

struct Transfer {
    HttpClient *client;
    HttpKind kind;
    char *url;
    GStrv headers;
    const void *data; /* of a PUT */
    gsize size_bytes;
    Blob *into; /* of a GET */
    guint64 received_bytes;
    guint64 max_bytes;
    gint64 expected_bytes;
    char *expected_etag;
    Attempts *attempts;
    HttpRequest *request; /* NULL: between attempts */
    TransferFunc func;
    void *user;
};

static void transfer_free(Transfer *transfer)
{
    attempts_free(transfer->attempts);
    g_free(transfer->url);
    g_strfreev(transfer->headers);
    g_clear_pointer(&transfer->into, blob_unref);
    g_free(transfer->expected_etag);
    g_free(transfer);
}

static void transfer_finish(Transfer *transfer, const GError *error)
{
    TransferFunc func = transfer->func;
    void *user = transfer->user;

    transfer_free(transfer);
    func(error, user);
}

/* Without quotes and the mark of a weak one, which a proxy may add. */
static char *etag_bare(const char *etag)
{
    gsize length;

    if (g_str_has_prefix(etag, "W/"))
        etag += 2;
    length = strlen(etag);
    if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"')
        return g_strndup(etag + 1, length - 2);
    return g_strdup(etag);
}

static gboolean set_changed(GError **error)
{
    error_set(error, ERROR_TRANSIENT, "the object has changed since it was listed");
    return FALSE;
}

static gboolean set_too_large(const Transfer *transfer, GError **error)
{
    error_set(error, ERROR_LIMIT, "larger than %" G_GUINT64_FORMAT " bytes", transfer->max_bytes);
    return FALSE;
}

/* Looks at the headers, before any byte is taken. */
static gboolean get_check_headers(const Transfer *transfer, const HttpResponse *response, GError **error)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    gint64 length = http_response_length(response);

    if (transfer->expected_etag != NULL && etag != NULL) {
        g_autofree char *bare = etag_bare(etag);

        if (strcmp(bare, transfer->expected_etag) != 0)
            return set_changed(error);
    }
    if (length >= 0 && (guint64)length > transfer->max_bytes)
        return set_too_large(transfer, error);
    if (length >= 0 && transfer->expected_bytes >= 0 && length != transfer->expected_bytes)
        return set_changed(error);
    return TRUE;
}

static gboolean get_sink(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                         GError **error)
{
    Transfer *transfer = user;

    if (transfer->received_bytes == 0 && !get_check_headers(transfer, response, error))
        return FALSE;
    if (size_bytes > transfer->max_bytes - transfer->received_bytes)
        return set_too_large(transfer, error);
    transfer->received_bytes += size_bytes;
    return blob_append(transfer->into, data, size_bytes, error);
}

/* A whole answer of status 2xx came. */
static gboolean check_success(const Transfer *transfer, const HttpResponse *response, GError **error)
{
    if (transfer->kind != HTTP_GET)
        return TRUE;
    /* The sink of an empty object is never called. */
    if (transfer->received_bytes == 0 && !get_check_headers(transfer, response, error))
        return FALSE;
    if (transfer->expected_bytes >= 0 && transfer->received_bytes != (guint64)transfer->expected_bytes)
        return set_changed(error);
    return TRUE;
}

static void on_response(const HttpResponse *response, void *user)
{
    Transfer *transfer = user;
    const GError *sink_error = http_response_sink_error(response);
    g_autoptr(GError) error = NULL;
    RetryVerdict verdict;

    transfer->request = NULL;
    if (sink_error != NULL) {
        error = g_error_copy(sink_error);
    } else if (http_response_curl_code(response) == 0 && http_response_status(response) / 100 == 2) {
        (void)check_success(transfer, response, &error);
    } else {
        verdict = attempts_judge(response, transfer->kind, transfer->url, &error);
        if (!attempts_retry(transfer->attempts, &verdict, response))
            transfer_finish(transfer, error);
        return;
    }
    if (error != NULL) {
        g_autofree char *what = attempts_describe(transfer->kind, transfer->url);

        g_prefix_error(&error, "%s: ", what);
    }
    transfer_finish(transfer, error);
}

static void transfer_start(void *data)
{
    Transfer *transfer = data;
    gboolean is_retry = attempts_number(transfer->attempts) > 1;
    g_autoptr(GError) error = NULL;
    HttpOptions options = {.kind = transfer->kind,
                           .url = transfer->url,
                           .headers = (const char *const *)transfer->headers,
                           .body = transfer->data,
                           .body_bytes = transfer->size_bytes,
                           .is_retry = is_retry,
                           .fresh_connection = attempts_want_fresh_connection(transfer->attempts),
                           .sink = transfer->kind == HTTP_GET ? get_sink : NULL};

    transfer->received_bytes = 0;
    if (transfer->into != NULL && is_retry && !blob_rewind(transfer->into, &error)) {
        transfer_finish(transfer, error);
        return;
    }
    transfer->request = http_request(transfer->client, &options, on_response, transfer);
}

static Transfer *transfer_new(HttpClient *client, HttpKind kind, const char *url, guint attempts)
{
    Transfer *transfer = g_new0(Transfer, 1);

    transfer->client = client;
    transfer->kind = kind;
    transfer->url = g_strdup(url);
    transfer->attempts = attempts_new(http_client_context(client), attempts, transfer_start, transfer);
    return transfer;
}

Transfer *transfer_get(HttpClient *client, const TransferGet *get, TransferFunc func, void *data)
{
    Transfer *transfer = transfer_new(client, HTTP_GET, get->url, get->attempts);

    transfer->into = blob_ref(get->into);
    transfer->max_bytes = get->max_bytes;
    transfer->expected_bytes = get->expected_bytes;
    transfer->expected_etag = get->expected_etag != NULL ? etag_bare(get->expected_etag) : NULL;
    transfer->func = func;
    transfer->user = data;
    transfer_start(transfer);
    return transfer;
}

Transfer *transfer_put(HttpClient *client, const TransferPut *put, TransferFunc func, void *data)
{
    Transfer *transfer = transfer_new(client, HTTP_PUT, put->url, put->attempts);
    gsize count = put->headers != NULL ? g_strv_length((GStrv)put->headers) : 0;
    g_autofree char *md5 = digest_md5_base64(put->data, put->size_bytes);

    transfer->data = put->data;
    transfer->size_bytes = put->size_bytes;
    transfer->headers = g_new0(char *, count + 3);
    for (gsize i = 0; i < count; i++)
        transfer->headers[i] = g_strdup(put->headers[i]);
    transfer->headers[count++] = g_strconcat("Content-MD5: ", md5, NULL);
    if (put->content_type != NULL)
        transfer->headers[count] = g_strconcat("Content-Type: ", put->content_type, NULL);
    transfer->func = func;
    transfer->user = data;
    transfer_start(transfer);
    return transfer;
}

void transfer_cancel(Transfer *transfer)
{
    if (transfer == NULL)
        return;
    http_cancel(transfer->request);
    transfer_free(transfer);
}
