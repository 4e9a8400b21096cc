/* Limits of size and time for one server's response, against servers that send endlessly. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "s3/http/http.h"
#include "s3/http/retry.h"

/* Divides libcurl's time limit of a request, so that five minutes become 0.3 seconds. */
static long faster = 1;

#undef curl_easy_setopt

typedef CURLcode (*Setopt)(CURL *, CURLoption, ...);

/* Overrides libcurl's function in this executable. The argument of every option is one word wide. */
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    Setopt setopt = NULL;
    va_list args;
    void *value;

    *(void **)&setopt = dlsym(RTLD_NEXT, "curl_easy_setopt");
    va_start(args, option);
    value = va_arg(args, void *);
    va_end(args);
    if (option == CURLOPT_TIMEOUT_MS)
        return setopt(easy, option, (long)value / faster);
    return setopt(easy, option, value);
}

/* Answers one request with head, and then sends more repeatedly until the client closes the connection. */
typedef struct {
    int listener;
    guint port;
    const char *head;
    const char *more;
    gulong pause_us; /* between two repetitions */
    gsize sent_bytes;
    pthread_t thread;
} Flood;

static void *flood_run(void *data)
{
    Flood *flood = data;
    autofd int fd = accept(flood->listener, NULL, NULL);
    char request[4096];
    gssize n = read(fd, request, sizeof request);

    if (n > 0)
        n = send(fd, flood->head, strlen(flood->head), MSG_NOSIGNAL);
    while (n > 0) {
        n = send(fd, flood->more, strlen(flood->more), MSG_NOSIGNAL);
        flood->sent_bytes += n > 0 ? (gsize)n : 0;
        if (flood->pause_us > 0)
            g_usleep(flood->pause_us);
    }
    return NULL;
}

static void flood_start(Flood *flood)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    flood->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(flood->listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(flood->listener, 1), 0);
    cr_assert_eq(getsockname(flood->listener, (struct sockaddr *)&address, &size), 0);
    flood->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&flood->thread, NULL, flood_run, flood), 0);
}

typedef struct {
    gboolean is_done;
    int code;
    char *text;
} Outcome;

static void on_response(const HttpResponse *response, void *user)
{
    Outcome *outcome = user;

    *outcome =
        (Outcome){TRUE, http_response_curl_code(response), g_strdup(http_response_curl_text(response))};
}

/* Expects the request to end by itself with this error. */
static void expect_end(Flood *flood, HttpKind kind, int code, const char *words)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    HttpClient *client = http_client_new(context, NULL, &counters, NULL);
    Outcome outcome = {0};
    g_autofree char *url = NULL;

    flood_start(flood);
    url = g_strdup_printf("http://127.0.0.1:%u/", flood->port);
    (void)http_request(client, &(HttpOptions){.kind = kind, .url = url}, on_response, &outcome);
    while (!outcome.is_done)
        g_main_context_iteration(context, TRUE);
    http_client_free(client);
    cr_assert_eq(pthread_join(flood->thread, NULL), 0);
    close(flood->listener);
    cr_expect_eq(outcome.code, code, "%d %s", outcome.code, outcome.text);
    cr_expect_not_null(strstr(outcome.text, words), "%s", outcome.text);
    g_free(outcome.text);
}

/* Data in the sockets of both sides, in addition to what was received. */
#define SOCKETS_BYTES (16u << 20)

static void expect_counted(const char *head, const char *more, const char *words)
{
    Flood flood = {.head = head, .more = more};

    expect_end(&flood, HTTP_LIST, CURLE_WEIRD_SERVER_REPLY, words);
    cr_expect_lt(flood.sent_bytes, LIMIT_HEAD_BYTES + SOCKETS_BYTES);
    cr_expect(!retry_classify(CURLE_WEIRD_SERVER_REPLY, 0, NULL).is_retryable);
}

/* libcurl keeps each trailer in memory. */
Test(http_limits, trailers_are_counted)
{
    expect_counted("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
                   "x-a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                   "bytes of headers and trailers");
}

Test(http_limits, headers_are_counted)
{
    expect_counted("HTTP/1.1 200 OK\r\n",
                   "x-a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                   "bytes of headers and trailers");
}

/* Some versions of libcurl abort earlier, after a number of lines (ENGINE_CURL_COUNTS_HEADERS). */
Test(http_limits, interim_answers_are_counted)
{
    expect_counted("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\nx-a: a\r\n\r\n", "headers");
}

Test(http_limits, short_headers_are_counted)
{
    expect_counted("HTTP/1.1 200 OK\r\n", "x: a\r\n", "headers");
}

/* The server makes progress, so that the stall timeout does not apply. */
static void expect_slow_ends(HttpKind kind, const char *head)
{
    Flood flood = {.head = head, .more = "a", .pause_us = 10000};

    faster = 1000;
    expect_end(&flood, kind, CURLE_OPERATION_TIMEDOUT, "timed out");
    faster = 1;
}

Test(http_limits, a_server_that_sends_a_byte_now_and_then_is_left)
{
    expect_slow_ends(HTTP_LIST, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    expect_slow_ends(HTTP_GET, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    expect_slow_ends(HTTP_DELETE, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    expect_slow_ends(HTTP_HEAD, "HTTP/1.1 200 OK\r\nx-a: ");
    expect_slow_ends(HTTP_CHECK, "HTTP/1.1 404 Not Found\r\nContent-Length: 100000\r\n\r\n");
}

Test(http_limits, a_body_has_the_time_that_its_size_needs)
{
    cr_expect_eq(http_time_limit_ms(0), HTTP_REQUEST_LIMIT_MS);
    cr_expect_eq(http_time_limit_ms(HTTP_MIN_BYTES_PER_S * 60), HTTP_REQUEST_LIMIT_MS + 60000);
    cr_expect_gt(http_time_limit_ms(G_MAXUINT64), http_time_limit_ms(1u << 30));
}

/* libcurl's error about an unusable proxy contains its whole URL. */
Test(http_limits, a_password_of_a_proxy_is_in_no_message)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    HttpClient *client = http_client_new(context, NULL, &counters, NULL);
    const HttpProxies proxies = {.http = (char *)"nonsense://me:s3cr3t@127.0.0.1:1"};
    Outcome outcome = {0};

    http_client_set_proxies(client, &proxies);
    (void)http_request(client, &(HttpOptions){.kind = HTTP_GET, .url = "http://127.0.0.1:1/"}, on_response,
                       &outcome);
    while (!outcome.is_done)
        g_main_context_iteration(context, TRUE);
    http_client_free(client);
    cr_expect_not_null(strstr(outcome.text, "nonsense://***@127.0.0.1:1"), "%s", outcome.text);
    cr_expect_null(strstr(outcome.text, "s3cr3t"), "%s", outcome.text);
    g_free(outcome.text);
}
