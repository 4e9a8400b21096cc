/* HTTP on libcurl's multi interface, driven by a GMainContext: many requests at a time, one thread.
 *
 * Connections, TLS sessions and curl handles are kept and used again: as many connections as there have been
 * requests at a time, within half of the descriptors that the process may have. No redirect is followed, and
 * no proxy used that http_client_set_proxies() did not name. Used by the supervisor and the workers; knows
 * nothing of S3. */
#pragma once

#include <glib.h>

#include "base/request_counters.h"
#include "s3/http/breaker.h"
#include "s3/http/http_head.h"
#include "s3/http/http_proxies.h"
#include "s3/http/pace.h"
#include "s3/http/retry_quota.h"

#define HTTP_DEFAULT_CA_FILE "/etc/ssl/certs/ca-certificates.crt"

/* Without a byte moved for so long, a request counts as failed. */
#define HTTP_STALL_TIMEOUT_S    30L

#define HTTP_CONNECT_TIMEOUT_MS 5000L

/* What one request may take as a whole, so that a server that sends a byte now and then holds nobody for
 * ever: so long, and longer by what its body takes at the slowest speed that is tolerated. */
#define HTTP_REQUEST_LIMIT_MS (5u * 60u * 1000u)
#define HTTP_MIN_BYTES_PER_S  (4u << 10)

/* All that an answer may have of status lines, headers and trailers, interim answers included. Real ones stay
 * below 16 KiB. */
#define LIMIT_HEAD_BYTES (256u << 10)

/* A check is a GET whose answer, rather than its body, is what is wanted: whether an object has changed. */
typedef enum { HTTP_LIST, HTTP_GET, HTTP_CHECK, HTTP_PUT, HTTP_HEAD, HTTP_DELETE, HTTP_POST } HttpKind;

typedef struct HttpClient HttpClient;
typedef struct HttpRequest HttpRequest;
typedef struct HttpResponse HttpResponse;

/* ca_file: a PEM bundle, NULL for the system's. counters: kept up to date; borrowed. Class ERROR_CONFIG if
 * ca_file cannot be read, ERROR_INTERNAL. */
HttpClient *http_client_new(GMainContext *context, const char *ca_file, RequestCounters *counters,
                            GError **error);

/* Drops requests that are still running, without a callback. May be called from a HttpDone, not from a
 * HttpSink. NULL is allowed. */
void http_client_free(HttpClient *client);

/* For the requests that begin from now on. Copied. */
void http_client_set_proxies(HttpClient *client, const HttpProxies *proxies);

GMainContext *http_client_context(const HttpClient *client);
RequestCounters *http_client_counters(const HttpClient *client);

/* For whoever retries its requests; it uses none by itself. The breaker is that of the server which url
 * names: scheme, host and port. All are borrowed. */
RetryQuota *http_client_quota(HttpClient *client);
Pace *http_client_pace(HttpClient *client);
Breaker *http_client_breaker(HttpClient *client, const char *url);

/* Part of the body of a 2xx answer. Status and headers are complete. Return FALSE with *error set to give the
 * request up. May not call any http_ function that changes something. */
typedef gboolean (*HttpSink)(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                             GError **error);

/* Called exactly once, from the main loop, never from http_request(); not at all after http_cancel().
 * response is valid during the call. The request is gone by then. */
typedef void (*HttpDone)(const HttpResponse *response, void *user);

/* All but body is copied. */
typedef struct {
    HttpKind kind;
    const char *url;            /* sent as it is: dots and escapes are left alone */
    const char *const *headers; /* lines "Name: value", NULL-terminated; NULL: none */
    const void *body;           /* of a PUT or POST; must stay valid until the request is gone */
    gsize body_bytes;
    guint64 answer_bytes;      /* the size of the body that is expected, for http_time_limit_ms() */
    guint timeout_ms;          /* of the whole request; 0: http_time_limit_ms() */
    RetryReason retry;         /* for the counters; RETRY_NONE: the first attempt */
    gboolean fresh_connection; /* do not use a kept one */
    HttpSink sink;             /* NULL: a 2xx body is dropped */
} HttpOptions;

/* What a request with a body of so many bytes, sent or received, may take. */
gint64 http_time_limit_ms(guint64 body_bytes);

HttpRequest *http_request(HttpClient *client, const HttpOptions *options, HttpDone done, void *user);

/* Ends it; its callback is not called. NULL is allowed. */
void http_cancel(HttpRequest *request);

/* CURLE_OK (0) if a whole answer came, of whatever status. */
int http_response_curl_code(const HttpResponse *response);

/* What went wrong on the way, in curl's words; "" if nothing. */
const char *http_response_curl_text(const HttpResponse *response);

/* What the sink has set; NULL: it never failed. */
const GError *http_response_sink_error(const HttpResponse *response);

/* 0: none came. */
long http_response_status(const HttpResponse *response);

/* A header's value, NULL if it did not come. */
const char *http_response_header(const HttpResponse *response, HttpHeader header);

/* An object's own metadata: lines "x-amz-meta-name: value", the names in lower case, in the order of the
 * answer, up to LIMIT_METADATA_BYTES. NULL-terminated. */
const char *const *http_response_metadata(const HttpResponse *response);

/* The server's time, in Unix seconds; -1: not given, or no time from 1970 to 9999. */
gint64 http_response_date_s(const HttpResponse *response);

/* Content-Length; -1: not given. */
gint64 http_response_length(const HttpResponse *response);

/* Content-Range; FALSE: not given, or none. */
gboolean http_response_range(const HttpResponse *response, HttpRange *ret_range);

/* The body of an answer that is none of 2xx, cut at LIMIT_ERROR_BYTES. */
const void *http_response_error_body(const HttpResponse *response, gsize *ret_size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpClient, http_client_free)
