/* What a healthy server never does: a scripted peer that answers each connection with the next text of a list
 * and closes it. What a healthy one does is in test_server.c. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/client.h"
#include "s3/transfer.h"
#include "tests/s3/peer.h"

#define OK_ABC   "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 3\r\n\r\nabc"
#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define FAILED   "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
#define EXPIRED                                                                                              \
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 42\r\n\r\n<Error><Code>ExpiredToken</Code></Error>\n\n"
#define DENIED                                                                                               \
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 76\r\n\r\n"                                                   \
    "<Error><Code>AccessDenied</Code><Message>No&#27;[31m\nway</Message></Error>  "

typedef struct {
    guint calls;
    GError *error;
} Outcome;

static void on_outcome(const GError *error, void *data)
{
    Outcome *outcome = data;

    outcome->calls++;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

/* One operation against a script, and all that can be seen of it. */
typedef struct {
    Peer peer;
    RequestCounters counters;
    GError *error;
    Blob *blob;
    gint64 took_us;
} Run;

static void run_clear(Run *run)
{
    peer_clear(&run->peer);
    g_clear_error(&run->error);
    blob_unref(run->blob);
}

/* put NULL: a GET. */
static void run(Run *run, const char *const *script, const TransferGet *get, const TransferPut *put)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(HttpClient) client = NULL;
    g_autofree char *url = NULL;
    Outcome outcome = {0};

    *run = (Run){.blob = blob_new("t", 100, NULL)};
    client = http_client_new(context, NULL, &run->counters, NULL);
    peer_start(&run->peer, script);
    url = g_strdup_printf("http://127.0.0.1:%u/b/k%%20y?X-Amz-Signature=s3cr3t", run->peer.port);
    run->took_us = -clock_now_us();
    if (put != NULL) {
        TransferPut options = *put;

        options.url = url;
        transfer_put(client, &options, on_outcome, &outcome);
    } else {
        TransferGet options = get != NULL ? *get : (TransferGet){.max_bytes = 100, .expected_bytes = -1};

        options.url = url;
        options.into = run->blob;
        transfer_get(client, &options, on_outcome, &outcome);
    }
    cr_assert_eq(outcome.calls, 0, "the callback came from the function that starts");
    while (outcome.calls == 0)
        g_main_context_iteration(context, TRUE);
    run->took_us += clock_now_us();
    peer_join(&run->peer);
    cr_assert_eq(outcome.calls, 1);
    run->error = outcome.error;
    cr_assert(run->error == NULL || strstr(run->error->message, "s3cr3t") == NULL, "%s", run->error->message);
}

static void assert_blob(Run *run, const char *text)
{
    cr_assert_null(run->error, "%s", run->error != NULL ? run->error->message : "");
    cr_assert(blob_seal(run->blob, NULL));
    cr_assert_eq(blob_size(run->blob), strlen(text));
    cr_assert(*text == '\0' || memcmp(blob_data(run->blob), text, strlen(text)) == 0);
}

Test(transfer, get_tries_again_and_starts_from_the_beginning)
{
    static const char *const script[] = {FAILED,
                                         "",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
                                         "HTTP/1.1 503 Slow\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n",
                                         OK_ABC,
                                         NULL};
    Run r;

    run(&r, script, NULL, NULL);
    assert_blob(&r, "abc");
    cr_assert_eq(r.counters.get, 5);
    cr_assert_eq(r.counters.retries, 4);
    cr_assert_eq(r.counters.connections, 5);
    run_clear(&r);
}

Test(transfer, attempts_are_limited)
{
    static const char *const script[] = {FAILED, FAILED, FAILED, NULL};
    TransferGet get = {.max_bytes = 100, .expected_bytes = -1, .attempts = 3};
    Run r;

    run(&r, script, &get, NULL);
    cr_assert_eq(error_class(r.error), ERROR_TRANSIENT);
    cr_assert(strstr(r.error->message, "/b/k%20y: 500") != NULL, "%s", r.error->message);
    cr_assert_eq(r.counters.get, 3);
    cr_assert_eq(r.counters.retries, 2);
    run_clear(&r);
}

Test(transfer, a_refusal_is_not_tried_again_and_told_in_one_printable_line)
{
    static const char *const script[] = {DENIED, NULL};
    Run r;

    run(&r, script, NULL, NULL);
    cr_assert_eq(error_class(r.error), ERROR_PERMANENT);
    cr_assert(strstr(r.error->message, ": 403 AccessDenied") != NULL, "%s", r.error->message);
    cr_assert_null(strchr(r.error->message, '\n'));
    cr_assert_null(strchr(r.error->message, '\x1b'));
    cr_assert_eq(r.counters.retries, 0);
    cr_assert_eq(blob_size(r.blob), 0);
    run_clear(&r);
}

Test(transfer, a_redirect_is_not_followed)
{
    static const char *const script[] = {"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n"
                                         "x-amz-bucket-region: eu-west-1\r\nContent-Length: 0\r\n\r\n",
                                         NULL};
    Run r;

    run(&r, script, NULL, NULL);
    cr_assert_eq(error_class(r.error), ERROR_PERMANENT);
    cr_assert(strstr(r.error->message, "region eu-west-1") != NULL, "%s", r.error->message);
    cr_assert_eq(r.counters.connections, 1);
    run_clear(&r);
}

Test(transfer, retry_after_is_honoured)
{
    static const char *const script[] = {"HTTP/1.1 503 Slow\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n",
                                         OK_ABC, NULL};
    Run r;

    run(&r, script, NULL, NULL);
    assert_blob(&r, "abc");
    cr_assert_geq(r.took_us, CLOCK_US_PER_S);
    run_clear(&r);
}

/* A server that tells no size can still not exceed the limit. */
Test(transfer, a_body_of_unknown_size_is_limited)
{
    static const char *const fits[] = {"HTTP/1.1 200 OK\r\n\r\n1234", NULL};
    static const char *const exceeds[] = {"HTTP/1.1 200 OK\r\n\r\n12345", NULL};
    TransferGet get = {.max_bytes = 4, .expected_bytes = -1};
    Run r;

    run(&r, fits, &get, NULL);
    assert_blob(&r, "1234");
    run_clear(&r);
    run(&r, exceeds, &get, NULL);
    cr_assert_eq(error_class(r.error), ERROR_LIMIT, "%s", r.error->message);
    cr_assert_eq(r.counters.retries, 0);
    run_clear(&r);
}

Test(transfer, nonsense_in_headers_is_survived)
{
    static const char *const script[] = {
        "HTTP/1.1 200 OK\r\n: x\r\nRetry-After: never\r\nETag: \"a\"\r\nETag: \"e1\"\r\n"
        "Content-Length: 3\r\n\r\nabc",
        NULL};
    static const char *const broken[] = {"HTTP/1.1 200 OK\r\nno colon\r\n\r\nabc", NULL};
    TransferGet get = {.max_bytes = 100, .expected_bytes = 3, .expected_etag = "e1"};
    Run r;

    run(&r, script, &get, NULL);
    assert_blob(&r, "abc");
    run_clear(&r);
    run(&r, broken, NULL, NULL);
    cr_assert_eq(error_class(r.error), ERROR_PERMANENT, "%s", r.error->message);
    run_clear(&r);
}

Test(transfer, etags_are_compared_without_quotes)
{
    static const char *const script[] = {OK_ABC, NULL};
    static const char *const weak[] = {"HTTP/1.1 200 OK\r\nETag: W/\"e1\"\r\nContent-Length: 3\r\n\r\nabc",
                                       NULL};
    TransferGet quoted = {.max_bytes = 100, .expected_bytes = -1, .expected_etag = "\"e1\""};
    TransferGet other = {.max_bytes = 100, .expected_bytes = -1, .expected_etag = "e2"};
    Run r;

    run(&r, script, &quoted, NULL);
    assert_blob(&r, "abc");
    run_clear(&r);
    run(&r, weak, &quoted, NULL);
    assert_blob(&r, "abc");
    run_clear(&r);
    run(&r, script, &other, NULL);
    cr_assert_eq(error_class(r.error), ERROR_TRANSIENT);
    cr_assert_eq(r.counters.retries, 0);
    run_clear(&r);
}

static const char *header(const Run *r, guint request, const char *name)
{
    const char *text = g_ptr_array_index(r->peer.requests, request);
    const char *found = strstr(text, name);

    return found != NULL && found < strstr(text, "\r\n\r\n") ? found + strlen(name) : NULL;
}

Test(transfer, put_sends_the_body_again)
{
    static const char *const script[] = {FAILED, "", OK_EMPTY, NULL};
    static const char *const headers[] = {"Cache-Control: no-store", NULL};
    TransferPut put = {.headers = headers, .content_type = "image/webp", .data = "abc", .size_bytes = 3};
    Run r;

    run(&r, script, NULL, &put);
    cr_assert_null(r.error, "%s", r.error != NULL ? r.error->message : "");
    cr_assert_eq(r.counters.put, 3);
    cr_assert_eq(r.peer.requests->len, 3);
    for (guint i = 0; i < 3; i++) {
        const char *text = g_ptr_array_index(r.peer.requests, i);

        cr_assert(g_str_has_prefix(text, "PUT /b/k%20y?X-Amz-Signature=s3cr3t HTTP/1.1\r\n"), "%s", text);
        cr_assert(g_str_has_suffix(text, "\r\n\r\nabc"), "%s", text);
        cr_assert(g_str_has_prefix(header(&r, i, "Content-MD5: "), "kAFQmDzST7DWlj99KOF/cg==\r\n"));
        cr_assert(g_str_has_prefix(header(&r, i, "Content-Type: "), "image/webp\r\n"));
        cr_assert(g_str_has_prefix(header(&r, i, "Cache-Control: "), "no-store\r\n"));
        cr_assert(g_str_has_prefix(header(&r, i, "Content-Length: "), "3\r\n"));
        cr_assert_null(header(&r, i, "Expect:"));
        cr_assert_null(header(&r, i, "Transfer-Encoding:"));
    }
    run_clear(&r);
}

Test(transfer, an_empty_put)
{
    static const char *const script[] = {OK_EMPTY, NULL};
    TransferPut put = {0};
    Run r;

    run(&r, script, NULL, &put);
    cr_assert_null(r.error);
    cr_assert(g_str_has_prefix(header(&r, 0, "Content-Length: "), "0\r\n"));
    run_clear(&r);
}

Test(transfer, nobody_listens)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    HttpClient *client = http_client_new(context, NULL, &counters, NULL);
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    TransferGet get = {.url = "http://127.0.0.1:1/x?s3cr3t",
                       .into = blob,
                       .max_bytes = 100,
                       .expected_bytes = -1,
                       .attempts = 2};
    Outcome outcome = {0};

    transfer_get(client, &get, on_outcome, &outcome);
    while (outcome.calls == 0)
        g_main_context_iteration(context, TRUE);
    cr_assert_eq(error_class(outcome.error), ERROR_TRANSIENT);
    cr_assert(g_str_has_prefix(outcome.error->message, "GET http://127.0.0.1:1/x: "), "%s",
              outcome.error->message);
    cr_assert_eq(counters.retries, 1);
    cr_assert_eq(counters.connections, 0);
    g_clear_error(&outcome.error);
    http_client_free(client);
}

/* In the pause between two attempts, and with a client that goes first. */
Test(transfer, cancelled_between_attempts_and_dropped_with_its_client)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    HttpClient *client = http_client_new(context, NULL, &counters, NULL);
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    TransferGet get = {.url = "http://127.0.0.1:1/x", .into = blob, .max_bytes = 100, .expected_bytes = -1};
    HttpOptions options = {.kind = HTTP_GET, .url = "http://127.0.0.1:1/x"};
    Outcome outcome = {0};
    Transfer *transfer = transfer_get(client, &get, on_outcome, &outcome);

    while (counters.retries < 3)
        g_main_context_iteration(context, TRUE);
    transfer_cancel(transfer);
    transfer_cancel(NULL);
    http_request(client, &options, (HttpDone)(void (*)(void))on_outcome, &outcome);
    http_cancel(NULL);
    http_client_free(client);
    while (g_main_context_iteration(context, FALSE))
        ;
    cr_assert_eq(outcome.calls, 0);
}

Test(transfer, a_missing_ca_file_is_a_configuration_error)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    g_autoptr(GError) error = NULL;

    cr_assert_null(http_client_new(context, "/tmp/no-such-ca.pem", &counters, &error));
    cr_assert_eq(error_class(error), ERROR_CONFIG);
    cr_assert(strstr(error->message, "/tmp/no-such-ca.pem") != NULL);
}

#define PAGE(body)  "HTTP/1.1 200 OK\r\n\r\n<ListBucketResult>" body "</ListBucketResult>"
#define KEY(key)    "<Contents><Key>" key "</Key><Size>1</Size></Contents>"
#define MORE(token) "<IsTruncated>true</IsTruncated><NextContinuationToken>" token "</NextContinuationToken>"

typedef struct {
    guint pages;
    guint objects;
    gboolean is_last;
    GError *error;
} Listed;

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Listed *listed = data;

    listed->pages++;
    listed->objects += objects != NULL ? objects->len : 0;
    listed->is_last = is_last || error != NULL;
    listed->error = error != NULL ? g_error_copy(error) : NULL;
}

static Listed list(const char *const *script, Peer *peer)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, context);
    HttpClient *http = http_client_new(context, NULL, &counters, NULL);
    g_autofree char *url = NULL;
    S3Client *client;
    S3Listing *listing;
    Listed listed = {0};

    peer_start(peer, script);
    url = g_strdup_printf("http://127.0.0.1:%u", peer->port);
    client = s3_client_new(endpoint_new(url, NULL, ENDPOINT_ADDRESSING_AUTO, "bkt", NULL), keeper, http, 2);
    listing = s3_client_list(client, "p/", 0, on_page, &listed);
    while (!listed.is_last) {
        guint before = listed.pages;

        s3_listing_next(listing);
        while (listed.pages == before)
            g_main_context_iteration(context, TRUE);
    }
    s3_listing_free(listing);
    s3_client_free(client);
    http_client_free(http);
    peer_join(peer);
    return listed;
}

static void assert_list(const char *const *script, guint objects)
{
    Peer peer;
    Listed listed = list(script, &peer);

    cr_assert_null(listed.error, "%s", listed.error != NULL ? listed.error->message : "");
    cr_assert_eq(listed.objects, objects);
    peer_clear(&peer);
}

static void assert_list_fails(const char *const *script, ErrorClass class, const char *words)
{
    Peer peer;
    Listed listed = list(script, &peer);

    cr_assert_eq(error_class(listed.error), class, "%s", listed.error->message);
    cr_assert(strstr(listed.error->message, words) != NULL, "%s", listed.error->message);
    g_clear_error(&listed.error);
    peer_clear(&peer);
}

Test(listing, goes_on_with_the_token_also_over_empty_pages)
{
    static const char *const script[] = {PAGE(KEY("p/a") MORE("t/1+=")), PAGE(MORE("t2")), PAGE(KEY("p/b")),
                                         NULL};
    Peer peer;
    Listed listed = list(script, &peer);
    const char *second;

    cr_assert_null(listed.error);
    cr_assert_eq(listed.pages, 3);
    cr_assert_eq(listed.objects, 2);
    second = g_ptr_array_index(peer.requests, 1);
    cr_assert(
        g_str_has_prefix(second,
                         "GET /bkt/?continuation-token=t%2F1%2B%3D&encoding-type=url&list-type=2&prefix=p%2F "
                         "HTTP/1.1\r\n"),
        "%s", second);
    cr_assert(strstr(second, "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=") != NULL, "%s",
              second);
    cr_assert_null(strstr(second, "s3cr3t"));
    peer_clear(&peer);
}

Test(listing, a_damaged_page_is_asked_for_again)
{
    static const char *const cut[] = {"HTTP/1.1 200 OK\r\n\r\n<ListBucketResult>" KEY("p/a"),
                                      PAGE(KEY("p/a")), NULL};
    static const char *const error_page[] = {
        "HTTP/1.1 200 OK\r\n\r\n<Error><Code>InternalError</Code></Error>", PAGE(KEY("p/a")), NULL};
    static const char *const busy[] = {FAILED, PAGE(KEY("p/a")), NULL};
    static const char *const twice[] = {FAILED, FAILED, NULL};

    assert_list(cut, 1);
    assert_list(error_page, 1);
    assert_list(busy, 1);
    assert_list_fails(twice, ERROR_TRANSIENT, "LIST http://127.0.0.1");
}

Test(listing, order_prefix_and_progress_are_checked)
{
    static const char *const backwards[] = {PAGE(KEY("p/b") KEY("p/a")), NULL};
    static const char *const same[] = {PAGE(KEY("p/b") KEY("p/b")), NULL};
    static const char *const over_pages[] = {PAGE(KEY("p/b") MORE("t")), PAGE(KEY("p/a")), NULL};
    static const char *const outside[] = {PAGE(KEY("q/a")), NULL};
    static const char *const circle[] = {PAGE(MORE("t")), PAGE(MORE("t")), NULL};
    static const char *const unsigned_order[] = {PAGE(KEY("p/z") KEY("p/\xc3\xa9")), NULL};

    assert_list_fails(backwards, ERROR_PERMANENT, "byte order");
    assert_list_fails(same, ERROR_PERMANENT, "byte order");
    assert_list_fails(over_pages, ERROR_PERMANENT, "byte order");
    assert_list_fails(outside, ERROR_PERMANENT, "q/a");
    assert_list_fails(circle, ERROR_PERMANENT, "circle");
    assert_list(unsigned_order, 2);
}

/* Once per page: who refuses new credentials too does not mean them. */
Test(listing, expired_credentials_are_renewed_once_per_page)
{
    static const char *const page_by_page[] = {EXPIRED, PAGE(KEY("p/a") MORE("t")), EXPIRED, PAGE(KEY("p/b")),
                                               NULL};
    static const char *const twice[] = {EXPIRED, EXPIRED, NULL};

    assert_list(page_by_page, 2);
    assert_list_fails(twice, ERROR_TRANSIENT, "400 ExpiredToken");
}

Test(listing, a_refusal_names_the_code)
{
    static const char *const script[] = {DENIED, NULL};
    static const char *const no_s3[] = {"HTTP/1.1 200 OK\r\n\r\n<html><body/></html>", NULL};

    assert_list_fails(script, ERROR_PERMANENT, "403 AccessDenied");
    assert_list_fails(no_s3, ERROR_PERMANENT, "does not speak S3");
}
