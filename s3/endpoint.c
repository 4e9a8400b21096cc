#include "s3/endpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "base/s3_arn.h"
#include "s3/aws/uri.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

struct Endpoint {
    const char *scheme;
    char *host;
    char *base;   /* "" or "/path" */
    char *prefix; /* begins every path: "", "/bucket" or "/path/bucket" */
    char *region;
    char *bucket;
    char *url; /* or NULL for AWS */
    EndpointAddressing addressing;
    AwsHostOptions hosts;
};

static gboolean consists_of(const char *text, const char *bytes)
{
    return strspn(text, bytes) == strlen(text);
}

/* Whether name can be a label of a host name, as AWS requires of all buckets. */
static gboolean is_strict_bucket(const char *name)
{
    gsize length = strlen(name);

    return length >= 3 && length <= 63 && consists_of(name, LOWER DIGITS ".-") && g_ascii_isalnum(name[0]) &&
           g_ascii_isalnum(name[length - 1]) && strstr(name, "..") == NULL && !consists_of(name, DIGITS ".");
}

/* Other servers follow older rules, which allow upper case and underscores in path style. */
static gboolean is_relaxed_bucket(const char *name)
{
    gsize length = strlen(name);

    return length >= 3 && length <= 255 && consists_of(name, LOWER UPPER DIGITS "._-") &&
           strcmp(name, "...") != 0;
}

static gboolean check_bucket(const char *bucket, gboolean strict, GError **error)
{
    if (!s3_arn_check_name(bucket, error))
        return FALSE;
    if (strict ? !is_strict_bucket(bucket) : !is_relaxed_bucket(bucket)) {
        g_autofree char *quoted = quote_key(bucket);

        error_set(error, ERROR_CONFIG, "'%s' is not a valid bucket name%s", quoted,
                  strict ? " (3 to 63 of a-z 0-9 . -)" : "");
        return FALSE;
    }
    return TRUE;
}

static gboolean check_region(const char *region, GError **error)
{
    gsize length = strlen(region);

    if (length == 0 || length > 63 || !consists_of(region, LOWER UPPER DIGITS "-_")) {
        error_set(error, ERROR_CONFIG, "'%s' is not a valid region", region);
        return FALSE;
    }
    return TRUE;
}

static gboolean is_address(const char *host)
{
    return host[0] == '[' || consists_of(host, DIGITS ".");
}

static gboolean choose_style(const UriEndpoint *uri, const EndpointOptions *options, const char *bucket,
                             gboolean *ret_virtual, GError **error)
{
    /* A wildcard certificate covers one label only. */
    gboolean is_dotted = strchr(bucket, '.') != NULL;
    gboolean wants_virtual = options->addressing == ENDPOINT_ADDRESSING_VIRTUAL;

    if (wants_virtual && is_address(uri->host)) {
        error_set(error, ERROR_CONFIG, "virtual addressing needs an endpoint with a host name, not %s",
                  uri->host);
        return FALSE;
    }
    if (wants_virtual && uri->is_https && is_dotted) {
        error_set(error, ERROR_CONFIG, "virtual addressing over https cannot reach '%s': its name has dots",
                  bucket);
        return FALSE;
    }
    *ret_virtual = wants_virtual ||
                   (options->addressing == ENDPOINT_ADDRESSING_AUTO && options->url == NULL && !is_dotted);
    return TRUE;
}

/* Parses the server's URL: the one in options, or AWS's. */
static gboolean parse_server(const EndpointOptions *options, const char *region, gboolean is_access_point,
                             UriEndpoint *ret_uri, GError **error)
{
    g_autofree char *host = NULL, *url = NULL;

    if (options->url != NULL)
        return uri_parse_endpoint(options->url, ret_uri, error);
    host = is_access_point ? aws_host_of_access_points(region, options->hosts, error)
                           : aws_host(AWS_SERVICE_S3, region, options->hosts, error);
    url = host != NULL ? g_strconcat("https://", host, NULL) : NULL;
    return url != NULL && uri_parse_endpoint(url, ret_uri, error);
}

/* label precedes the host name; NULL for path style, where the path begins with the bucket. */
static Endpoint *make(const EndpointOptions *options, const char *region, const char *bucket,
                      const char *label, const UriEndpoint *uri)
{
    g_autofree char *host = uri_endpoint_host_header(uri);
    Endpoint *endpoint = g_new0(Endpoint, 1);

    endpoint->scheme = uri->is_https ? "https" : "http";
    endpoint->host = label != NULL ? g_strconcat(label, ".", host, NULL) : g_steal_pointer(&host);
    endpoint->base = g_strdup(uri->path);
    endpoint->prefix = label != NULL ? g_strdup(uri->path) : g_strconcat(uri->path, "/", bucket, NULL);
    endpoint->region = g_strdup(region);
    endpoint->bucket = g_strdup(bucket);
    endpoint->url = g_strdup(options->url);
    endpoint->addressing = options->addressing;
    endpoint->hosts = options->hosts;
    return endpoint;
}

static Endpoint *access_point_new(const EndpointOptions *options, const char *bucket, GError **error)
{
    g_auto(S3Arn) arn = {0};
    g_auto(UriEndpoint) uri = {0};
    g_autofree char *label = NULL;

    if (!s3_arn_parse(bucket, &arn, error) || !parse_server(options, arn.region, TRUE, &uri, error))
        return NULL;
    if (options->addressing == ENDPOINT_ADDRESSING_PATH || is_address(uri.host)) {
        error_set(error, ERROR_CONFIG,
                  "an access point is reached by host name: path addressing is not possible%s",
                  is_address(uri.host) ? ", nor is an IP address as the endpoint" : "");
        return NULL;
    }
    label = g_strdup_printf("%s-%s", arn.name, arn.account);
    return make(options, arn.region, bucket, label, &uri);
}

Endpoint *endpoint_new(const EndpointOptions *options, const char *bucket, GError **error)
{
    const char *region = options->region != NULL ? options->region : AWS_DEFAULT_REGION;
    gboolean is_strict = options->url == NULL || options->addressing == ENDPOINT_ADDRESSING_VIRTUAL;
    g_auto(UriEndpoint) uri = {0};
    gboolean is_virtual = FALSE;

    if (g_str_has_prefix(bucket, S3_ARN_PREFIX))
        return access_point_new(options, bucket, error);
    if (!check_region(region, error) || !parse_server(options, region, FALSE, &uri, error) ||
        !check_bucket(bucket, is_strict, error) || !choose_style(&uri, options, bucket, &is_virtual, error))
        return NULL;
    return make(options, region, bucket, is_virtual ? bucket : NULL, &uri);
}

Endpoint *endpoint_in_region(const Endpoint *endpoint, const char *region, GError **error)
{
    const EndpointOptions options = {endpoint->url, region, endpoint->addressing, endpoint->hosts};

    if (g_str_has_prefix(endpoint->bucket, S3_ARN_PREFIX)) {
        error_set(error, ERROR_CONFIG, "'%s' is in the region that its ARN names, not in another one",
                  endpoint->bucket);
        return NULL;
    }
    return endpoint_new(&options, endpoint->bucket, error);
}

void endpoint_free(Endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    g_free(endpoint->host);
    g_free(endpoint->base);
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

const char *endpoint_base_path(const Endpoint *endpoint)
{
    return endpoint->base;
}

gboolean endpoint_is_https(const Endpoint *endpoint)
{
    return strcmp(endpoint->scheme, "https") == 0;
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
