#include "s3/endpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "s3/uri.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

struct Endpoint {
    const char *scheme;
    char *host;
    char *prefix; /* of every path: "", "/bucket", "/path/bucket" */
    char *region;
    char *bucket;
    char *url; /* NULL: AWS */
    EndpointAddressing addressing;
};

static gboolean consists_of(const char *text, const char *bytes)
{
    return strspn(text, bytes) == strlen(text);
}

/* A name that can be a label of a host name, as AWS demands of all buckets. */
static gboolean is_strict_bucket(const char *name)
{
    gsize length = strlen(name);

    return length >= 3 && length <= 63 && consists_of(name, LOWER DIGITS ".-") && g_ascii_isalnum(name[0]) &&
           g_ascii_isalnum(name[length - 1]) && strstr(name, "..") == NULL && !consists_of(name, DIGITS ".");
}

/* Other servers know older rules, by which upper case and underscores were allowed in path style. */
static gboolean is_relaxed_bucket(const char *name)
{
    gsize length = strlen(name);

    return length >= 3 && length <= 255 && consists_of(name, LOWER UPPER DIGITS "._-") &&
           strcmp(name, "...") != 0;
}

static gboolean check_kind(const char *bucket, GError **error)
{
    if (g_str_has_suffix(bucket, "--x-s3")) {
        error_set(error, ERROR_CONFIG, "'%s' is a directory bucket (S3 Express), which is not supported",
                  bucket);
        return FALSE;
    }
    if (g_str_has_suffix(bucket, ".mrap") || g_str_has_prefix(bucket, "arn:")) {
        error_set(
            error, ERROR_CONFIG,
            "'%s' is an ARN or a multi-region access point, which are not supported (use the bucket's name "
            "or an access point alias)",
            bucket);
        return FALSE;
    }
    return TRUE;
}

static gboolean check_bucket(const char *bucket, gboolean strict, GError **error)
{
    if (!check_kind(bucket, error))
        return FALSE;
    if (strict ? !is_strict_bucket(bucket) : !is_relaxed_bucket(bucket)) {
        g_autofree char *quoted = quote_key(bucket);

        error_set(error, ERROR_CONFIG, "'%s' is no bucket name%s", quoted,
                  strict ? " (3 to 63 of a-z 0-9 . -)" : "");
        return FALSE;
    }
    return TRUE;
}

static gboolean check_region(const char *region, GError **error)
{
    gsize length = strlen(region);

    if (length == 0 || length > 63 || !consists_of(region, LOWER UPPER DIGITS "-_")) {
        error_set(error, ERROR_CONFIG, "'%s' is no region", region);
        return FALSE;
    }
    return TRUE;
}

static gboolean is_address(const char *host)
{
    return host[0] == '[' || consists_of(host, DIGITS ".");
}

static gboolean choose_style(const UriEndpoint *uri, gboolean is_aws, EndpointAddressing addressing,
                             const char *bucket, gboolean *ret_virtual, GError **error)
{
    /* A wildcard certificate covers one label only. */
    gboolean is_dotted = strchr(bucket, '.') != NULL;

    if (addressing == ENDPOINT_ADDRESSING_VIRTUAL && is_address(uri->host)) {
        error_set(error, ERROR_CONFIG, "virtual addressing needs an endpoint with a host name, not %s",
                  uri->host);
        return FALSE;
    }
    if (addressing == ENDPOINT_ADDRESSING_VIRTUAL && uri->is_https && is_dotted) {
        error_set(error, ERROR_CONFIG, "virtual addressing over https cannot reach '%s': its name has dots",
                  bucket);
        return FALSE;
    }
    *ret_virtual = addressing == ENDPOINT_ADDRESSING_VIRTUAL ||
                   (addressing == ENDPOINT_ADDRESSING_AUTO && is_aws && !is_dotted);
    return TRUE;
}

static char *aws_url(const char *region)
{
    return g_strdup_printf("https://s3.%s.amazonaws.com%s", region,
                           g_str_has_prefix(region, "cn-") ? ".cn" : "");
}

Endpoint *endpoint_new(const char *url, const char *region, EndpointAddressing addressing, const char *bucket,
                       GError **error)
{
    g_auto(UriEndpoint) uri = {0};
    g_autofree char *default_url = NULL;
    g_autofree char *port = NULL;
    gboolean is_virtual = FALSE;
    Endpoint *endpoint;

    if (region == NULL)
        region = ENDPOINT_DEFAULT_REGION;
    if (!check_region(region, error))
        return NULL;
    default_url = aws_url(region);
    if (!uri_parse_endpoint(url != NULL ? url : default_url, &uri, error) ||
        !check_bucket(bucket, url == NULL || addressing == ENDPOINT_ADDRESSING_VIRTUAL, error) ||
        !choose_style(&uri, url == NULL, addressing, bucket, &is_virtual, error))
        return NULL;
    port = uri.port != 0 ? g_strdup_printf(":%u", uri.port) : g_strdup("");
    endpoint = g_new0(Endpoint, 1);
    endpoint->scheme = uri.is_https ? "https" : "http";
    endpoint->host =
        is_virtual ? g_strdup_printf("%s.%s%s", bucket, uri.host, port) : g_strconcat(uri.host, port, NULL);
    endpoint->prefix = is_virtual ? g_strdup(uri.path) : g_strconcat(uri.path, "/", bucket, NULL);
    endpoint->region = g_strdup(region);
    endpoint->bucket = g_strdup(bucket);
    endpoint->url = g_strdup(url);
    endpoint->addressing = addressing;
    return endpoint;
}

Endpoint *endpoint_in_region(const Endpoint *endpoint, const char *region, GError **error)
{
    return endpoint_new(endpoint->url, region, endpoint->addressing, endpoint->bucket, error);
}

void endpoint_free(Endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    g_free(endpoint->host);
    g_free(endpoint->prefix);
    g_free(endpoint->region);
    g_free(endpoint->bucket);
    g_free(endpoint->url);
    g_free(endpoint);
}

const char *endpoint_host(const Endpoint *endpoint)
{
    return endpoint->host;
}

gboolean endpoint_is_aws(const Endpoint *endpoint)
{
    return endpoint->url == NULL;
}

const char *endpoint_region(const Endpoint *endpoint)
{
    return endpoint->region;
}

const char *endpoint_bucket(const Endpoint *endpoint)
{
    return endpoint->bucket;
}

char *endpoint_path(const Endpoint *endpoint, const char *key)
{
    GString *path = g_string_new(endpoint->prefix);

    g_string_append_c(path, '/');
    uri_append_encoded(path, key, URI_KEEP_SLASH);
    return g_string_free(path, FALSE);
}

char *endpoint_url(const Endpoint *endpoint, const char *path, const char *query)
{
    return g_strconcat(endpoint->scheme, "://", endpoint->host, path, query != NULL ? "?" : "",
                       query != NULL ? query : "", NULL);
}
