#include "s3/aws/sigv4.h"

#include <string.h>

#include "s3/aws/uri.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

/* "20130524T000000Z" and its NUL */
#define TIMESTAMP_BYTES 17

struct Sigv4Signer {
    Credentials *credentials;
    char *region;
    char *service;
    char date[9]; /* of key, or empty before the first one */
    guint8 key[DIGEST_SHA256_BYTES];
};

/* An encoded name and value of a query, or the lower-case name and trimmed value of a header. */
typedef struct {
    char *name;
    char *value;
} Item;

static void item_clear(void *data)
{
    Item *item = data;

    g_free(item->name);
    g_free(item->value);
}

static GArray *items_new(gsize count)
{
    GArray *items = g_array_sized_new(FALSE, FALSE, sizeof(Item), (guint)count);

    g_array_set_clear_func(items, item_clear);
    return items;
}

static int compare_query(const void *a, const void *b)
{
    const Item *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order != 0 ? order : strcmp(left->value, right->value);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const Item *)a)->name, ((const Item *)b)->name);
}

char *sigv4_query(const Sigv4Pair *query, gsize query_count)
{
    g_autoptr(GArray) items = items_new(query_count);
    GString *text = g_string_new(NULL);

    for (gsize i = 0; i < query_count; i++) {
        Item item = {uri_encode(query[i].name, URI_ENCODE_SLASH),
                     uri_encode(query[i].value, URI_ENCODE_SLASH)};

        g_array_append_val(items, item);
    }
    g_array_sort(items, compare_query);
    for (guint i = 0; i < items->len; i++) {
        const Item *item = &g_array_index(items, Item, i);

        g_string_append_printf(text, "%s%s=%s", i > 0 ? "&" : "", item->name, item->value);
    }
    return g_string_free(text, FALSE);
}

/* Trims white space at both ends, and reduces runs of it to one space. */
static char *header_value(const char *value)
{
    GString *text = g_string_new(NULL);

    for (; *value != '\0'; value++) {
        gboolean is_space = *value == ' ' || *value == '\t';

        if (!is_space)
            g_string_append_c(text, *value);
        else if (text->len > 0 && text->str[text->len - 1] != ' ')
            g_string_append_c(text, ' ');
    }
    if (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}

/* The headers to sign, including host, sorted (stably: g_array_sort is a merge sort). */
static GArray *canonical_headers(const Sigv4Request *request)
{
    GArray *items = items_new(request->header_count + 1);
    Item host = {g_strdup("host"), g_strdup(request->host)};

    g_array_append_val(items, host);
    for (gsize i = 0; i < request->header_count; i++) {
        Item item = {g_ascii_strdown(request->headers[i].name, -1), header_value(request->headers[i].value)};

        g_array_append_val(items, item);
    }
    g_array_sort(items, compare_names);
    return items;
}

char *sigv4_canonical_request(const Sigv4Request *request, char **ret_signed_headers)
{
    g_autoptr(GArray) headers = canonical_headers(request);
    g_autofree char *query = sigv4_query(request->query, request->query_count);
    GString *text = g_string_new(NULL);
    GString *names = g_string_new(NULL);

    g_string_append_printf(text, "%s\n%s\n%s", request->method, request->path, query);
    for (guint i = 0; i < headers->len; i++) {
        const Item *item = &g_array_index(headers, Item, i);
        const Item *previous = i > 0 ? item - 1 : NULL;

        if (previous != NULL && strcmp(previous->name, item->name) == 0) {
            g_string_append_printf(text, ",%s", item->value);
        } else {
            g_string_append_printf(text, "\n%s:%s", item->name, item->value);
            g_string_append_printf(names, "%s%s", i > 0 ? ";" : "", item->name);
        }
    }
    g_string_append_printf(text, "\n\n%s\n%s", names->str, request->payload_hash);
    *ret_signed_headers = g_string_free(names, FALSE);
    return g_string_free(text, FALSE);
}

char *sigv4_string_to_sign(const char *timestamp, const char *scope, const char *canonical_request)
{
    g_autofree char *hash = digest_sha256_hex(canonical_request, strlen(canonical_request));

    return g_strdup_printf(ALGORITHM "\n%s\n%s\n%s", timestamp, scope, hash);
}

void sigv4_signing_key(const Secret *secret_key, const char *date, const char *region, const char *service,
                       guint8 ret_key[DIGEST_SHA256_BYTES])
{
    gsize start_bytes = 4 + secret_size(secret_key);
    char *start = g_malloc(start_bytes);

    memcpy(start, "AWS4", 4);
    memcpy(start + 4, secret_peek(secret_key), secret_size(secret_key));
    digest_hmac_sha256(start, start_bytes, date, ret_key);
    secret_wipe(start, start_bytes);
    g_free(start);
    digest_hmac_sha256(ret_key, DIGEST_SHA256_BYTES, region, ret_key);
    digest_hmac_sha256(ret_key, DIGEST_SHA256_BYTES, service, ret_key);
    digest_hmac_sha256(ret_key, DIGEST_SHA256_BYTES, "aws4_request", ret_key);
}

Sigv4Signer *sigv4_signer_new(Credentials *credentials, const char *region, const char *service)
{
    Sigv4Signer *signer = g_new0(Sigv4Signer, 1);

    signer->credentials = credentials_ref(credentials);
    signer->region = g_strdup(region);
    signer->service = g_strdup(service);
    return signer;
}

void sigv4_signer_free(Sigv4Signer *signer)
{
    if (signer == NULL)
        return;
    credentials_unref(signer->credentials);
    g_free(signer->region);
    g_free(signer->service);
    secret_wipe(signer->key, sizeof signer->key);
    g_free(signer);
}

static void format_timestamp(gint64 time_s, char ret_timestamp[TIMESTAMP_BYTES])
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_s);
    g_autofree char *text = g_date_time_format(time, "%Y%m%dT%H%M%SZ");

    g_strlcpy(ret_timestamp, text, TIMESTAMP_BYTES);
}

static char *signer_scope(const Sigv4Signer *signer, const char *timestamp)
{
    return g_strdup_printf("%.8s/%s/%s/aws4_request", timestamp, signer->region, signer->service);
}

/* The signature of a canonical request, in hex. */
static char *signer_sign(Sigv4Signer *signer, const char *timestamp, const char *canonical_request)
{
    g_autofree char *scope = signer_scope(signer, timestamp);
    g_autofree char *string_to_sign = sigv4_string_to_sign(timestamp, scope, canonical_request);
    guint8 mac[DIGEST_SHA256_BYTES];

    if (strncmp(signer->date, timestamp, 8) != 0) {
        g_strlcpy(signer->date, timestamp, sizeof signer->date);
        sigv4_signing_key(credentials_secret_key(signer->credentials), signer->date, signer->region,
                          signer->service, signer->key);
    }
    digest_hmac_sha256(signer->key, sizeof signer->key, string_to_sign, mac);
    return digest_hex(mac, sizeof mac);
}

static char *header_line(const Sigv4Pair *pair)
{
    return g_strdup_printf("%s: %s", pair->name, pair->value);
}

GStrv sigv4_signer_headers(Sigv4Signer *signer, const Sigv4Request *request, gint64 time_s)
{
    const Secret *token = credentials_session_token(signer->credentials);
    gsize own_count = token != NULL ? 3 : 2;
    char timestamp[TIMESTAMP_BYTES];
    g_autofree Sigv4Pair *headers = g_new0(Sigv4Pair, request->header_count + 3);
    Sigv4Pair *own = headers + request->header_count;
    Sigv4Request full = *request;
    g_autofree char *signed_headers = NULL, *canonical = NULL, *signature = NULL, *scope = NULL;
    GStrv lines = g_new0(char *, own_count + 2);

    format_timestamp(time_s, timestamp);
    for (gsize i = 0; i < request->header_count; i++)
        headers[i] = request->headers[i];
    own[0] = (Sigv4Pair){"x-amz-date", timestamp};
    own[1] = (Sigv4Pair){"x-amz-content-sha256", request->payload_hash};
    if (token != NULL)
        own[2] = (Sigv4Pair){"x-amz-security-token", secret_peek(token)};
    full.headers = headers;
    full.header_count = request->header_count + own_count;
    canonical = sigv4_canonical_request(&full, &signed_headers);
    signature = signer_sign(signer, timestamp, canonical);
    scope = signer_scope(signer, timestamp);
    for (gsize i = 0; i < own_count; i++)
        lines[i] = header_line(&own[i]);
    lines[own_count] =
        g_strdup_printf("Authorization: " ALGORITHM " Credential=%s/%s,SignedHeaders=%s,Signature=%s",
                        credentials_access_key_id(signer->credentials), scope, signed_headers, signature);
    return lines;
}

char *sigv4_signer_presign(Sigv4Signer *signer, const Sigv4Request *request, gint64 time_s, guint32 expires_s)
{
    const Secret *token = credentials_session_token(signer->credentials);
    char timestamp[TIMESTAMP_BYTES];
    char expires[16];
    g_autofree Sigv4Pair *query = g_new0(Sigv4Pair, request->query_count + 6);
    gsize n = request->query_count;
    Sigv4Request full = *request;
    g_autofree char *signed_headers = NULL, *canonical = NULL, *signature = NULL, *scope = NULL;
    g_autofree char *credential = NULL, *text = NULL;

    format_timestamp(time_s, timestamp);
    g_snprintf(expires, sizeof expires, "%u", expires_s);
    scope = signer_scope(signer, timestamp);
    credential = g_strdup_printf("%s/%s", credentials_access_key_id(signer->credentials), scope);
    full.payload_hash = SIGV4_UNSIGNED_PAYLOAD;
    /* The names of the signed headers are part of the signed query, so they are needed before it. */
    g_free(sigv4_canonical_request(&full, &signed_headers));
    for (gsize i = 0; i < n; i++)
        query[i] = request->query[i];
    query[n++] = (Sigv4Pair){"X-Amz-Algorithm", ALGORITHM};
    query[n++] = (Sigv4Pair){"X-Amz-Credential", credential};
    query[n++] = (Sigv4Pair){"X-Amz-Date", timestamp};
    query[n++] = (Sigv4Pair){"X-Amz-Expires", expires};
    query[n++] = (Sigv4Pair){"X-Amz-SignedHeaders", signed_headers};
    if (token != NULL)
        query[n++] = (Sigv4Pair){"X-Amz-Security-Token", secret_peek(token)};
    full.query = query;
    full.query_count = n;
    {
        g_autofree char *again = NULL;

        canonical = sigv4_canonical_request(&full, &again);
    }
    signature = signer_sign(signer, timestamp, canonical);
    text = sigv4_query(query, n);
    return g_strconcat(text, "&X-Amz-Signature=", signature, NULL);
}
