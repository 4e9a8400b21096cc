/* Tests listings by a server that behaves as no healthy one does (tests/s3/peer.h), and how the client
 * corrects itself after refusals. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/check.h"
#include "s3/client.h"
#include "s3/listing.h"
#include "tests/s3/peer.h"

#define PAGE(body)  "HTTP/1.1 200 OK\r\n\r\n<ListBucketResult>" body "</ListBucketResult>"
#define KEY(key)    "<Contents><Key>" key "</Key><Size>1</Size></Contents>"
#define MORE(token) "<IsTruncated>true</IsTruncated><NextContinuationToken>" token "</NextContinuationToken>"

typedef struct {
    guint pages;
    guint objects;
    gboolean is_last;
    GError *error;
    RequestCounters counters;
    char *presigned; /* a URL presigned after the listing */
} Listed;

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Listed *listed = data;

    listed->pages++;
    listed->objects += objects != NULL ? objects->len : 0;
    listed->is_last = is_last || error != NULL;
    listed->error = error != NULL ? g_error_copy(error) : NULL;
}

static Listed list_as(const char *const *script, Peer *peer, const S3Dialect *dialect)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, context);
    HttpClient *http;
    g_autofree char *url = NULL;
    S3Client *client;
    S3Listing *listing;
    Listed listed = {0};

    http = http_client_new(context, NULL, &listed.counters, NULL);
    peer_start(peer, script);
    url = g_strdup_printf("http://127.0.0.1:%u", peer->port);
    client = s3_client_new(endpoint_new(&(EndpointOptions){.url = url}, "bkt", NULL), keeper, http, 2);
    s3_client_set_dialect(client, dialect);
    listing = s3_listing_new(client, &(S3ListOptions){.prefix = "p/"}, on_page, &listed);
    while (!listed.is_last) {
        guint before = listed.pages;

        s3_listing_next(listing);
        while (listed.pages == before)
            g_main_context_iteration(context, TRUE);
    }
    s3_listing_free(listing);
    listed.presigned = s3_client_presign(client, HTTP_GET, "k", NULL, 60, NULL);
    s3_client_free(client);
    http_client_free(http);
    peer_join(peer);
    return listed;
}

static Listed list(const char *const *script, Peer *peer)
{
    return list_as(script, peer, &(S3Dialect){0});
}

static void listed_clear(Listed *listed)
{
    g_clear_error(&listed->error);
    g_free(listed->presigned);
}

static void assert_list(const char *const *script, guint objects)
{
    Peer peer;
    Listed listed = list(script, &peer);

    cr_assert_null(listed.error, "%s", listed.error != NULL ? listed.error->message : "");
    cr_assert_eq(listed.objects, objects);
    listed_clear(&listed);
    peer_clear(&peer);
}

static void assert_list_fails(const char *const *script, ErrorClass class, const char *words)
{
    Peer peer;
    Listed listed = list(script, &peer);

    cr_assert_eq(error_class(listed.error), class, "%s", listed.error->message);
    cr_assert(strstr(listed.error->message, words) != NULL, "%s", listed.error->message);
    listed_clear(&listed);
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
    listed_clear(&listed);
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
    assert_list_fails(twice, ERROR_UNAVAILABLE, "LIST http://127.0.0.1");
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
    assert_list_fails(circle, ERROR_PERMANENT, "repeats its continuation token");
    assert_list(unsigned_order, 2);
}

#define EXPIRED                                                                                              \
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 42\r\n\r\n<Error><Code>ExpiredToken</Code></Error>\n\n"

/* Only once per page: a server that refuses renewed credentials too has another reason. */
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
    assert_list_fails(no_s3, ERROR_PERMANENT, "is not an S3 server");
}

/* A response of a server with another time (or none), or that redirects to another region. */
static char *refusal(const char *status, const char *code, const char *header)
{
    return g_strdup_printf("HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n\r\n<Error><Code>%s</Code></Error>",
                           status, header, code);
}

static char *date_header(gint64 ahead_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(clock_wall_us() / CLOCK_US_PER_S + ahead_s);

    return g_date_time_format(time, "Date: %a, %d %b %Y %H:%M:%S GMT");
}

/* The time stamp ("20130524T000000Z") after name, as Unix seconds. */
static gint64 stamp_after(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    g_autofree char *stamp = NULL;
    g_autoptr(GDateTime) time = NULL;

    cr_assert_not_null(found, "%s", text);
    stamp = g_strndup(found + strlen(name), 16);
    time = g_date_time_new_from_iso8601(stamp, NULL);
    cr_assert_not_null(time, "%s", stamp);
    return g_date_time_to_unix(time);
}

/* The server's time is used at once, and later for presigned URLs too. */
static void assert_follows(gint64 ahead_s)
{
    g_autofree char *date = date_header(ahead_s);
    g_autofree char *skewed = refusal("403 Forbidden", "RequestTimeTooSkewed", date);
    const char *const script[] = {skewed, PAGE(KEY("p/a")), NULL};
    gint64 there_s = clock_wall_us() / CLOCK_US_PER_S + ahead_s;
    Peer peer;
    Listed listed = list(script, &peer);

    cr_assert_null(listed.error, "%s", listed.error->message);
    cr_assert_eq(listed.objects, 1u);
    cr_assert_eq(listed.counters.retry_reasons[RETRY_SKEW], 1u);
    cr_assert_lt(ABS(stamp_after(g_ptr_array_index(peer.requests, 1), "x-amz-date: ") - there_s), 60);
    cr_assert_lt(ABS(stamp_after(listed.presigned, "X-Amz-Date=") - there_s), 60);
    listed_clear(&listed);
    peer_clear(&peer);
}

Test(skew, is_learnt_from_a_refusal)
{
    assert_follows(3600);
    assert_follows(-86000);
}

static void assert_not_followed(const char *date, const char *second, const char *words)
{
    g_autofree char *skewed = refusal("403 Forbidden", "RequestTimeTooSkewed", date);
    const char *const script[] = {skewed, second, NULL};

    assert_list_fails(script, ERROR_TRANSIENT, words);
}

Test(skew, without_another_time_the_refusal_stands)
{
    g_autofree char *ours = date_header(10);
    g_autofree char *theirs = date_header(7200);
    g_autofree char *again = refusal("403 Forbidden", "RequestTimeTooSkewed", theirs);

    assert_not_followed(ours, NULL, "RequestTimeTooSkewed");
    assert_not_followed("Date: yesterday", NULL, "RequestTimeTooSkewed");
    assert_not_followed("X-None: 1", NULL, "RequestTimeTooSkewed");
    assert_not_followed("Date: Sun, 06 Nov 99999 08:49:37 GMT", NULL, "RequestTimeTooSkewed");
    assert_not_followed(theirs, again, "RequestTimeTooSkewed");
}

/* Requests signed for the year 2098 would be valid until then. */
Test(skew, of_more_than_a_day_is_not_followed)
{
    g_autofree char *tomorrow = date_header(2 * 86400);
    g_autofree char *yesterday = date_header(-2 * 86400);

    assert_not_followed(tomorrow, NULL, "RequestTimeTooSkewed");
    assert_not_followed(yesterday, NULL, "RequestTimeTooSkewed");
    assert_not_followed("Date: Sun, 09 Nov 2098 08:49:37 GMT", NULL, "RequestTimeTooSkewed");
}

Test(skew, a_wrong_date_on_what_is_accepted_changes_nothing)
{
    g_autofree char *date = date_header(7200);
    g_autofree char *page =
        g_strdup_printf("HTTP/1.1 200 OK\r\n%s\r\n\r\n<ListBucketResult></ListBucketResult>", date);
    const char *const script[] = {page, NULL};
    Peer peer;
    Listed listed = list(script, &peer);

    cr_assert_null(listed.error);
    cr_assert_lt(ABS(stamp_after(listed.presigned, "X-Amz-Date=") - clock_wall_us() / CLOCK_US_PER_S), 60);
    listed_clear(&listed);
    peer_clear(&peer);
}

static void assert_goes_to(const char *refused, const char *region)
{
    const char *const script[] = {refused, PAGE(KEY("p/a")), NULL};
    g_autofree char *scope = g_strdup_printf("/%s/s3/aws4_request", region);
    g_autofree char *encoded = g_strdup_printf("%%2F%s%%2Fs3%%2Faws4_request", region);
    Peer peer;
    Listed listed = list(script, &peer);

    cr_assert_null(listed.error, "%s", listed.error->message);
    cr_assert_eq(listed.counters.retry_reasons[RETRY_REGION], 1u);
    cr_assert(strstr(g_ptr_array_index(peer.requests, 0), "/us-east-1/s3/") != NULL);
    cr_assert(strstr(g_ptr_array_index(peer.requests, 1), scope) != NULL);
    cr_assert(strstr(listed.presigned, encoded) != NULL, "%s", listed.presigned);
    listed_clear(&listed);
    peer_clear(&peer);
}

#define MALFORMED(region)                                                                                    \
    "HTTP/1.1 400 Bad Request\r\n\r\n<Error><Code>AuthorizationHeaderMalformed</Code><Region>" region        \
    "</Region></Error>"

Test(region, is_learnt_from_redirects_and_errors)
{
    g_autofree char *redirect =
        refusal("301 Moved Permanently", "PermanentRedirect", "x-amz-bucket-region: eu-west-1");

    assert_goes_to(redirect, "eu-west-1");
    assert_goes_to(MALFORMED("ap-south-2"), "ap-south-2");
}

Test(region, what_is_no_other_region_is_not_followed)
{
    static const char *const same[] = {MALFORMED("us-east-1"), NULL};
    static const char *const nonsense[] = {MALFORMED("evil.example/x?"), NULL};
    static const char *const circle[] = {MALFORMED("eu-west-1"), MALFORMED("us-east-1"), NULL};

    assert_list_fails(same, ERROR_PERMANENT, "AuthorizationHeaderMalformed");
    assert_list_fails(nonsense, ERROR_PERMANENT, "AuthorizationHeaderMalformed");
    assert_list_fails(circle, ERROR_PERMANENT, "AuthorizationHeaderMalformed");
}

/* Each listing retries once, until the client's quota is used up. */
Test(listing, the_quota_of_retries_is_the_clients)
{
    enum { RETRIES = RETRY_QUOTA_TOKENS / 5, LISTINGS = RETRIES + 10 };
    static const char *script[LISTINGS + RETRIES + 1];
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, context);
    RequestCounters counters = {0};
    HttpClient *http = http_client_new(context, NULL, &counters, NULL);
    g_autofree char *url = NULL;
    S3Client *client;
    Peer peer;

    for (guint i = 0; i < LISTINGS + RETRIES; i++)
        script[i] = FAILED;
    peer_start(&peer, script);
    url = g_strdup_printf("http://127.0.0.1:%u", peer.port);
    client = s3_client_new(endpoint_new(&(EndpointOptions){.url = url}, "bkt", NULL), keeper, http, 2);
    for (guint i = 0; i < LISTINGS; i++) {
        Listed listed = {0};
        S3Listing *listing = s3_listing_new(client, &(S3ListOptions){.prefix = ""}, on_page, &listed);

        /* Keeps the circuit breaker closed, which would hold back more requests. */
        breaker_succeed(http_client_breaker(http, url), BREAKER_READ);
        s3_listing_next(listing);
        while (listed.pages == 0)
            g_main_context_iteration(context, TRUE);
        cr_assert_eq(error_class(listed.error), ERROR_UNAVAILABLE);
        g_clear_error(&listed.error);
        s3_listing_free(listing);
    }
    cr_assert_eq(counters.retries, (guint64)RETRIES);
    cr_assert_eq(counters.list, (guint64)(LISTINGS + RETRIES));
    s3_client_free(client);
    http_client_free(http);
    peer_join(&peer);
    peer_clear(&peer);
}

Test(requester_pays, is_said_and_signed_in_every_request)
{
    static const char *const script[] = {PAGE(KEY("p/a")), NULL};
    static const char *const asked[] = {PAGE(KEY("p/a")), NULL};
    Peer peer;
    Listed with, without;

    with = list_as(script, &peer, &(S3Dialect){.requester_pays = TRUE});
    cr_assert_null(with.error);
    cr_assert(g_str_has_prefix(peer_header(&peer, 0, "x-amz-request-payer: "), "requester\r\n"));
    cr_assert(strstr(g_ptr_array_index(peer.requests, 0),
                     "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-request-payer,") != NULL);
    cr_assert(strstr(with.presigned, "&x-amz-request-payer=requester&X-Amz-Signature=") != NULL, "%s",
              with.presigned);
    listed_clear(&with);
    peer_clear(&peer);
    without = list(asked, &peer);
    cr_assert_null(peer_header(&peer, 0, "x-amz-request-payer"));
    cr_assert_null(strstr(without.presigned, "payer"));
    listed_clear(&without);
    peer_clear(&peer);
}

Test(list_by_marker, goes_on_after_the_last_key)
{
    static const char *const script[] = {
        PAGE(KEY("p/a") KEY("p/b%2B+c") "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                                        "<NextMarker>p/b%2B+c</NextMarker>"),
        PAGE(KEY("p/d") "<IsTruncated>false</IsTruncated>"), NULL};
    Peer peer;
    Listed listed = list_as(script, &peer, &(S3Dialect){.lists_by_marker = TRUE});

    cr_assert_null(listed.error, "%s", listed.error != NULL ? listed.error->message : "");
    cr_assert_eq(listed.objects, 3);
    cr_assert(g_str_has_prefix(g_ptr_array_index(peer.requests, 0),
                               "GET /bkt/?encoding-type=url&prefix=p%2F HTTP/1.1\r\n"));
    cr_assert(g_str_has_prefix(g_ptr_array_index(peer.requests, 1),
                               "GET /bkt/?encoding-type=url&marker=p%2Fb%2B%20c&prefix=p%2F HTTP/1.1\r\n"),
              "%s", (const char *)g_ptr_array_index(peer.requests, 1));
    listed_clear(&listed);
    peer_clear(&peer);
}

Test(list_by_marker, a_server_that_ignores_the_marker_is_found_out)
{
    static const char *const again[] = {PAGE(KEY("p/a") "<IsTruncated>true</IsTruncated>"),
                                        PAGE(KEY("p/a") "<IsTruncated>true</IsTruncated>"), NULL};
    static const char *const nothing[] = {PAGE("<IsTruncated>true</IsTruncated><NextMarker>x</NextMarker>"),
                                          NULL};
    const char *const *const scripts[] = {again, nothing};

    for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
        Peer peer;
        Listed listed = list_as(scripts[i], &peer, &(S3Dialect){.lists_by_marker = TRUE});

        cr_assert_eq(error_class(listed.error), ERROR_PERMANENT);
        cr_assert(strstr(listed.error->message, i == 0 ? "byte order" : "without a continuation token") !=
                      NULL,
                  "%s", listed.error->message);
        listed_clear(&listed);
        peer_clear(&peer);
    }
}
/* A refusal that a worker got before the client itself. */
Test(check, learns_what_is_wrong)
{
    g_autofree char *date = date_header(7200);
    g_autofree char *skewed = refusal("403 Forbidden", "RequestTimeTooSkewed", date);
    const char *const script[] = {skewed, PAGE(KEY("a")), NULL};
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, context);
    RequestCounters counters = {0};
    HttpClient *http = http_client_new(context, NULL, &counters, NULL);
    g_autofree char *url = NULL, *presigned = NULL;
    S3Client *client;
    S3Check *check;
    Peer peer;

    peer_start(&peer, script);
    url = g_strdup_printf("http://127.0.0.1:%u", peer.port);
    client = s3_client_new(endpoint_new(&(EndpointOptions){.url = url}, "bkt", NULL), keeper, http, 2);
    check = s3_check_new(client);
    s3_check_run(check);
    s3_check_run(check); /* one request is enough */
    while (counters.list < 2)
        g_main_context_iteration(context, TRUE);
    presigned = s3_client_presign(client, HTTP_GET, "k", NULL, 60, NULL);
    cr_assert_lt(ABS(stamp_after(presigned, "X-Amz-Date=") - clock_wall_us() / CLOCK_US_PER_S - 7200), 60);
    cr_assert_eq(counters.list, 2);
    cr_assert(strstr(g_ptr_array_index(peer.requests, 0), "max-keys=1&prefix= HTTP") != NULL);
    s3_check_free(check);
    s3_client_free(client);
    http_client_free(http);
    peer_join(&peer);
    peer_clear(&peer);
}
