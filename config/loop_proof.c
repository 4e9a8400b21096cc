#include "config/loop_proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "config/location.h"
#include "config/pattern.h"

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

static gboolean may_be_same_bucket(const Config *config, const Location *source, const Location *destination)
{
    g_autofree char *source_host = endpoint_host(config->source.s3.endpoint);
    g_autofree char *destination_host = endpoint_host(config->destination.s3.endpoint);

    return strcmp(source->bucket, destination->bucket) == 0 && strcmp(source_host, destination_host) == 0;
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

static gboolean is_excluded(const SourceConfig *source, const char *prefix)
{
    for (guint i = 0; source->exclude[i] != NULL; i++) {
        if (pattern_covers_prefix(source->exclude[i], prefix))
            return TRUE;
    }
    return FALSE;
}

static void set_loop_error(const OutputConfig *output, const char *inside, GError **error)
{
    if (*inside == '\0')
        error_set(
            error, ERROR_CONFIG,
            "the results of output '%s' may lie in the source and become sources themselves: use a "
            "destination.url outside source.url, or start the output's key with a folder of its own, such "
            "as '{output}/', below the source and exclude that folder in source.exclude",
            output->name);
    else
        error_set(error, ERROR_CONFIG,
                  "the results of output '%s' lie in the source and become sources themselves: use a "
                  "destination.url outside source.url, or add '%s*' to source.exclude",
                  output->name, inside);
}

gboolean loop_proof_check(const Config *config, const OutputConfig *output, GError **error)
{
    const KeyTemplateValues values = output_config_values(output);
    g_autofree char *start = key_template_prefix(output->key, &values);
    g_auto(Location) source = {0}, destination = {0};
    g_autofree char *from = NULL;
    g_autofree char *to = NULL;
    const char *inside = "";

    if (!location_parse(config->source.url, &source, error) ||
        !location_parse(config->destination.url, &destination, error))
        return FALSE;
    if (source.kind != destination.kind)
        return TRUE;
    if (source.kind == LOCATION_S3 && !may_be_same_bucket(config, &source, &destination))
        return TRUE;
    if (source.kind == LOCATION_DIRECTORY) {
        g_autofree char *folder = resolve_directory(destination.prefix);

        from = resolve_directory(source.prefix);
        to = g_strconcat(folder, start, NULL);
    } else {
        from = g_strdup(source.prefix);
        to = g_strconcat(destination.prefix, start, NULL);
    }
    if (g_str_has_prefix(to, from))
        inside = to + strlen(from);
    else if (!g_str_has_prefix(from, to))
        return TRUE;
    if (is_excluded(&config->source, inside))
        return TRUE;
    set_loop_error(output, inside, error);
    return FALSE;
}
