#include "s3/call.h"

#include "base/error.h"
#include "s3/attempts.h"
#include "s3/aws/digest.h"
#include "s3/aws/error_xml.h"

struct S3Call {
    S3Client *client;
    S3CallOptions options;
    char *key;
    char *payload_hash;
    char *url; /* of the current attempt, for error texts */
    Attempts *attempts;
    GError *failure; /* of the previous attempt; NULL during the first */
    HttpRequest *request;
    guint corrections;    /* of the client, when the request was signed */
    gboolean has_renewed; /* newer credentials were already requested once */
    CredentialsWait *wait;
};

static void call_start(void *data);

static void call_free(S3Call *call)
{
    attempts_free(call->attempts);
    g_clear_error(&call->failure);
    g_free(call->key);
    g_free(call->payload_hash);
    g_free(call->url);
    g_free(call);
}

static void call_finish(S3Call *call, const HttpResponse *response, const GError *error)
{
    const S3CallOptions options = call->options;

    call_free(call);
    options.done(response, error, options.user);
}

static void on_credentials(const GError *error, void *user)
{
    S3Call *call = user;

    call->wait = NULL;
    if (error != NULL)
        call_finish(call, NULL, error);
    else
        call_start(call);
}

static void await_credentials(S3Call *call, const Credentials *refused)
{
    call->wait = credentials_keeper_await(s3_client_keeper(call->client), refused, on_credentials, call);
}

/* Requests newer credentials, once, if the server says that these are no longer valid. TRUE: the request is
 * sent again when they are there. */
static gboolean call_renew(S3Call *call, const HttpResponse *response)
{
    gsize size = 0;
    const void *body = http_response_error_body(response, &size);
    g_auto(S3Error) parsed = error_xml_parse(body, size);

    if (call->has_renewed || !retry_wants_new_credentials(parsed.code))
        return FALSE;
    call->has_renewed = TRUE;
    await_credentials(call, s3_client_credentials(call->client));
    return TRUE;
}

/* Whether a complete 2xx response came, or the sink rejected its body. */
static gboolean is_acceptable(const HttpResponse *response)
{
    return http_response_sink_error(response) != NULL ||
           (http_response_curl_code(response) == 0 && http_response_status(response) / 100 == 2);
}

static gboolean call_accept(const S3Call *call, const HttpResponse *response, RetryVerdict *ret_verdict,
                            GError **error)
{
    if (call->options.accept != NULL)
        return call->options.accept(response, call->options.user, ret_verdict, error);
    if (http_response_sink_error(response) == NULL)
        return TRUE;
    g_propagate_error(error, g_error_copy(http_response_sink_error(response)));
    *ret_verdict = (RetryVerdict){.class = error_class(http_response_sink_error(response))};
    return FALSE;
}

static void on_response(const HttpResponse *response, void *user)
{
    S3Call *call = user;
    g_autoptr(GError) error = NULL;
    RetryVerdict verdict = {0};

    call->request = NULL;
    if (is_acceptable(response)) {
        if (call_accept(call, response, &verdict, &error)) {
            attempts_succeed(call->attempts);
            call_finish(call, response, NULL);
            return;
        }
    } else if (call_renew(call, response)) {
        return;
    } else {
        verdict =
            s3_client_judge(call->client, response, call->options.kind, call->url, call->corrections, &error);
    }
    if (!attempts_retry(call->attempts, &verdict, response, error)) {
        call_finish(call, response, error);
        return;
    }
    g_clear_error(&call->failure);
    call->failure = g_steal_pointer(&error);
}

static gboolean call_sink(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                          GError **error)
{
    const S3Call *call = user;

    return call->options.sink(response, data, size_bytes, call->options.user, error);
}

static void call_start(void *data)
{
    S3Call *call = data;
    const S3CallOptions *options = &call->options;
    const S3Request request = {.kind = options->kind,
                               .key = call->key,
                               .query = options->query,
                               .query_count = options->query_count,
                               .headers = options->headers,
                               .payload_hash = call->payload_hash};
    char *url = NULL;
    g_auto(GStrv) headers = s3_client_sign(call->client, &request, &url);

    if (headers == NULL) {
        await_credentials(call, NULL);
        return;
    }
    g_free(call->url);
    call->url = url;
    call->corrections = s3_client_corrections(call->client);
    if (options->begin != NULL)
        options->begin(options->user);
    call->request =
        http_request(s3_client_http(call->client),
                     &(HttpOptions){.kind = options->kind,
                                    .url = url,
                                    .headers = (const char *const *)headers,
                                    .body = options->body,
                                    .body_bytes = options->body_bytes,
                                    .retry = attempts_reason(call->attempts),
                                    .fresh_connection = attempts_want_fresh_connection(call->attempts),
                                    .sink = options->sink != NULL ? call_sink : NULL},
                     on_response, call);
}

static void call_refused(void *data)
{
    S3Call *call = data;
    g_autofree char *url = endpoint_url(s3_client_endpoint(call->client), "/", NULL);
    g_autoptr(GError) error = g_steal_pointer(&call->failure);

    if (error == NULL)
        error = attempts_refusal(call->attempts, call->options.kind, url);
    call_finish(call, NULL, error);
}

static gboolean is_write(HttpKind kind)
{
    return kind == HTTP_PUT || kind == HTTP_DELETE;
}

S3Call *s3_call_start(S3Client *client, const S3CallOptions *options)
{
    S3Call *call = g_new0(S3Call, 1);
    HttpClient *http = s3_client_http(client);
    g_autofree char *url = endpoint_url(s3_client_endpoint(client), "/", NULL);
    guint attempts = options->attempts > 0 ? options->attempts : s3_client_attempts(client);

    call->client = client;
    call->options = *options;
    call->key = g_strdup(options->key);
    call->payload_hash = digest_sha256_hex(options->body, options->body_bytes);
    call->attempts =
        attempts_new(http, &(AttemptsOptions){.max = attempts,
                                              .start = call_start,
                                              .breaker = http_client_breaker(http, url),
                                              .side = is_write(options->kind) ? BREAKER_WRITE : BREAKER_READ,
                                              .refused = call_refused,
                                              .data = call});
    attempts_begin(call->attempts);
    return call;
}

void s3_call_cancel(S3Call *call)
{
    if (call == NULL)
        return;
    http_cancel(call->request);
    credentials_wait_cancel(call->wait);
    call_free(call);
}
