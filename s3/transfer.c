#include "s3/transfer.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/attempts.h"
#include "s3/aws/digest.h"
#include "s3/etag.h"
#include "s3/presigned.h"

struct Transfer {
    HttpClient *client;
    HttpKind kind;
    char *url;
    GStrv headers;
    const void *data; /* for a PUT */
    gsize size_bytes;
    char *md5; /* of data, in hex; NULL if the ETag is not to be compared */
    gboolean *ret_existed;
    Blob *into;             /* for a GET */
    guint64 received_bytes; /* by all attempts so far */
    gboolean is_begun;      /* the headers of this attempt were checked */
    char *etag;             /* quoted, of the bytes received; NULL if the GET cannot be resumed */
    guint64 max_bytes;
    gint64 expected_bytes;
    char *expected_etag; /* for a GET or a check */
    char **ret_etag;
    char *told_etag; /* bare, as received */
    Attempts *attempts;
    GError *failure;      /* of the previous attempt; NULL during the first */
    HttpRequest *request; /* NULL between attempts */
    TransferFunc func;
    void *user;
};

static void transfer_free(Transfer *transfer)
{
    attempts_free(transfer->attempts);
    g_clear_error(&transfer->failure);
    g_free(transfer->url);
    g_strfreev(transfer->headers);
    g_free(transfer->md5);
    g_clear_pointer(&transfer->into, blob_unref);
    g_free(transfer->expected_etag);
    g_free(transfer->etag);
    g_free(transfer->told_etag);
    g_free(transfer);
}

static void transfer_finish(Transfer *transfer, const GError *error)
{
    TransferFunc func = transfer->func;
    void *user = transfer->user;

    transfer_free(transfer);
    func(error, user);
}

#define CHANGED "the object has changed since it was listed"

static gboolean set_changed(GError **error)
{
    error_set(error, ERROR_TRANSIENT, CHANGED);
    return FALSE;
}

static gboolean set_changed_meanwhile(GError **error)
{
    error_set(error, ERROR_TRANSIENT, "the object has changed since it was read");
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

static gboolean set_grown(const Transfer *transfer, GError **error)
{
    error_set(error, ERROR_TRANSIENT, CHANGED ": it has more than %" G_GINT64_FORMAT " bytes",
              transfer->expected_bytes);
    return FALSE;
}

static gboolean set_too_large(const Transfer *transfer, GError **error)
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
static gboolean get_check_part(const Transfer *transfer, const HttpResponse *response, GError **error)
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
static gboolean get_begin_whole(Transfer *transfer, const HttpResponse *response, GError **error)
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
static gboolean get_begin(Transfer *transfer, const HttpResponse *response, GError **error)
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
    Transfer *transfer = user;

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

/* Whether the ETag of a response to a PUT is an MD5, as far as one can tell. */
static gboolean is_etag_md5(const HttpResponse *response, const char *bare)
{
    const char *encryption = http_response_header(response, HTTP_HEADER_ENCRYPTION);

    return etag_is_like_md5(bare) && (encryption == NULL || !g_str_has_prefix(encryption, "aws:kms")) &&
           http_response_header(response, HTTP_HEADER_CUSTOMER_ENCRYPTION) == NULL;
}

static gboolean put_check(const Transfer *transfer, const HttpResponse *response, GError **error)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    g_autofree char *bare = etag != NULL ? etag_bare(etag) : NULL;

    if (transfer->md5 == NULL || bare == NULL || !is_etag_md5(response, bare) ||
        g_ascii_strcasecmp(bare, transfer->md5) == 0)
        return TRUE;
    error_set(error, ERROR_PERMANENT, "the server stored other bytes: ETag '%s', MD5 of the upload '%s'",
              bare, transfer->md5);
    return FALSE;
}

/* Compares the ETag of a 2xx response: the server ignores conditions, or there is another object. */
static gboolean check_etag(const Transfer *transfer, const HttpResponse *response, GError **error)
{
    const char *etag = http_response_header(response, HTTP_HEADER_ETAG);
    g_autofree char *bare = etag != NULL ? etag_bare(etag) : NULL;

    return g_strcmp0(bare, transfer->expected_etag) == 0 || set_changed_meanwhile(error);
}

/* Handles a complete 2xx response. */
static gboolean check_success(Transfer *transfer, const HttpResponse *response, GError **error)
{
    if (transfer->kind == HTTP_PUT)
        return put_check(transfer, response, error);
    if (transfer->kind == HTTP_CHECK)
        return check_etag(transfer, response, error);
    /* The sink of an empty object is never called. */
    if (!transfer->is_begun && !get_begin(transfer, response, error))
        return FALSE;
    if (transfer->expected_bytes >= 0 && transfer->received_bytes != (guint64)transfer->expected_bytes)
        return set_changed_size(transfer->received_bytes, transfer->expected_bytes, error);
    if (transfer->ret_etag != NULL)
        *transfer->ret_etag = g_steal_pointer(&transfer->told_etag);
    return TRUE;
}

/* The server stored other bytes than were sent: upload again, the last PUT wins. Not with If-None-Match,
 * where the first one stays. */
static const RetryVerdict damaged = {
    .class = ERROR_PERMANENT, .is_retryable = TRUE, .reason = RETRY_TRUNCATED};

/* Whether the URL has expired, by the server's clock if the response gives it. Servers report that as
 * AccessDenied, like a lack of permission. */
static gboolean has_ended(const Transfer *transfer, const HttpResponse *response)
{
    const gint64 now_s = clock_wall_us() / CLOCK_US_PER_S;
    gint64 date_s = http_response_date_s(response);

    if (date_s < 0 || ABS(date_s - now_s) > HTTP_SKEW_MAX_S)
        date_s = now_s;
    return http_response_status(response) == 403 && presigned_end_s(transfer->url) <= date_s;
}

static void on_response(const HttpResponse *response, void *user)
{
    Transfer *transfer = user;
    const GError *sink_error = http_response_sink_error(response);
    long status = http_response_curl_code(response) == 0 ? http_response_status(response) : 0;
    g_autoptr(GError) error = NULL;
    RetryVerdict verdict;

    transfer->request = NULL;
    if (sink_error != NULL) {
        error = g_error_copy(sink_error);
    } else if (status / 100 == 2) {
        if (check_success(transfer, response, &error))
            attempts_succeed(transfer->attempts);
        else if (transfer->kind == HTTP_PUT && transfer->ret_existed == NULL &&
                 attempts_retry(transfer->attempts, &damaged, response, error))
            return;
    } else if (transfer->ret_existed != NULL && status == 412) {
        *transfer->ret_existed = TRUE;
        attempts_succeed(transfer->attempts);
    } else if (transfer->kind == HTTP_CHECK && (status == 304 || status == 404)) {
        attempts_succeed(transfer->attempts);
    } else if (transfer->kind == HTTP_CHECK && status == 416) { /* the object is empty now */
        (void)set_changed_meanwhile(&error);
    } else if (transfer->etag != NULL && (status == 412 || status == 416)) {
        (void)set_changed(&error);
    } else {
        verdict = attempts_judge(response, transfer->kind, transfer->url, NULL, &error);
        if (verdict.is_stale || has_ended(transfer, response))
            error->code = ERROR_STALE;
        if (attempts_retry(transfer->attempts, &verdict, response, error)) {
            g_clear_error(&transfer->failure);
            transfer->failure = g_steal_pointer(&error);
        } else {
            transfer_finish(transfer, error);
        }
        return;
    }
    if (error != NULL) {
        g_autofree char *what = attempts_describe(transfer->kind, transfer->url);

        g_prefix_error(&error, "%s: ", what);
    }
    transfer_finish(transfer, error);
}

/* Adds the headers that request the rest of a GET. Neither is signed, which presigned URLs allow. */
static void ask_for_rest(Transfer *transfer)
{
    g_clear_pointer(&transfer->headers, g_strfreev);
    if (transfer->etag == NULL || transfer->received_bytes == 0)
        return;
    transfer->headers = g_new0(char *, 3);
    transfer->headers[0] = g_strdup_printf("Range: bytes=%" G_GUINT64_FORMAT "-", transfer->received_bytes);
    transfer->headers[1] = g_strconcat("If-Match: ", transfer->etag, NULL);
}

static void transfer_start(void *data)
{
    Transfer *transfer = data;
    HttpOptions options = {.kind = transfer->kind,
                           .url = transfer->url,
                           .body = transfer->data,
                           .body_bytes = transfer->size_bytes,
                           .retry = attempts_reason(transfer->attempts),
                           .fresh_connection = attempts_want_fresh_connection(transfer->attempts),
                           .sink = transfer->kind == HTTP_GET ? get_sink : NULL};

    transfer->is_begun = FALSE;
    if (transfer->kind == HTTP_GET) {
        options.answer_bytes =
            transfer->expected_bytes >= 0 ? (guint64)transfer->expected_bytes : transfer->max_bytes;
        ask_for_rest(transfer);
    }
    options.headers = (const char *const *)transfer->headers;
    transfer->request = http_request(transfer->client, &options, on_response, transfer);
}

static void transfer_refused(void *data)
{
    Transfer *transfer = data;
    g_autoptr(GError) error = g_steal_pointer(&transfer->failure);

    if (error == NULL)
        error = attempts_refusal(transfer->attempts, transfer->kind, transfer->url);
    transfer_finish(transfer, error);
}

static BreakerSide side_of(HttpKind kind)
{
    switch (kind) {
    case HTTP_PUT: return BREAKER_WRITE;
    case HTTP_CHECK: return BREAKER_CHECK;
    default: return BREAKER_READ;
    }
}

static Transfer *transfer_new(HttpClient *client, HttpKind kind, const char *url, guint attempts,
                              TransferFunc func, void *data)
{
    Transfer *transfer = g_new0(Transfer, 1);

    transfer->client = client;
    transfer->kind = kind;
    transfer->url = g_strdup(url);
    transfer->attempts = attempts_new(client, &(AttemptsOptions){.max = attempts,
                                                                 .start = transfer_start,
                                                                 .breaker = http_client_breaker(client, url),
                                                                 .side = side_of(kind),
                                                                 .refused = transfer_refused,
                                                                 .data = transfer});
    transfer->func = func;
    transfer->user = data;
    return transfer;
}

Transfer *transfer_get(HttpClient *client, const TransferGet *get, TransferFunc func, void *data)
{
    Transfer *transfer = transfer_new(client, HTTP_GET, get->url, get->attempts, func, data);

    transfer->into = blob_ref(get->into);
    transfer->max_bytes = get->max_bytes;
    transfer->expected_bytes = get->expected_bytes;
    transfer->expected_etag = get->expected_etag != NULL ? etag_bare(get->expected_etag) : NULL;
    transfer->ret_etag = get->ret_etag;
    attempts_begin(transfer->attempts);
    return transfer;
}

Transfer *transfer_check(HttpClient *client, const TransferCheck *check, TransferFunc func, void *data)
{
    Transfer *transfer = transfer_new(client, HTTP_CHECK, check->url, check->attempts, func, data);

    transfer->expected_etag = g_strdup(check->etag);
    transfer->headers = g_new0(char *, 3);
    transfer->headers[0] = g_strdup_printf("If-None-Match: \"%s\"", check->etag);
    transfer->headers[1] = g_strdup("Range: bytes=0-0");
    attempts_begin(transfer->attempts);
    return transfer;
}

Transfer *transfer_put(HttpClient *client, const TransferPut *put, TransferFunc func, void *data)
{
    Transfer *transfer = transfer_new(client, HTTP_PUT, put->url, put->attempts, func, data);
    gsize count = put->headers != NULL ? g_strv_length((GStrv)put->headers) : 0;
    guint8 md5[DIGEST_MD5_BYTES];
    g_autofree char *md5_base64 = NULL;

    if (put->md5 != NULL)
        memcpy(md5, put->md5, sizeof md5);
    else
        digest_md5(put->data, put->size_bytes, md5);
    md5_base64 = g_base64_encode(md5, sizeof md5);
    transfer->data = put->data;
    transfer->size_bytes = put->size_bytes;
    transfer->md5 = put->ignore_etag ? NULL : digest_hex(md5, sizeof md5);
    transfer->ret_existed = put->ret_existed;
    transfer->headers = g_new0(char *, count + 4);
    for (gsize i = 0; i < count; i++)
        transfer->headers[i] = g_strdup(put->headers[i]);
    transfer->headers[count++] = g_strconcat("Content-MD5: ", md5_base64, NULL);
    if (put->content_type != NULL)
        transfer->headers[count++] = g_strconcat("Content-Type: ", put->content_type, NULL);
    if (put->ret_existed != NULL)
        transfer->headers[count] = g_strdup("If-None-Match: *");
    attempts_begin(transfer->attempts);
    return transfer;
}

void transfer_cancel(Transfer *transfer)
{
    if (transfer == NULL)
        return;
    http_cancel(transfer->request);
    transfer_free(transfer);
}
