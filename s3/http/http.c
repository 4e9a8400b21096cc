#include "s3/http/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "s3/http/curl_loop.h"
#include "s3/http/link_local.h"

/* Curl handles kept for later requests; more may be in use at a time. */
#define MAX_IDLE 64u

/* Connections kept at first; later as many as there have been requests at a time. libcurl closes a connection
 * at the end of its request if it then has more than it may keep, counting those in use. With a fixed pool of
 * 64, each of hundreds of parallel uploads opened its own connection. */
#define FIRST_CONNECTIONS 64u

/* Connections may use 1/DESCRIPTORS_SHARE of the process's file descriptors; the others are for sources and
 * outputs in memory. */
#define DESCRIPTORS_SHARE 2u

/* Idle connections older than this are not reused: AWS closes its side after some seconds, and libcurl does
 * not detect every dead connection (ENGINE_CURL_MISSES_DEAD). */
#define MAX_IDLE_AGE_S 20L

/* Addresses change: S3's names resolve to a few of many hosts. */
#define MAX_CONNECTION_AGE_S 300L
#define MAX_ADDRESS_AGE_S    30L

#define RECEIVE_BUFFER_BYTES (128L << 10)
#define SEND_BUFFER_BYTES    (128L << 10)

struct HttpResponse {
    CURLcode code;
    char curl_text[CURL_ERROR_SIZE];
    GError *sink_error;
    HttpHead head;
    GByteArray *error_body; /* may be NULL */
};

struct HttpRequest {
    HttpClient *client;
    CURL *easy;
    gboolean has_literal; /* the URL or its proxy's URL has an address instead of a host name */
    HttpKind kind;
    struct curl_slist *header_lines;
    const guint8 *body;
    gsize body_bytes;
    gsize body_sent;
    gsize head_bytes; /* of all responses, including trailers */
    HttpSink sink;
    HttpDone done;
    void *user;
    HttpResponse response;
};

struct HttpClient {
    GMainContext *context;
    CurlLoop *loop;
    CURLSH *share;
    GPtrArray *idle;     /* of CURL: reused for their buffers and TLS sessions */
    GHashTable *running; /* set of HttpRequest */
    guint n_connections; /* kept by libcurl */
    char *ca_file;
    HttpProxies proxies;
    RequestCounters *counters;
    RetryQuota quota;
    Pace pace;
    GHashTable *breakers; /* of Breaker by char: scheme, host and port */
    guint telling;        /* active calls of on_done() */
    gboolean is_freed;
};

static void response_clear(HttpResponse *response)
{
    http_head_clear(&response->head);
    g_clear_error(&response->sink_error);
    g_clear_pointer(&response->error_body, g_byte_array_unref);
}

int http_response_curl_code(const HttpResponse *response)
{
    return (int)response->code;
}

const char *http_response_curl_text(const HttpResponse *response)
{
    if (response->code == CURLE_OK || response->curl_text[0] != '\0')
        return response->curl_text;
    return curl_easy_strerror(response->code);
}

const GError *http_response_sink_error(const HttpResponse *response)
{
    return response->sink_error;
}

long http_response_status(const HttpResponse *response)
{
    return response->head.status;
}

const char *http_response_header(const HttpResponse *response, HttpHeader header)
{
    return response->head.headers[header];
}

const char *const *http_response_metadata(const HttpResponse *response)
{
    static const char *const none[] = {NULL};

    return response->head.metadata != NULL ? (const char *const *)response->head.metadata->pdata : none;
}

gint64 http_response_date_s(const HttpResponse *response)
{
    return http_head_date_s(&response->head);
}

gint64 http_response_length(const HttpResponse *response)
{
    return http_head_length(&response->head);
}

gboolean http_response_range(const HttpResponse *response, HttpRange *ret_range)
{
    return http_head_range(&response->head, ret_range);
}

const void *http_response_error_body(const HttpResponse *response, gsize *ret_size)
{
    *ret_size = response->error_body != NULL ? response->error_body->len : 0;
    return response->error_body != NULL ? response->error_body->data : NULL;
}

static guint max_connections(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / DESCRIPTORS_SHARE > G_MAXINT)
        return G_MAXINT;
    return (guint)(limit.rlim_cur / DESCRIPTORS_SHARE);
}

/* Sets the number of connections that are kept to n, within the limit. */
static void set_pool(HttpClient *client, guint n)
{
    client->n_connections = MIN(n, max_connections());
    (void)curl_multi_setopt(curl_loop_multi(client->loop), CURLMOPT_MAXCONNECTS, (long)client->n_connections);
}

/* The final response follows an interim one such as "100 Continue". libcurl also reports trailers here, and
 * keeps a copy of each. */
static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    HttpRequest *request = user;
    HttpResponse *response = &request->response;

    request->head_bytes += size * count;
    if (request->head_bytes > LIMIT_HEAD_BYTES)
        return 0; /* makes libcurl stop */
    if (http_head_add(&response->head, data, size * count)) {
        g_clear_error(&response->sink_error);
        g_clear_pointer(&response->error_body, g_byte_array_unref);
    }
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    HttpRequest *request = user;
    HttpResponse *response = &request->response;
    gsize length = size * count;

    if (response->head.status / 100 == 2) {
        if (request->sink == NULL ||
            request->sink(response, data, length, request->user, &response->sink_error))
            return length;
        return length == 0 ? 1 : 0; /* anything but length makes libcurl stop */
    }
    if (response->error_body == NULL)
        response->error_body = g_byte_array_new();
    if (response->error_body->len < LIMIT_ERROR_BYTES)
        g_byte_array_append(response->error_body, (const guint8 *)data,
                            (guint)MIN(length, LIMIT_ERROR_BYTES - response->error_body->len));
    return length;
}

static size_t on_send(char *buffer, size_t size, size_t count, void *user)
{
    HttpRequest *request = user;
    gsize length = MIN(size * count, request->body_bytes - request->body_sent);

    memcpy(buffer, request->body + request->body_sent, length);
    request->body_sent += length;
    return length;
}

/* libcurl sends the body again on a new connection when a reused one turns out to be dead. */
static int on_seek(void *user, curl_off_t offset, int origin)
{
    HttpRequest *request = user;

    if (origin != SEEK_SET || offset < 0 || (guint64)offset > request->body_bytes)
        return CURL_SEEKFUNC_FAIL;
    request->body_sent = (gsize)offset;
    return CURL_SEEKFUNC_OK;
}

static void request_free(HttpRequest *request)
{
    HttpClient *client = request->client;

    (void)curl_multi_remove_handle(curl_loop_multi(client->loop), request->easy);
    if (client->idle->len < MAX_IDLE) {
        curl_easy_reset(request->easy);
        g_ptr_array_add(client->idle, request->easy);
    } else {
        curl_easy_cleanup(request->easy);
    }
    curl_slist_free_all(request->header_lines);
    response_clear(&request->response);
    g_free(request);
}

static void client_destroy(HttpClient *client)
{
    g_hash_table_unref(client->running);
    g_hash_table_unref(client->breakers);
    g_ptr_array_unref(client->idle);
    curl_loop_free(client->loop);
    (void)curl_share_cleanup(client->share);
    g_main_context_unref(client->context);
    g_free(client->ca_file);
    http_proxies_clear(&client->proxies);
    g_free(client);
}

/* CURLE_TOO_LARGE, which old versions of curl.h lack (ENGINE_CURL_COUNTS_HEADERS). */
#define CURL_CODE_TOO_LARGE 100

/* A head that exceeds our limit, or one of libcurl's own, is the server's fault. */
static void judge_head(HttpRequest *request)
{
    HttpResponse *response = &request->response;

    if (request->head_bytes > LIMIT_HEAD_BYTES) {
        response->code = CURLE_WEIRD_SERVER_REPLY;
        (void)g_snprintf(response->curl_text, sizeof response->curl_text,
                         "more than %u bytes of headers and trailers", LIMIT_HEAD_BYTES);
    } else if (response->code == CURL_CODE_TOO_LARGE && request->head_bytes > 0) {
        response->code = CURLE_WEIRD_SERVER_REPLY;
    }
}

/* libcurl's error text has the whole URL of a proxy that it cannot use; removes the credentials in it. */
static void hide_proxy(const HttpClient *client, HttpResponse *response)
{
    char *const proxies[] = {client->proxies.http, client->proxies.https};

    for (gsize i = 0; i < G_N_ELEMENTS(proxies); i++) {
        g_autofree char *hidden = http_proxies_hide(proxies[i], response->curl_text, CURL_ERROR_SIZE - 1);

        (void)g_strlcpy(response->curl_text, hidden, sizeof response->curl_text);
    }
}

G_STATIC_ASSERT((int)HTTP_LIST == (int)OPERATION_LIST && (int)HTTP_GET == (int)OPERATION_GET &&
                (int)HTTP_CHECK == (int)OPERATION_CHECK && (int)HTTP_PUT == (int)OPERATION_PUT &&
                (int)HTTP_HEAD == (int)OPERATION_HEAD && (int)HTTP_DELETE == (int)OPERATION_DELETE);

/* A body that was cut short has a status all the same. */
static void count_answer(const HttpRequest *request)
{
    if (request->kind != HTTP_POST) /* never sent to a store */
        request->client->counters->answers[request->kind][request_answer(request->response.head.status)]++;
}

/* The callback may free the client. The client is then destroyed here at the end, because the request and its
 * response need it until they are freed. */
static void on_done(CURL *easy, CURLcode code, void *data)
{
    HttpClient *client = data;
    HttpRequest *request = NULL;
    long connects = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request);
    (void)curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    client->counters->connections += (guint64)connects;
    request->response.code = code;
    judge_head(request);
    hide_proxy(client, &request->response);
    count_answer(request);
    g_hash_table_remove(client->running, request);
    client->telling++;
    request->done(&request->response, request->user);
    request_free(request);
    if (--client->telling == 0 && client->is_freed)
        client_destroy(client);
}

static gboolean client_setup(HttpClient *client)
{
    /* Reference-counted by libcurl, and never undone: other clients may exist. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return FALSE;
    client->loop = curl_loop_new(client->context, on_done, client);
    client->share = curl_share_init();
    if (client->loop == NULL || client->share == NULL)
        return FALSE;
    (void)curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    set_pool(client, FIRST_CONNECTIONS);
    (void)curl_multi_setopt(curl_loop_multi(client->loop), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return TRUE;
}

static void breaker_free(void *data)
{
    breaker_clear(data);
    g_free(data);
}

HttpClient *http_client_new(GMainContext *context, const char *ca_file, RequestCounters *counters,
                            GError **error)
{
    g_autoptr(HttpClient) client = NULL;

    if (ca_file != NULL && access(ca_file, R_OK) != 0) {
        error_set_errno(error, ERROR_CONFIG, errno, "%s", ca_file);
        return NULL;
    }
    client = g_new0(HttpClient, 1);
    client->context = g_main_context_ref(context);
    client->ca_file = g_strdup(ca_file != NULL ? ca_file : HTTP_DEFAULT_CA_FILE);
    client->counters = counters;
    retry_quota_init(&client->quota);
    client->idle = g_ptr_array_new_with_free_func(curl_easy_cleanup);
    client->running = g_hash_table_new(NULL, NULL);
    client->breakers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, breaker_free);
    if (!client_setup(client)) {
        error_set(error, ERROR_INTERNAL, "libcurl could not be initialized");
        return NULL;
    }
    return g_steal_pointer(&client);
}

void http_client_free(HttpClient *client)
{
    GHashTableIter iter;
    void *request;

    if (client == NULL)
        return;
    g_hash_table_iter_init(&iter, client->running);
    while (g_hash_table_iter_next(&iter, &request, NULL)) {
        g_hash_table_iter_remove(&iter);
        request_free(request);
    }
    client->is_freed = TRUE;
    if (client->telling == 0)
        client_destroy(client);
}

void http_client_set_proxies(HttpClient *client, const HttpProxies *proxies)
{
    http_proxies_clear(&client->proxies);
    http_proxies_copy(&client->proxies, proxies);
}

GMainContext *http_client_context(const HttpClient *client)
{
    return client->context;
}

RetryQuota *http_client_quota(HttpClient *client)
{
    return &client->quota;
}

Pace *http_client_pace(HttpClient *client)
{
    return &client->pace;
}

Breaker *http_client_breaker(HttpClient *client, const char *url)
{
    const char *host = strstr(url, "://");
    const gsize host_bytes = host != NULL ? strcspn(host + 3, "/?#") : 0;
    g_autofree char *server = g_strndup(url, host != NULL ? (gsize)(host + 3 - url) + host_bytes : 0);
    Breaker *breaker = g_hash_table_lookup(client->breakers, server);

    if (breaker == NULL) {
        breaker = g_new0(Breaker, 1);
        g_hash_table_insert(client->breakers, g_steal_pointer(&server), breaker);
    }
    return breaker;
}

static void count(RequestCounters *counters, const HttpOptions *options)
{
    switch (options->kind) {
    case HTTP_LIST: counters->list++; break;
    case HTTP_GET: counters->get++; break;
    case HTTP_CHECK: counters->check++; break;
    case HTTP_PUT: counters->put++; break;
    case HTTP_HEAD: counters->head++; break;
    case HTTP_DELETE: counters->delete ++; break;
    case HTTP_POST: break; /* never sent to a store */
    }
    if (options->retry != RETRY_NONE) {
        counters->retries++;
        counters->retry_reasons[options->retry]++;
    }
}

static curl_socket_t on_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    const HttpRequest *request = user;

    (void)purpose;
    if (!request->has_literal && link_local_is(&address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* libcurl would take options that are not set here from the environment. */
static void setup_proxy(const HttpClient *client, CURL *easy, const char *url)
{
    const char *proxy = http_proxies_for(&client->proxies, url);
    const char *exceptions = client->proxies.exceptions;

    curl_easy_setopt(easy, CURLOPT_PROXY, proxy != NULL ? proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, exceptions != NULL ? exceptions : "");
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, client->ca_file);
}

static void setup_connection(HttpRequest *request, const char *url)
{
    const HttpClient *client = request->client;
    const char *proxy = http_proxies_for(&client->proxies, url);
    CURL *easy = request->easy;

    request->has_literal = link_local_is_literal(url) || (proxy != NULL && link_local_is_literal(proxy));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
    curl_easy_setopt(easy, CURLOPT_SHARE, client->share);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    /* Debian's libcurl has a default CAPATH, with which it cannot cache the parsed bundle: 19 ms of CPU per
     * connection instead of 1. */
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, MAX_IDLE_AGE_S);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, MAX_CONNECTION_AGE_S);
    /* Do not connect all clients to the first address of a name (Amazon S3 User Guide, "Performance design
     * patterns"). */
    curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, MAX_ADDRESS_AGE_S);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, HTTP_CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, HTTP_STALL_TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER_BYTES);
}

static void setup_method(HttpRequest *request)
{
    CURL *easy = request->easy;

    switch (request->kind) {
    case HTTP_LIST:
    case HTTP_GET:
    case HTTP_CHECK: curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L); break;
    case HTTP_HEAD: curl_easy_setopt(easy, CURLOPT_NOBODY, 1L); break;
    case HTTP_DELETE: curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE"); break;
    case HTTP_POST:
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        break;
    case HTTP_PUT:
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
        curl_easy_setopt(easy, CURLOPT_READDATA, request);
        curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(easy, CURLOPT_SEEKDATA, request);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_bytes);
        break;
    }
}

static void add_header(HttpRequest *request, const char *line)
{
    struct curl_slist *list = curl_slist_append(request->header_lines, line);

    if (list == NULL)
        g_error("out of memory for a header");
    request->header_lines = list;
}

static void setup_request(HttpRequest *request, const HttpOptions *options)
{
    CURL *easy = request->easy;
    const gint64 timeout_ms = options->timeout_ms != 0
                                  ? (gint64)options->timeout_ms
                                  : http_time_limit_ms(MAX(options->body_bytes, options->answer_bytes));

    /* Not every server sends "100 Continue" (ENGINE_CURL_EXPECTS_CONTINUE). */
    add_header(request, "Expect:");
    for (gsize i = 0; options->headers != NULL && options->headers[i] != NULL; i++)
        add_header(request, options->headers[i]);
    curl_easy_setopt(easy, CURLOPT_URL, options->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->header_lines);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->response.curl_text);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, options->fresh_connection ? 1L : 0L);
}

gint64 http_time_limit_ms(guint64 body_bytes)
{
    return HTTP_REQUEST_LIMIT_MS + (gint64)(MIN(body_bytes, LIMIT_BLOB_BYTES) * 1000 / HTTP_MIN_BYTES_PER_S);
}

static CURL *take_handle(HttpClient *client)
{
    CURL *easy;

    if (client->idle->len > 0)
        return g_ptr_array_steal_index_fast(client->idle, client->idle->len - 1);
    easy = curl_easy_init();
    if (easy == NULL)
        g_error("out of memory for a curl handle");
    return easy;
}

HttpRequest *http_request(HttpClient *client, const HttpOptions *options, HttpDone done, void *user)
{
    HttpRequest *request = g_new0(HttpRequest, 1);

    request->client = client;
    request->easy = take_handle(client);
    request->kind = options->kind;
    request->body = options->body;
    request->body_bytes = options->body_bytes;
    request->sink = options->sink;
    request->done = done;
    request->user = user;
    setup_connection(request, options->url);
    setup_proxy(client, request->easy, options->url);
    setup_method(request);
    setup_request(request, options);
    count(client->counters, options);
    g_hash_table_add(client->running, request);
    if (g_hash_table_size(client->running) > client->n_connections)
        set_pool(client, g_hash_table_size(client->running));
    /* The request starts when libcurl's timer fires, so the callback cannot be called from here. */
    if (curl_multi_add_handle(curl_loop_multi(client->loop), request->easy) != CURLM_OK)
        g_error("libcurl did not accept a request");
    return request;
}

void http_cancel(HttpRequest *request)
{
    if (request == NULL)
        return;
    g_hash_table_remove(request->client->running, request);
    request_free(request);
}
