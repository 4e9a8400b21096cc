#include "s3/client.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/attempts.h"

/* The server's clock is followed when it differs by more than this; S3 itself tolerates 15 minutes. */
#define SKEW_MIN_S 300

/* A difference that has changed by less than this counts as the one already known. */
#define SKEW_CHANGE_S 60

static const Sigv4Pair requester_pays = {"x-amz-request-payer", "requester"};

struct S3Client {
    Endpoint *endpoint;
    CredentialsKeeper *keeper;
    Credentials *credentials; /* used by signer */
    Sigv4Signer *signer;      /* for the endpoint's region, or NULL before the first signature */
    guint corrections;        /* of region and time */
    gint64 skew_s;            /* the server's clock minus ours; 0 until the server refuses our time */
    HttpClient *http;
    guint attempts;
    S3Dialect dialect;
};

S3Client *s3_client_new(Endpoint *endpoint, CredentialsKeeper *keeper, HttpClient *http, guint attempts)
{
    S3Client *client = g_new0(S3Client, 1);

    client->endpoint = endpoint;
    client->keeper = keeper;
    client->http = http;
    client->attempts = attempts;
    return client;
}

void s3_client_set_dialect(S3Client *client, const S3Dialect *dialect)
{
    client->dialect = *dialect;
}

const Endpoint *s3_client_endpoint(const S3Client *client)
{
    return client->endpoint;
}

CredentialsKeeper *s3_client_keeper(const S3Client *client)
{
    return client->keeper;
}

HttpClient *s3_client_http(const S3Client *client)
{
    return client->http;
}

guint s3_client_attempts(const S3Client *client)
{
    return client->attempts;
}

const S3Dialect *s3_client_dialect(const S3Client *client)
{
    return &client->dialect;
}

guint s3_client_corrections(const S3Client *client)
{
    return client->corrections;
}

const Credentials *s3_client_credentials(const S3Client *client)
{
    return client->credentials;
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
    endpoint_free(client->endpoint);
    forget_signer(client);
    g_free(client);
}

/* Returns a signer with the latest credentials, or NULL if there are none now. */
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

/* The time by the server's clock. */
static gint64 now_s(const S3Client *client)
{
    return our_time_s() + client->skew_s;
}

/* Called after a refusal of our time. Returns TRUE if the response has another time, which is used from now
 * on. Not called otherwise: the Date of a server that accepts our time may be wrong. */
static gboolean learn_time(S3Client *client, const HttpResponse *response)
{
    gint64 date_s = http_response_date_s(response);
    gint64 skew_s = date_s - our_time_s();

    if (date_s < 0 || ABS(skew_s) < SKEW_MIN_S || ABS(skew_s) > HTTP_SKEW_MAX_S ||
        ABS(skew_s - client->skew_s) < SKEW_CHANGE_S)
        return FALSE;
    client->skew_s = skew_s;
    client->corrections++;
    return TRUE;
}

/* Called after a redirect. Returns TRUE if region is not the one that was tried; all later requests go
 * there. */
static gboolean learn_region(S3Client *client, const char *region)
{
    Endpoint *endpoint;

    if (strcmp(region, endpoint_region(client->endpoint)) == 0)
        return FALSE;
    endpoint = endpoint_in_region(client->endpoint, region, NULL);
    if (endpoint == NULL)
        return FALSE; /* not a valid region: the redirect is reported as it is */
    endpoint_free(client->endpoint);
    client->endpoint = endpoint;
    client->corrections++;
    forget_signer(client);
    return TRUE;
}

RetryVerdict s3_client_judge(S3Client *client, const HttpResponse *response, HttpKind kind, const char *url,
                             guint corrections, GError **error)
{
    g_autofree char *region = NULL;
    RetryVerdict verdict = attempts_judge(response, kind, url, &region, error);

    if (verdict.reason == RETRY_SKEW)
        verdict.is_retryable = learn_time(client, response) || client->corrections != corrections;
    else if (verdict.reason == RETRY_REGION)
        verdict.is_retryable = learn_region(client, region) || client->corrections != corrections;
    return verdict;
}

gboolean s3_client_can_sign(S3Client *client)
{
    return client_signer(client) != NULL && credentials_expiry_s(client->credentials) > now_s(client);
}

static const char *method_of(HttpKind kind)
{
    static const char *const methods[] = {
        [HTTP_LIST] = "GET",  [HTTP_GET] = "GET",       [HTTP_CHECK] = "GET", [HTTP_PUT] = "PUT",
        [HTTP_HEAD] = "HEAD", [HTTP_DELETE] = "DELETE", [HTTP_POST] = "POST"};

    return methods[kind];
}

/* Splits "Name: value" lines into pairs, with room for one more pair. The pairs borrow from *ret_lines. */
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

/* Appends the pairs to the lines; takes ownership of first. */
static GStrv join_lines(GStrv first, const Sigv4Pair *more, gsize count)
{
    gsize length = g_strv_length(first);
    GStrv lines = g_renew(char *, first, length + count + 1);

    for (gsize i = 0; i < count; i++)
        lines[length + i] = g_strconcat(more[i].name, ": ", more[i].value, NULL);
    lines[length + count] = NULL;
    return lines;
}

GStrv s3_client_sign(S3Client *client, const S3Request *request, char **ret_url)
{
    Sigv4Signer *signer = client_signer(client);
    g_auto(GStrv) lines = NULL;
    g_autofree Sigv4Pair *pairs = split_headers(request->headers, &lines);
    g_autofree char *path = endpoint_path(client->endpoint, request->key);
    g_autofree char *query = NULL;
    Sigv4Request signing = {.method = method_of(request->kind),
                            .host = endpoint_host(client->endpoint),
                            .path = path,
                            .query = request->query,
                            .query_count = request->query_count,
                            .headers = pairs,
                            .header_count = g_strv_length(lines),
                            .payload_hash = request->payload_hash};

    if (signer == NULL) {
        credentials_keeper_renew(client->keeper, NULL);
        return NULL;
    }
    if (client->dialect.requester_pays)
        pairs[signing.header_count++] = requester_pays;
    query = request->query_count > 0 ? sigv4_query(request->query, request->query_count) : NULL;
    *ret_url = endpoint_url(client->endpoint, path, query);
    return join_lines(sigv4_signer_headers(signer, &signing, now_s(client)), pairs, signing.header_count);
}

char *s3_client_presign(S3Client *client, HttpKind kind, const char *key, const char *const *headers,
                        guint32 expires_s, GError **error)
{
    gint64 now = now_s(client);
    g_auto(GStrv) lines = NULL;
    g_autofree Sigv4Pair *pairs = split_headers(headers, &lines);
    g_autofree char *path = endpoint_path(client->endpoint, key);
    g_autofree char *query = NULL;
    /* "Requester pays" is confirmed in the URL, so that its user need not know about it. */
    Sigv4Request request = {.method = method_of(kind),
                            .host = endpoint_host(client->endpoint),
                            .path = path,
                            .query = &requester_pays,
                            .query_count = client->dialect.requester_pays ? 1 : 0,
                            .headers = pairs,
                            .header_count = g_strv_length(lines)};

    if (!s3_client_can_sign(client)) {
        credentials_keeper_renew(client->keeper, client->credentials);
        error_set(error, ERROR_UNAVAILABLE, "the credentials have expired and could not be renewed yet");
        return NULL;
    }
    expires_s = MIN(expires_s, SIGV4_MAX_EXPIRES_S);
    expires_s = (guint32)MIN(expires_s, credentials_expiry_s(client->credentials) - now);
    query = sigv4_signer_presign(client->signer, &request, now, expires_s);
    return endpoint_url(client->endpoint, path, query);
}
