/* HTTP on libcurl's multi interface, driven by a GMainContext: many requests at a time, one thread.
 *
 * Connections, TLS sessions and curl handles are reused. As many connections are kept as there have been
 * requests at a time, within half of the process's limit of file descriptors. Redirects are not followed, and
 * only proxies set by http_client_set_proxies() are used. Used by the supervisor and the workers; knows
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

/* A request fails if no byte is transferred for this long. */
#define HTTP_STALL_TIMEOUT_S    30L

#define HTTP_CONNECT_TIMEOUT_MS 5000L

/* The time limit of a whole request, so that a server that sends a byte now and then cannot hold a request
 * for ever: this constant, plus the time that its body takes at the slowest speed that is tolerated. */
#define HTTP_REQUEST_LIMIT_MS (5u * 60u * 1000u)
#define HTTP_MIN_BYTES_PER_S  (4u << 10)

/* The limit of a response's status lines, headers and trailers, including interim responses. Real ones stay
 * below 16 KiB. */
#define LIMIT_HEAD_BYTES (256u << 10)

/* HTTP_CHECK is a GET to find out whether an object has changed: its status is of interest, not its body. */
typedef enum { HTTP_LIST, HTTP_GET, HTTP_CHECK, HTTP_PUT, HTTP_HEAD, HTTP_DELETE, HTTP_POST } HttpKind;

typedef struct HttpClient HttpClient;
typedef struct HttpRequest HttpRequest;
typedef struct HttpResponse HttpResponse;

/* ca_file is a PEM bundle, or NULL for the system's. counters are updated by the client; borrowed. Class
 * ERROR_CONFIG if ca_file cannot be read, else ERROR_INTERNAL. */
HttpClient *http_client_new(GMainContext *context, const char *ca_file, RequestCounters *counters,
                            GError **error);

/* Drops requests that are still running, without a callback. May be called from an HttpDone, not from an
 * HttpSink. client may be NULL. */
void http_client_free(HttpClient *client);

/* Applies to requests that begin from now on. Copied. */
void http_client_set_proxies(HttpClient *client, const HttpProxies *proxies);

GMainContext *http_client_context(const HttpClient *client);

/* For callers that retry requests; the client itself uses none of them. The breaker is that of the server of
 * url: scheme, host and port. All are borrowed. */
RetryQuota *http_client_quota(HttpClient *client);
Pace *http_client_pace(HttpClient *client);
Breaker *http_client_breaker(HttpClient *client, const char *url);

/* Receives part of the body of a 2xx response, whose status and headers are complete. Return FALSE with
 * *error set to abort the request. May not call any http_ function that changes something. */
typedef gboolean (*HttpSink)(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                             GError **error);

/* Called exactly once, from the main loop, never from http_request(); not at all after http_cancel().
 * response is valid during the call. The request is already freed. */
typedef void (*HttpDone)(const HttpResponse *response, void *user);

/* All fields are copied, except body. */
typedef struct {
    HttpKind kind;
    const char *url;            /* sent unchanged, including dots and escapes */
    const char *const *headers; /* lines "Name: value", NULL-terminated; may be NULL */
    const void *body;           /* of a PUT or POST; must stay valid until the request has ended */
    gsize body_bytes;
    guint64 answer_bytes;      /* expected size of the response's body, for http_time_limit_ms() */
    guint timeout_ms;          /* of the whole request, or 0 for http_time_limit_ms() */
    RetryReason retry;         /* for the counters; RETRY_NONE for the first attempt */
    gboolean fresh_connection; /* do not reuse a connection */
    HttpSink sink;             /* or NULL to drop the body of a 2xx response */
} HttpOptions;

/* The time limit of a request that sends or receives a body of this size. */
gint64 http_time_limit_ms(guint64 body_bytes);

HttpRequest *http_request(HttpClient *client, const HttpOptions *options, HttpDone done, void *user);

/* Ends the request without calling its callback. request may be NULL. */
void http_cancel(HttpRequest *request);

/* CURLE_OK (0) if a complete response came, of whatever status. */
int http_response_curl_code(const HttpResponse *response);

/* The transport error in curl's words, or "". */
const char *http_response_curl_text(const HttpResponse *response);

/* The error that the sink has set, or NULL. */
const GError *http_response_sink_error(const HttpResponse *response);

/* The status, or 0 if no response came. */
long http_response_status(const HttpResponse *response);

/* A header's value, or NULL if the response does not have it. */
const char *http_response_header(const HttpResponse *response, HttpHeader header);

/* An object's user-defined metadata: lines "x-amz-meta-name: value", names in lower case, in the order of the
 * response, up to LIMIT_METADATA_BYTES. NULL-terminated. */
const char *const *http_response_metadata(const HttpResponse *response);

/* The response's Date in Unix seconds, or -1 if it is missing or not a time from 1970 to 9999. */
gint64 http_response_date_s(const HttpResponse *response);

/* Content-Length, or -1 if it is missing. */
gint64 http_response_length(const HttpResponse *response);

/* Content-Range; FALSE if it is missing or malformed. */
gboolean http_response_range(const HttpResponse *response, HttpRange *ret_range);

/* The body of a response with another status than 2xx, cut at LIMIT_ERROR_BYTES. */
const void *http_response_error_body(const HttpResponse *response, gsize *ret_size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpClient, http_client_free)
