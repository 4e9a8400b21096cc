#include "config/place.h"

#include <stdlib.h>
#include <string.h>

#include "config/location.h"

static const char aws[] = "amazonaws.com";

/* The host of an endpoint in lower case. All loopback addresses have one name, and so do all hosts of AWS. */
static char *endpoint_host(const char *endpoint)
{
    const char *host, *end;
    g_autofree char *lower = NULL;

    if (endpoint == NULL)
        return g_strdup(aws);
    host = strstr(endpoint, "://");
    host = host != NULL ? host + 3 : endpoint;
    end = *host == '[' ? strchr(host, ']') : NULL;
    end = end != NULL ? end + 1 : host + strcspn(host, ":/");
    lower = g_ascii_strdown(host, end - host);
    if (g_str_has_prefix(lower, "127.") || strcmp(lower, "[::1]") == 0)
        return g_strdup("localhost");
    return g_strdup(strstr(lower, aws) != NULL ? aws : lower);
}

/* Resolves the longest existing part of a directory (with its '/' at the end) to its real path, and appends
 * the rest as it is written. */
static char *resolve_directory(const char *path)
{
    g_autofree char *head = g_strdup(path);

    for (;;) {
        char *slash = strrchr(head, '/');
        char *real;

        if (slash == NULL || slash == head)
            return g_strdup(path);
        *slash = '\0';
        real = realpath(head, NULL);
        if (real != NULL) {
            char *resolved = g_strconcat(strcmp(real, "/") == 0 ? "" : real, path + strlen(head), NULL);

            free(real);
            return resolved;
        }
    }
}

gboolean place_find(const char *url, const S3Config *s3, const char *fallback, Place *ret_place)
{
    g_auto(Location) location = {0};
    g_autofree char *host = NULL;

    if (!location_parse(url, &location, NULL))
        return FALSE;
    if (location.kind == LOCATION_DIRECTORY) {
        *ret_place = (Place){g_strdup(""), resolve_directory(location.prefix)};
        return TRUE;
    }
    host = endpoint_host(s3->endpoint != NULL ? s3->endpoint : fallback);
    *ret_place = (Place){g_strdup_printf("%s/%s", host, location.bucket), g_strdup(location.prefix)};
    return TRUE;
}

gboolean place_may_share(const Place *a, const Place *b)
{
    return strcmp(a->store, b->store) == 0;
}

void place_clear(Place *place)
{
    g_clear_pointer(&place->store, g_free);
    g_clear_pointer(&place->prefix, g_free);
}
