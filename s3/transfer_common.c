#include "s3/transfer_common.h"

#include "base/clock.h"
#include "base/error.h"
#include "s3/presigned.h"

static void transfer_free(Transfer *transfer)
{
    transfer->ops->clear(transfer);
    attempts_free(transfer->attempts);
    g_clear_error(&transfer->failure);
    g_free(transfer->url);
    g_strfreev(transfer->headers);
    g_free(transfer);
}

static void transfer_finish(Transfer *transfer, const GError *error)
{
    TransferFunc func = transfer->func;
    void *user = transfer->user;

    transfer_free(transfer);
    func(error, user);
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

/* Fails, or tries again, after a response that says nothing of the object. */
static void take_failure(Transfer *transfer, const HttpResponse *response)
{
    g_autoptr(GError) error = NULL;
    RetryVerdict verdict = attempts_judge(response, transfer->ops->kind, transfer->url, NULL, &error);

    if (verdict.is_stale || has_ended(transfer, response))
        error->code = ERROR_STALE;
    if (attempts_retry(transfer->attempts, &verdict, response, error)) {
        g_clear_error(&transfer->failure);
        transfer->failure = g_steal_pointer(&error);
    } else {
        transfer_finish(transfer, error);
    }
}

static void on_response(const HttpResponse *response, void *user)
{
    Transfer *transfer = user;
    const TransferOps *ops = transfer->ops;
    const GError *sink_error = http_response_sink_error(response);
    long status = http_response_curl_code(response) == 0 ? http_response_status(response) : 0;
    g_autoptr(GError) error = NULL;

    transfer->request = NULL;
    if (sink_error != NULL) {
        error = g_error_copy(sink_error);
    } else if (status / 100 == 2) {
        if (!ops->take(transfer, response, &error) && transfer->is_sent_again &&
            attempts_retry(transfer->attempts, &damaged, response, error))
            return;
    } else if (ops->take_status == NULL || !ops->take_status(transfer, status, &error)) {
        take_failure(transfer, response);
        return;
    }
    if (error == NULL) {
        attempts_succeed(transfer->attempts);
    } else {
        g_autofree char *what = attempts_describe(ops->kind, transfer->url);

        g_prefix_error(&error, "%s: ", what);
    }
    transfer_finish(transfer, error);
}

static void transfer_start(void *data)
{
    Transfer *transfer = data;
    HttpOptions options = {.kind = transfer->ops->kind,
                           .url = transfer->url,
                           .retry = attempts_reason(transfer->attempts),
                           .fresh_connection = attempts_want_fresh_connection(transfer->attempts)};

    if (transfer->ops->prepare != NULL)
        transfer->ops->prepare(transfer, &options);
    options.headers = (const char *const *)transfer->headers;
    transfer->request = http_request(transfer->client, &options, on_response, transfer);
}

static void transfer_refused(void *data)
{
    Transfer *transfer = data;
    g_autoptr(GError) error = g_steal_pointer(&transfer->failure);

    if (error == NULL)
        error = attempts_refusal(transfer->attempts, transfer->ops->kind, transfer->url);
    transfer_finish(transfer, error);
}

void transfer_init(Transfer *transfer, const TransferOps *ops, HttpClient *client, const char *url,
                   guint attempts)
{
    transfer->ops = ops;
    transfer->client = client;
    transfer->url = g_strdup(url);
    transfer->attempts = attempts_new(client, &(AttemptsOptions){.max = attempts,
                                                                 .start = transfer_start,
                                                                 .breaker = http_client_breaker(client, url),
                                                                 .side = ops->side,
                                                                 .refused = transfer_refused,
                                                                 .data = transfer});
}

void transfer_begin(Transfer *transfer, TransferFunc func, void *data)
{
    transfer->func = func;
    transfer->user = data;
    attempts_begin(transfer->attempts);
}

void transfer_cancel(Transfer *transfer)
{
    if (transfer == NULL)
        return;
    http_cancel(transfer->request);
    transfer_free(transfer);
}
