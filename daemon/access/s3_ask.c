#include "daemon/access/s3_ask.h"

#include "base/error.h"
#include "concurrent/task.h"
#include "s3/aws/error_xml.h"
#include "s3/etag.h"

void s3_answer_clear(S3Answer *answer)
{
    g_clear_pointer(&answer->future, future_unref);
    g_clear_error(&answer->error);
    g_clear_pointer(&answer->code, g_free);
    g_clear_pointer(&answer->etag, g_free);
    g_clear_pointer(&answer->body, g_byte_array_unref);
}

static void answer_begin(void *user)
{
    S3Answer *answer = user;

    if (answer->body != NULL)
        g_byte_array_set_size(answer->body, 0);
}

static gboolean answer_sink(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                            GError **error)
{
    S3Answer *answer = user;

    (void)response;
    if (answer->body == NULL)
        return TRUE;
    if (size_bytes > answer->max_body_bytes - answer->body->len) {
        error_set(error, ERROR_PERMANENT, "a response of more than %" G_GSIZE_FORMAT " bytes",
                  answer->max_body_bytes);
        return FALSE;
    }
    g_byte_array_append(answer->body, data, (guint)size_bytes);
    return TRUE;
}

static void on_answer(const HttpResponse *response, const GError *error, void *user)
{
    S3Answer *answer = user;

    answer->error = error != NULL ? g_error_copy(error) : NULL;
    answer->date_s = -1;
    if (response != NULL) {
        gsize size = 0;
        const void *body = http_response_error_body(response, &size);
        g_auto(S3Error) parsed = error_xml_parse(body, size);
        const char *etag = http_response_header(response, HTTP_HEADER_ETAG);

        answer->curl_code = http_response_curl_code(response);
        answer->status = http_response_status(response);
        answer->date_s = http_response_date_s(response);
        answer->code = g_steal_pointer(&parsed.code);
        answer->etag = etag != NULL ? etag_bare(etag) : NULL;
    }
    future_set_result(answer->future, g_variant_new("()"), NULL);
}

gboolean s3_ask(Loop *loop, S3Client *client, const S3CallOptions *options, S3Answer *ret_answer)
{
    S3CallOptions full = *options;
    S3Call *call;

    ret_answer->future = loop_create_future(loop);
    full.begin = answer_begin;
    full.sink = answer_sink;
    full.done = on_answer;
    full.user = ret_answer;
    call = s3_call_start(client, &full);
    if (await(ret_answer->future, NULL) != NULL)
        return TRUE;
    s3_call_cancel(call);
    return FALSE;
}
