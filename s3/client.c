#include "s3/client.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/quote.h"
#include "s3/attempts.h"
#include "s3/error_xml.h"
#include "s3/sigv4.h"

/* Pages without a key, one after another, before a server is held to be in a loop. */
#define MAX_EMPTY_PAGES 1000u

/* A listing of hours is not given up for a gateway's restart: so many attempts last more than a minute. The
 * first page has fewer, so that a server that is not there is told at once. */
#define LATER_PAGE_ATTEMPTS 16u

/* A server's clock is followed when it differs by more; S3 itself bears 15 minutes. */
#define SKEW_MIN_S 300

/* A difference that changes by less is the one that is known already. */
#define SKEW_CHANGE_S 60

struct S3Client {
    Endpoint *endpoint;
    CredentialsKeeper *keeper;
    Credentials *credentials; /* of signer */
    Sigv4Signer *signer;      /* for the endpoint's region; NULL: none yet */
    gint64 skew_s;            /* what the server's clock is ahead of ours; 0 until it refuses our time */
    HttpClient *http;
    guint attempts;
    S3Listing *check; /* see s3_client_check() */
};

struct S3Listing {
    S3Client *client;
    char *prefix;
    guint max_keys;
    char *token;    /* of the page that is awaited; NULL: the first */
    char *last_key; /* of all pages so far */
    guint empty_pages;
    guint pages; /* that were asked for */
    char *url;   /* of the request that runs, for errors */
    ListXml *xml;
    Attempts *attempts;
    HttpRequest *request;
    gboolean has_renewed; /* other credentials were asked for since the page was */
    CredentialsWait *wait;
    S3ListFunc func;
    void *user;
};

static void list_start(void *data);

S3Client *s3_client_new(Endpoint *endpoint, CredentialsKeeper *keeper, HttpClient *http, guint attempts)
{
    S3Client *client = g_new0(S3Client, 1);

    client->endpoint = endpoint;
    client->keeper = keeper;
    client->http = http;
    client->attempts = attempts;
    return client;
}

static void forget_signer(S3Client *client)
{
    g_clear_pointer(&client->signer, sigv4_signer_free);
    g_clear_pointer(&client->credentials, credentials_unref);
}

void s3_client_free(S3Client *client)
{
    if (client == NULL)
        return;
    s3_listing_free(client->check);
    endpoint_free(client->endpoint);
    forget_signer(client);
    g_free(client);
}

/* One that signs with the latest credentials; NULL: there are none now. */
static Sigv4Signer *client_signer(S3Client *client)
{
    Credentials *current = credentials_keeper_current(client->keeper);

    if (current == NULL)
        return NULL;
    if (current != client->credentials) {
        forget_signer(client);
        client->credentials = credentials_ref(current);
        client->signer = sigv4_signer_new(current, endpoint_region(client->endpoint), "s3");
    }
    return client->signer;
}

static gint64 our_time_s(void)
{
    return clock_wall_us() / CLOCK_US_PER_S;
}

/* As the server has it. */
static gint64 now_s(const S3Client *client)
{
    return our_time_s() + client->skew_s;
}

/* After a refusal of our time: TRUE if the server's answer tells another one, which is used from now on. Only
 * then: the Date of a server that takes our time may be as wrong as it likes. */
static gboolean learn_time(S3Client *client, const HttpResponse *response)
{
    gint64 date_s = http_response_date_s(response);
    gint64 skew_s = date_s - our_time_s();

    if (date_s < 0 || ABS(skew_s) < SKEW_MIN_S || ABS(skew_s - client->skew_s) < SKEW_CHANGE_S)
        return FALSE;
    client->skew_s = skew_s;
    return TRUE;
}

/* After a redirect: TRUE if region is another than was tried; all that follows goes there. */
static gboolean learn_region(S3Client *client, const char *region)
{
    Endpoint *endpoint;

    if (strcmp(region, endpoint_region(client->endpoint)) == 0)
        return FALSE;
    endpoint = endpoint_in_region(client->endpoint, region, NULL);
    if (endpoint == NULL)
        return FALSE; /* no region at all: the redirect is what is told */
    endpoint_free(client->endpoint);
    client->endpoint = endpoint;
    forget_signer(client);
    return TRUE;
}

/* Judges a failure; the verdict is retryable too if what was wrong with the signature is known now. */
static RetryVerdict client_judge(S3Client *client, const HttpResponse *response, HttpKind kind,
                                 const char *url, GError **error)
{
    g_autofree char *region = NULL;
    RetryVerdict verdict = attempts_judge(response, kind, url, &region, error);

    if (verdict.reason == RETRY_SKEW)
        verdict.is_retryable = learn_time(client, response);
    else if (verdict.reason == RETRY_REGION)
        verdict.is_retryable = learn_region(client, region);
    return verdict;
}

static const char *method_of(HttpKind kind)
{
    static const char *const methods[] = {
        [HTTP_LIST] = "GET",  [HTTP_GET] = "GET",       [HTTP_PUT] = "PUT",
        [HTTP_HEAD] = "HEAD", [HTTP_DELETE] = "DELETE", [HTTP_POST] = "POST"};

    return methods[kind];
}

/* Splits "Name: value" lines; the pairs borrow from *ret_lines. */
static Sigv4Pair *split_headers(const char *const *headers, GStrv *ret_lines)
{
    GStrv lines = headers != NULL ? g_strdupv((GStrv)headers) : g_new0(char *, 1);
    Sigv4Pair *pairs = g_new0(Sigv4Pair, g_strv_length(lines) + 1);

    for (gsize i = 0; lines[i] != NULL; i++) {
        char *colon = strchr(lines[i], ':');

        if (colon != NULL)
            *colon = '\0';
        pairs[i] = (Sigv4Pair){lines[i], colon != NULL ? colon + 1 : ""};
    }
    *ret_lines = lines;
    return pairs;
}

char *s3_client_presign(S3Client *client, HttpKind kind, const char *key, const char *const *headers,
                        guint32 expires_s, GError **error)
{
    Sigv4Signer *signer = client_signer(client);
    gint64 now = now_s(client);
    g_auto(GStrv) lines = NULL;
    g_autofree Sigv4Pair *pairs = split_headers(headers, &lines);
    g_autofree char *path = endpoint_path(client->endpoint, key);
    g_autofree char *query = NULL;
    Sigv4Request request = {.method = method_of(kind),
                            .host = endpoint_host(client->endpoint),
                            .path = path,
                            .headers = pairs,
                            .header_count = g_strv_length(lines)};

    if (signer == NULL || credentials_expiry_s(client->credentials) <= now) {
        error_set(error, ERROR_TRANSIENT, "the credentials have expired, and there are no newer ones yet");
        return NULL;
    }
    expires_s = MIN(expires_s, SIGV4_MAX_EXPIRES_S);
    expires_s = (guint32)MIN(expires_s, credentials_expiry_s(client->credentials) - now);
    query = sigv4_signer_presign(signer, &request, now, expires_s);
    return endpoint_url(client->endpoint, path, query);
}

static gboolean list_sink(const HttpResponse *response, const void *data, gsize size_bytes, void *user,
                          GError **error)
{
    S3Listing *listing = user;

    (void)response;
    return list_xml_feed(listing->xml, data, size_bytes, error);
}

static void list_fail(S3Listing *listing, const GError *error)
{
    listing->func(NULL, FALSE, error, listing->user);
}

/* Takes the prefix off nothing: keys stay whole. Checks what whoever merges or compares listings relies on.
 */
static gboolean check_keys(S3Listing *listing, const S3Page *page, GError **error)
{
    const char *last = listing->last_key;

    for (guint i = 0; i < page->objects->len; i++) {
        const S3Object *object = g_ptr_array_index(page->objects, i);

        if (!g_str_has_prefix(object->key, listing->prefix) ||
            (last != NULL && strcmp(last, object->key) >= 0)) {
            g_autofree char *quoted = quote_key(object->key);

            error_set(error, ERROR_PERMANENT,
                      "the server does not list in byte order, or not the prefix asked for, at '%s'", quoted);
            return FALSE;
        }
        last = object->key;
    }
    return TRUE;
}

static gboolean check_progress(S3Listing *listing, const S3Page *page, GError **error)
{
    listing->empty_pages = page->objects->len == 0 ? listing->empty_pages + 1 : 0;
    if (page->next_token == NULL)
        return TRUE;
    if (g_strcmp0(page->next_token, listing->token) == 0 || listing->empty_pages > MAX_EMPTY_PAGES) {
        error_set(error, ERROR_PERMANENT, "the server lists in a circle");
        return FALSE;
    }
    return TRUE;
}

static void list_deliver(S3Listing *listing, S3Page *page)
{
    g_autoptr(GPtrArray) objects = g_steal_pointer(&page->objects);
    gboolean is_last = page->next_token == NULL;

    if (objects->len > 0) {
        const S3Object *object = g_ptr_array_index(objects, objects->len - 1);

        g_free(listing->last_key);
        listing->last_key = g_strdup(object->key);
    }
    g_free(listing->token);
    listing->token = g_steal_pointer(&page->next_token);
    listing->func(objects, is_last, NULL, listing->user); /* may free listing */
}

/* An answer of status 2xx came; FALSE if it is no page. */
static gboolean list_parse(S3Listing *listing, const HttpResponse *response, S3Page *ret_page, GError **error)
{
    const GError *sink_error = http_response_sink_error(response);

    if (sink_error != NULL) {
        g_propagate_error(error, g_error_copy(sink_error));
        return FALSE;
    }
    return list_xml_finish(listing->xml, ret_page, error);
}

static void on_credentials(const GError *error, void *user)
{
    S3Listing *listing = user;

    listing->wait = NULL;
    if (error != NULL)
        list_fail(listing, error);
    else
        list_start(listing);
}

/* If the server says that the credentials are no longer valid: once per page, asks again with others. */
static gboolean list_renew(S3Listing *listing, const HttpResponse *response)
{
    gsize size = 0;
    const void *body = http_response_error_body(response, &size);
    g_auto(S3Error) parsed = error_xml_parse(body, size);

    if (listing->has_renewed || !retry_wants_new_credentials(parsed.code))
        return FALSE;
    listing->has_renewed = TRUE;
    listing->wait = credentials_keeper_await(listing->client->keeper, listing->client->credentials,
                                             on_credentials, listing);
    return TRUE;
}

static void on_response(const HttpResponse *response, void *user)
{
    S3Listing *listing = user;
    g_auto(S3Page) page = {0};
    g_autoptr(GError) error = NULL;
    RetryVerdict verdict = {0};

    listing->request = NULL;
    if (http_response_sink_error(response) != NULL ||
        (http_response_curl_code(response) == 0 && http_response_status(response) / 100 == 2)) {
        if (list_parse(listing, response, &page, &error) && check_keys(listing, &page, &error) &&
            check_progress(listing, &page, &error)) {
            attempts_succeed(listing->attempts);
            list_deliver(listing, &page);
            return;
        }
        g_prefix_error(&error, "LIST s3://%s/%s: ", endpoint_bucket(listing->client->endpoint),
                       listing->prefix);
        verdict.class = error_class(error);
        verdict.is_retryable = verdict.class == ERROR_TRANSIENT;
        verdict.reason = list_xml_is_error(listing->xml) ? RETRY_SERVER : RETRY_TRUNCATED;
    } else if (list_renew(listing, response)) {
        return;
    } else {
        verdict = client_judge(listing->client, response, HTTP_LIST, listing->url, &error);
    }
    if (!attempts_retry(listing->attempts, &verdict, response))
        list_fail(listing, error);
}

static gsize list_query(const S3Listing *listing, const char *max_keys, Sigv4Pair query[5])
{
    gsize n = 0;

    query[n++] = (Sigv4Pair){"list-type", "2"};
    /* XML 1.0 cannot carry every byte that a key may have. */
    query[n++] = (Sigv4Pair){"encoding-type", "url"};
    query[n++] = (Sigv4Pair){"prefix", listing->prefix};
    if (listing->max_keys > 0)
        query[n++] = (Sigv4Pair){"max-keys", max_keys};
    if (listing->token != NULL)
        query[n++] = (Sigv4Pair){"continuation-token", listing->token};
    return n;
}

static void list_start(void *data)
{
    S3Listing *listing = data;
    S3Client *client = listing->client;
    Sigv4Signer *signer = client_signer(client);
    g_autofree char *path = endpoint_path(client->endpoint, "");
    g_autofree char *max_keys = g_strdup_printf("%u", listing->max_keys);
    g_autofree char *empty_hash = digest_sha256_hex(NULL, 0);
    g_autofree char *encoded = NULL;
    g_auto(GStrv) headers = NULL;
    Sigv4Pair query[5];
    Sigv4Request request = {.method = "GET",
                            .host = endpoint_host(client->endpoint),
                            .path = path,
                            .query = query,
                            .query_count = list_query(listing, max_keys, query),
                            .payload_hash = empty_hash};
    HttpOptions options = {.kind = HTTP_LIST,
                           .retry = attempts_reason(listing->attempts),
                           .fresh_connection = attempts_want_fresh_connection(listing->attempts),
                           .sink = list_sink};

    if (signer == NULL) {
        listing->wait = credentials_keeper_await(client->keeper, NULL, on_credentials, listing);
        return;
    }
    g_clear_pointer(&listing->xml, list_xml_free);
    listing->xml = list_xml_new();
    headers = sigv4_signer_headers(signer, &request, now_s(client));
    encoded = sigv4_query(query, request.query_count);
    g_free(listing->url);
    listing->url = endpoint_url(client->endpoint, path, encoded);
    options.url = listing->url;
    options.headers = (const char *const *)headers;
    listing->request = http_request(client->http, &options, on_response, listing);
}

S3Listing *s3_client_list(S3Client *client, const char *prefix, guint max_keys, S3ListFunc func, void *data)
{
    S3Listing *listing = g_new0(S3Listing, 1);

    listing->client = client;
    listing->prefix = g_strdup(prefix);
    listing->max_keys = max_keys;
    listing->func = func;
    listing->user = data;
    return listing;
}

void s3_listing_next(S3Listing *listing)
{
    guint attempts = listing->client->attempts;

    g_return_if_fail(listing->request == NULL && listing->wait == NULL);

    if (listing->pages > 0)
        attempts = MAX(attempts, LATER_PAGE_ATTEMPTS);
    listing->pages++;
    listing->has_renewed = FALSE;
    attempts_free(listing->attempts);
    listing->attempts = attempts_new(listing->client->http, attempts, list_start, listing);
    attempts_begin(listing->attempts);
}

void s3_listing_free(S3Listing *listing)
{
    if (listing == NULL)
        return;
    http_cancel(listing->request);
    credentials_wait_cancel(listing->wait);
    attempts_free(listing->attempts);
    list_xml_free(listing->xml);
    g_free(listing->prefix);
    g_free(listing->token);
    g_free(listing->last_key);
    g_free(listing->url);
    g_free(listing);
}

static void on_check(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    S3Client *client = data;

    (void)objects;
    (void)is_last;
    (void)error;
    g_clear_pointer(&client->check, s3_listing_free);
}

void s3_client_check(S3Client *client)
{
    if (client->check != NULL)
        return;
    client->check = s3_client_list(client, "", 1, on_check, client);
    s3_listing_next(client->check);
}
