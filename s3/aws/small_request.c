#include "s3/aws/small_request.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/timer.h"
#include "s3/aws/error_xml.h"
#include "s3/http/retry.h"

#define PAUSE_US CLOCK_US_PER_S

struct SmallRequest {
    HttpClient *http;
    HttpKind kind;
    char *url;
    GStrv headers; /* wiped, as they may hold a token */
    Secret *content;
    guint timeout_ms;
    guint attempts_left;
    HttpRequest *request;
    Timer *again;
    gsize size_bytes;
    SmallRequestDone done;
    void *user;
    char body[SMALL_REQUEST_MAX_BYTES + 1];
};

static void request_free(SmallRequest *request)
{
    for (gsize i = 0; request->headers != NULL && request->headers[i] != NULL; i++)
        secret_wipe(request->headers[i], strlen(request->headers[i]));
    g_strfreev(request->headers);
    secret_free(request->content);
    timer_free(request->again);
    g_free(request->url);
    secret_wipe(request->body, sizeof request->body);
    g_free(request);
}

static gboolean take_body(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                          GError **error)
{
    SmallRequest *request = user;

    (void)response;
    if (size_bytes > SMALL_REQUEST_MAX_BYTES - request->size_bytes) {
        error_set(error, ERROR_PERMANENT, "a response of more than %u bytes", SMALL_REQUEST_MAX_BYTES);
        return FALSE;
    }
    memcpy(request->body + request->size_bytes, data, size_bytes);
    request->size_bytes += size_bytes;
    request->body[request->size_bytes] = '\0';
    return TRUE;
}

/* Sets *error unless the status is 2xx. Returns whether the failure is retryable. */
static gboolean judge(const SmallRequest *request, const HttpResponse *response, GError **error)
{
    int code = http_response_curl_code(response);
    long status = http_response_status(response);
    gsize size = 0;
    const void *body = http_response_error_body(response, &size);
    g_auto(S3Error) parsed = error_xml_parse(body, size);
    RetryVerdict verdict = retry_classify(code, status, parsed.code);

    if (http_response_sink_error(response) != NULL)
        error_set(error, ERROR_PERMANENT, "%s: %s", request->url,
                  http_response_sink_error(response)->message);
    else if (code != 0)
        error_set(error, verdict.class, "%s: %s", request->url, http_response_curl_text(response));
    else if (status / 100 != 2)
        error_set(error, verdict.class, "%s: status %ld%s%s%s%s", request->url, status,
                  parsed.code != NULL ? " " : "", parsed.code != NULL ? parsed.code : "",
                  parsed.message != NULL ? ": " : "", parsed.message != NULL ? parsed.message : "");
    return verdict.is_retryable && http_response_sink_error(response) == NULL;
}

static void on_response(const HttpResponse *response, void *user)
{
    SmallRequest *request = user;
    g_autoptr(GError) error = NULL;
    gboolean is_worth_it = judge(request, response, &error);

    request->request = NULL;
    request->attempts_left--;
    if (error != NULL && is_worth_it && request->attempts_left > 0) {
        timer_set(request->again, clock_now_us() + PAUSE_US);
        return;
    }
    request->done(error == NULL ? request->body : NULL, http_response_status(response), error, request->user);
    request_free(request);
}

static void start(void *data)
{
    SmallRequest *request = data;
    HttpOptions options = {.kind = request->kind,
                           .url = request->url,
                           .headers = (const char *const *)request->headers,
                           .body = request->content != NULL ? secret_peek(request->content) : NULL,
                           .body_bytes = request->content != NULL ? secret_size(request->content) : 0,
                           .timeout_ms = request->timeout_ms,
                           .sink = take_body};

    request->size_bytes = 0;
    request->body[0] = '\0';
    request->request = http_request(request->http, &options, on_response, request);
}

SmallRequest *small_request_start(HttpClient *http, const SmallRequestOptions *options, SmallRequestDone done,
                                  void *user)
{
    SmallRequest *request = g_new0(SmallRequest, 1);

    request->http = http;
    request->kind = options->kind;
    request->url = g_strdup(options->url);
    request->headers = g_strdupv((GStrv)options->headers);
    request->content = options->body != NULL ? secret_new(options->body, strlen(options->body)) : NULL;
    request->timeout_ms = options->timeout_ms;
    request->attempts_left = options->attempts;
    request->again = timer_new(http_client_context(http), start, request);
    request->done = done;
    request->user = user;
    start(request);
    return request;
}

void small_request_cancel(SmallRequest *request)
{
    if (request == NULL)
        return;
    http_cancel(request->request);
    request_free(request);
}
