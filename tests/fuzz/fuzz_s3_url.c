/* The input is an endpoint and, after a newline, the URL of a store. An accepted URL has a normal form that
 * is accepted and stable, and both yield a request URL whose host has no character that could end it. */
#include "base/s3_arn.h"
#include "config/location.h"
#include "fuzz.h"
#include "s3/endpoint.h"

#include <string.h>

static void check_endpoint(const char *server, EndpointAddressing addressing, const char *bucket)
{
    const EndpointOptions options = {.url = *server != '\0' ? server : NULL, .addressing = addressing};
    g_autoptr(Endpoint) endpoint = endpoint_new(&options, bucket, NULL);
    g_autofree char *path = endpoint != NULL ? endpoint_path(endpoint, "a/b") : NULL;
    const char *host;

    if (endpoint == NULL)
        return;
    host = endpoint_host(endpoint);
    g_assert_cmpuint(strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"), ==,
                     strlen(host));
    g_assert_cmpint(*host, !=, '\0');
    g_assert_cmpint(*path, ==, '/');
    g_assert_true(g_str_has_suffix(path, "/a/b"));
    for (const char *at = path; *at != '\0'; at++)
        g_assert_true(g_ascii_isgraph(*at) && strchr("?#\\\"<>", *at) == NULL);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *server = g_strndup((const char *)data, size);
    char *newline = strchr(server, '\n');
    const char *url = newline != NULL ? newline + 1 : "";
    g_auto(Location) location = {0};
    g_auto(Location) again = {0};
    g_autofree char *normal = NULL;
    g_autofree char *same = NULL;

    if (newline != NULL)
        *newline = '\0';
    if (!location_parse(url, &location, NULL) || location.kind != LOCATION_S3)
        return 0;
    normal = location_format(&location);
    g_assert_true(location_parse(normal, &again, NULL));
    same = location_format(&again);
    g_assert_cmpstr(normal, ==, same);
    g_assert_cmpstr(location.bucket, ==, again.bucket);
    g_assert_null(strchr(location.bucket, '/'));
    for (int addressing = ENDPOINT_ADDRESSING_AUTO; addressing <= ENDPOINT_ADDRESSING_VIRTUAL; addressing++)
        check_endpoint(server, (EndpointAddressing)addressing, location.bucket);
    return 0;
}
