/* Tests transfers with a server that behaves as no healthy one does (tests/s3/peer.h). test_server.c has
 * those with a healthy one. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "tests/s3/transfer_bench.h"

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
    cr_assert_eq(error_class(r.error), ERROR_UNAVAILABLE);
    cr_assert(strstr(r.error->message, "/b/k%20y: 500") != NULL, "%s", r.error->message);
    cr_assert_eq(r.counters.get, 3);
    cr_assert_eq(r.counters.retries, 2);
    run_clear(&r);
}

static void expect_class(const char *answer, ErrorClass class)
{
    const char *const script[] = {answer, NULL};
    Run r;

    run(&r, script, NULL, NULL);
    cr_assert_eq(error_class(r.error), class, "%s", r.error->message);
    cr_assert_eq(r.counters.get, 1);
    run_clear(&r);
}

/* Expects the class of a refusal for a URL that expires at end_s seconds from now, by a server whose Date
 * differs from ours by *date_s. */
static void expect_class_at(gint64 end_s, const gint64 *date_s, ErrorClass class)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) begin = g_date_time_add_seconds(now, (double)end_s - 60);
    g_autoptr(GDateTime) there = g_date_time_add_seconds(now, date_s != NULL ? (double)*date_s : 0);
    g_autofree char *query = g_date_time_format(begin, "&X-Amz-Date=%Y%m%dT%H%M%SZ&X-Amz-Expires=60");
    g_autofree char *date = g_date_time_format(there, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n");
    g_autofree char *answer =
        g_strconcat("HTTP/1.1 403 Forbidden\r\n", date_s != NULL ? date : "", "\r\n", NULL);

    more_query = query;
    expect_class(answer, class);
    more_query = "";
}

/* The side that signs may retry; this side cannot. */
Test(transfer, what_is_signed_may_be_stale)
{
    expect_class(CODE("400 Bad Request", "ExpiredToken"), ERROR_STALE);
    expect_class(CODE("400 Bad Request", "InvalidToken"), ERROR_STALE);
    expect_class(CODE("403 Forbidden", "RequestTimeTooSkewed"), ERROR_STALE);
    expect_class("HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-west-1\r\n\r\n", ERROR_STALE);
    expect_class(CODE("403 Forbidden", "AccessDenied"), ERROR_PERMANENT);
    expect_class_at(3600, NULL, ERROR_PERMANENT);
    expect_class_at(3600, &(const gint64){2 * 3600}, ERROR_STALE);
    expect_class_at(3600, &(const gint64){7 * 365 * 86400}, ERROR_PERMANENT); /* an implausible clock */
    expect_class_at(-3600, NULL, ERROR_STALE);
    expect_class_at(-3600, &(const gint64){-2 * 3600}, ERROR_PERMANENT);
    expect_class_at(-3600, &(const gint64){-7 * 365 * 86400}, ERROR_STALE);
    expect_class(CODE("404 Not Found", "NoSuchKey"), ERROR_PERMANENT);
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
    cr_assert_eq(error_class(r.error), ERROR_STALE);
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

/* A server that announces no size cannot exceed the limit either. */
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

/* Bytes beyond the listed size are not even received. */
Test(transfer, a_get_stops_at_the_size_that_is_expected)
{
    static const char *const longer[] = {"HTTP/1.1 200 OK\r\n\r\n12345", NULL};
    TransferGet get = {.max_bytes = 100, .expected_bytes = 4};
    Run r;

    run(&r, longer, &get, NULL);
    cr_assert_eq(error_class(r.error), ERROR_TRANSIENT);
    cr_assert_not_null(strstr(r.error->message, "it has more than 4 bytes"), "%s", r.error->message);
    cr_assert_eq(blob_size(r.blob), 0);
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
    cr_assert(strstr(r.error->message, "its ETag is 'e1' and was 'e2'") != NULL, "%s", r.error->message);
    cr_assert_eq(r.counters.retries, 0);
    run_clear(&r);
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
        cr_assert(g_str_has_prefix(peer_header(&r.peer, i, "Content-MD5: "), "kAFQmDzST7DWlj99KOF/cg==\r\n"));
        cr_assert(g_str_has_prefix(peer_header(&r.peer, i, "Content-Type: "), "image/webp\r\n"));
        cr_assert(g_str_has_prefix(peer_header(&r.peer, i, "Cache-Control: "), "no-store\r\n"));
        cr_assert(g_str_has_prefix(peer_header(&r.peer, i, "Content-Length: "), "3\r\n"));
        cr_assert_null(peer_header(&r.peer, i, "Expect:"));
        cr_assert_null(peer_header(&r.peer, i, "Transfer-Encoding:"));
    }
    run_clear(&r);
}

#define THERE "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n"

Test(transfer, a_put_that_replaces_nothing)
{
    static const char *const missing[] = {OK_EMPTY, NULL};
    static const char *const there[] = {THERE, NULL};
    static const char *const lost[] = {"", THERE, NULL};
    static const char *const refused[] = {DENIED, NULL};
    const char *const *const scripts[] = {missing, there, lost, refused};

    for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
        gboolean existed = FALSE;
        TransferPut put = {.data = "abc", .size_bytes = 3, .ret_existed = &existed};
        Run r;

        run(&r, scripts[i], NULL, &put);
        cr_expect_eq(r.error != NULL, scripts[i] == refused);
        cr_expect_eq(existed, scripts[i] == there || scripts[i] == lost);
        cr_expect(g_str_has_prefix(peer_header(&r.peer, 0, "If-None-Match: "), "*\r\n"));
        run_clear(&r);
    }
}

/* Response to a PUT without any condition. */
Test(transfer, a_412_out_of_the_blue_is_a_refusal)
{
    static const char *const script[] = {THERE, NULL};
    TransferPut put = {.data = "abc", .size_bytes = 3};
    Run r;

    run(&r, script, NULL, &put);
    cr_assert_eq(error_class(r.error), ERROR_PERMANENT);
    cr_assert_null(peer_header(&r.peer, 0, "If-None-Match: "));
    run_clear(&r);
}

/* The MD5 of "abc". */
#define MD5          "900150983cd24fb0d6963f7d28e17f72"
#define OTHER_MD5    "900150983cd24fb0d6963f7d28e17f73"
#define STORED(etag) "HTTP/1.1 200 OK\r\nETag: " etag "\r\nContent-Length: 0\r\n\r\n"
#define STORED_AS(how)                                                                                       \
    "HTTP/1.1 200 OK\r\nETag: \"" OTHER_MD5 "\"\r\nx-amz-server-side-encryption" how                         \
    "\r\nContent-Length: 0\r\n\r\n"

static const TransferPut abc = {.data = "abc", .size_bytes = 3, .attempts = 2};

Test(put_etag, one_that_may_be_an_md5_must_be_that_of_the_body)
{
    static const char *const wrong[] = {STORED("\"" OTHER_MD5 "\""), STORED("\"" OTHER_MD5 "\""), NULL};
    static const char *const then_right[] = {STORED("\"" OTHER_MD5 "\""), STORED("\"" MD5 "\""), NULL};
    Run r;

    run(&r, wrong, NULL, &abc);
    cr_assert_eq(error_class(r.error), ERROR_PERMANENT);
    cr_assert(strstr(r.error->message, "ETag '" OTHER_MD5 "'") != NULL, "%s", r.error->message);
    cr_assert(strstr(r.error->message, "upload '" MD5 "'") != NULL, "%s", r.error->message);
    cr_assert_eq(r.counters.retry_reasons[RETRY_TRUNCATED], 1);
    run_clear(&r);
    run(&r, then_right, NULL, &abc);
    cr_assert_null(r.error, "%s", r.error != NULL ? r.error->message : "");
    run_clear(&r);
}

Test(put_etag, one_that_is_no_md5_says_nothing)
{
    static const char *const answers[] = {
        STORED("\"" MD5 "\""),
        STORED("\"900150983CD24FB0D6963F7D28E17F72\""),
        STORED("W/\"" MD5 "\""),
        STORED(MD5),
        STORED("\"" OTHER_MD5 "-1\""),
        STORED("\"opaque\""),
        STORED(""),
        STORED_AS(": aws:kms"),
        STORED_AS(": aws:kms:dsse"),
        STORED_AS("-customer-algorithm: AES256"),
        OK_EMPTY,
    };

    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        const char *const script[] = {answers[i], NULL};
        Run r;

        run(&r, script, NULL, &abc);
        cr_expect_null(r.error, "%s: %s", answers[i], r.error != NULL ? r.error->message : "");
        run_clear(&r);
    }
}

/* The ETag is an MD5 although the object is encrypted. */
Test(put_etag, is_compared_where_s3_itself_has_the_key)
{
    const char *const script[] = {STORED_AS(": AES256"), NULL};
    TransferPut once = abc;
    Run r;

    once.attempts = 1;
    run(&r, script, NULL, &once);
    cr_assert_eq(error_class(r.error), ERROR_PERMANENT);
    run_clear(&r);
}

Test(put_etag, can_be_ignored)
{
    static const char *const script[] = {STORED("\"" OTHER_MD5 "\""), NULL};
    TransferPut put = abc;
    Run r;

    put.ignore_etag = TRUE;
    run(&r, script, NULL, &put);
    cr_assert_null(r.error, "%s", r.error != NULL ? r.error->message : "");
    run_clear(&r);
}

Test(transfer, an_empty_put)
{
    static const char *const script[] = {OK_EMPTY, NULL};
    TransferPut put = {0};
    Run r;

    run(&r, script, NULL, &put);
    cr_assert_null(r.error);
    cr_assert(g_str_has_prefix(peer_header(&r.peer, 0, "Content-Length: "), "0\r\n"));
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
    cr_assert_eq(error_class(outcome.error), ERROR_UNAVAILABLE);
    cr_assert(g_str_has_prefix(outcome.error->message, "GET http://127.0.0.1:1/x: "), "%s",
              outcome.error->message);
    cr_assert_eq(counters.retries, 1);
    cr_assert_eq(counters.connections, 0);
    g_clear_error(&outcome.error);
    http_client_free(client);
}

/* Begins `count` transfers at once that nobody answers. Returns how many were not sent. */
static guint fail_at_once(HttpClient *client, const char *url, guint count)
{
    g_autofree Outcome *outcomes = g_new0(Outcome, count);
    guint refused = 0;

    for (guint i = 0; i < count; i++) {
        g_autoptr(Blob) blob = blob_new("t", 100, NULL);
        TransferGet get = {.url = url, .into = blob, .max_bytes = 100, .expected_bytes = -1};

        transfer_get(client, &get, on_outcome, &outcomes[i]);
        cr_assert_eq(outcomes[i].calls, 0, "the callback came from the function that starts");
    }
    for (guint i = 0; i < count; i++) {
        while (outcomes[i].calls == 0)
            g_main_context_iteration(http_client_context(client), TRUE);
        if (error_class(outcomes[i].error) == ERROR_UNSENT)
            cr_assert(strstr(outcomes[i].error->message, "/x: not sent") != NULL &&
                          strstr(outcomes[i].error->message, "connect") != NULL &&
                          strstr(outcomes[i].error->message, "s3cr3t") == NULL,
                      "%s", outcomes[i].error->message);
        else
            cr_assert_eq(error_class(outcomes[i].error), ERROR_UNAVAILABLE);
        refused += error_class(outcomes[i].error) == ERROR_UNSENT;
        g_clear_error(&outcomes[i].error);
    }
    return refused;
}

Test(transfer, a_server_that_is_away_costs_few_requests)
{
    static const char url[] = "http://127.0.0.1:1/x?s3cr3t", other[] = "http://127.0.0.1:2/x?s3cr3t";
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    g_autoptr(HttpClient) client = http_client_new(context, NULL, &counters, NULL);
    Breaker *breaker = http_client_breaker(client, url);

    (void)fail_at_once(client, url, 20);
    cr_assert_leq(counters.get, 20 + BREAKER_CONNECTIONS, "%u requests", (guint)counters.get);
    breaker->connections.open_until_us =
        clock_now_us() + 10 * CLOCK_US_PER_S; /* long enough for a slow machine */
    counters.get = 0;
    cr_assert_eq(fail_at_once(client, url, 20), 20);
    cr_assert_eq(counters.get, 0, "while it is open nothing is sent");
    cr_assert_eq(fail_at_once(client, other, 1), 0, "another server has a breaker of its own");
    cr_assert_eq(counters.get, BREAKER_CONNECTIONS, "and nobody tries more often");
    breaker->connections.open_until_us = 0;
    counters.get = 0;
    cr_assert_eq(fail_at_once(client, url, 1), 0);
    cr_assert_eq(counters.get, 1, "after the pause one request shows that nothing has changed");
}

/* During the back-off between two attempts, and with a client that is freed first. */
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

    while (counters.retries < 2)
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

Test(transfer, tells_the_etag_of_what_was_read)
{
    static const char *const resumed[] = {
        "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 3\r\n\r\na",
        "HTTP/1.1 206 Part\r\nETag: \"e1\"\r\nContent-Range: bytes 1-2/3\r\n"
        "Content-Length: 2\r\n\r\nbc",
        NULL};
    static const char *const none[] = {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", NULL};
    g_autofree char *etag = NULL, *no_etag = NULL;
    TransferGet get = {.max_bytes = 100, .expected_bytes = -1, .ret_etag = &etag};
    Run r;

    run(&r, resumed, &get, NULL);
    cr_assert_str_eq(etag, "e1");
    run_clear(&r);
    get.ret_etag = &no_etag;
    run(&r, none, &get, NULL);
    cr_assert_null(r.error);
    cr_assert_null(no_etag);
    run_clear(&r);
}
