#include "queue/sqs_call.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "queue/sqs_json.h"
#include "s3/aws/digest.h"
#include "s3/aws/sigv4.h"
#include "s3/http/retry.h"

struct SqsCall {
    SqsService service;
    char *operation;
    char *body;
    guint timeout_ms;
    CredentialsWait *wait;
    HttpRequest *request;
    GString *answer;
    SqsDone done;
    void *user;
};

static void call_free(SqsCall *call)
{
    g_free(call->operation);
    g_free(call->body);
    g_string_free(call->answer, TRUE);
    g_free(call);
}

/* Consumes error. */
static void finish(SqsCall *call, GError *error, const char *code)
{
    call->done(error == NULL ? call->answer : NULL, error, code, call->user);
    g_clear_error(&error);
    call_free(call);
}

static gboolean take_body(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                          GError **error)
{
    SqsCall *call = user;

    (void)response;
    if (size_bytes > SQS_MAX_ANSWER_BYTES - call->answer->len) {
        error_set(error, ERROR_LIMIT, "a response of more than %u bytes", SQS_MAX_ANSWER_BYTES);
        return FALSE;
    }
    g_string_append_len(call->answer, data, (gssize)size_bytes);
    return TRUE;
}

static void on_response(const HttpResponse *response, void *user)
{
    SqsCall *call = user;
    int curl_code = http_response_curl_code(response);
    long status = http_response_status(response);
    gsize size = 0;
    const char *body = http_response_error_body(response, &size);
    g_autofree char *code = NULL;
    g_autofree char *message = NULL;
    GError *error = NULL;

    call->request = NULL;
    if (http_response_sink_error(response) != NULL) {
        error = g_error_copy(http_response_sink_error(response));
    } else if (curl_code != 0) {
        error_set(&error, retry_classify(curl_code, status, NULL).class, "%s: %s", call->operation,
                  http_response_curl_text(response));
    } else if (status / 100 != 2) {
        if (body != NULL)
            sqs_read_error(body, size, &code, &message);
        if (retry_wants_new_credentials(code))
            credentials_keeper_renew(call->service.keeper, credentials_keeper_current(call->service.keeper));
        error_set(&error, retry_classify(0, status, code).class, "%s: status %ld%s%s%s%s", call->operation,
                  status, code != NULL ? " " : "", code != NULL ? code : "", message != NULL ? ": " : "",
                  message != NULL ? message : "");
    }
    finish(call, error, code);
}

static void send_request(SqsCall *call)
{
    g_autofree char *target = g_strconcat("AmazonSQS.", call->operation, NULL);
    g_autofree char *url = g_strconcat(call->service.endpoint, "/", NULL);
    g_autofree char *hash = digest_sha256_hex(call->body, strlen(call->body));
    const Sigv4Pair headers[] = {{"content-type", "application/x-amz-json-1.0"}, {"x-amz-target", target}};
    const Sigv4Request request = {.method = "POST",
                                  .host = call->service.host,
                                  .path = "/",
                                  .headers = headers,
                                  .header_count = G_N_ELEMENTS(headers),
                                  .payload_hash = hash};
    g_autoptr(Sigv4Signer) signer =
        sigv4_signer_new(credentials_keeper_current(call->service.keeper), call->service.region, "sqs");
    g_auto(GStrv) signature = sigv4_signer_headers(signer, &request, clock_wall_us() / CLOCK_US_PER_S);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    HttpOptions options = {.kind = HTTP_POST,
                           .url = url,
                           .body = call->body,
                           .body_bytes = strlen(call->body),
                           .timeout_ms = call->timeout_ms,
                           .sink = take_body};

    for (gsize i = 0; i < G_N_ELEMENTS(headers); i++)
        g_ptr_array_add(lines, g_strconcat(headers[i].name, ": ", headers[i].value, NULL));
    for (gsize i = 0; signature[i] != NULL; i++)
        g_ptr_array_add(lines, g_strdup(signature[i]));
    g_ptr_array_add(lines, NULL);
    options.headers = (const char *const *)lines->pdata;
    call->request = http_request(call->service.http, &options, on_response, call);
}

static void on_credentials(const GError *error, void *user)
{
    SqsCall *call = user;

    call->wait = NULL;
    if (error != NULL)
        finish(call, g_error_copy(error), NULL);
    else
        send_request(call);
}

SqsCall *sqs_call_start(const SqsService *service, const char *operation, char *body, guint timeout_ms,
                        SqsDone done, void *user)
{
    SqsCall *call = g_new0(SqsCall, 1);

    call->service = *service;
    call->operation = g_strdup(operation);
    call->body = body;
    call->timeout_ms = timeout_ms;
    call->answer = g_string_new(NULL);
    call->done = done;
    call->user = user;
    if (credentials_keeper_current(service->keeper) != NULL)
        send_request(call);
    else
        call->wait = credentials_keeper_await(service->keeper, NULL, on_credentials, call);
    return call;
}

void sqs_call_cancel(SqsCall *call)
{
    if (call == NULL)
        return;
    credentials_wait_cancel(call->wait);
    http_cancel(call->request);
    call_free(call);
}
