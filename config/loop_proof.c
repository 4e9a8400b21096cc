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
        error_set(error, ERROR_CONFIG,
                  "output '%s' may be written into the source and would then be processed as an original: "
                  "use a destination.url outside source.url, or start the output's key with a separate "
                  "folder, such as '{output}/', and add that folder to source.exclude",
                  output->name);
    else
        error_set(error, ERROR_CONFIG,
                  "output '%s' is written into the source and would then be processed as an original: use a "
                  "destination.url outside source.url, or add '%s*' to source.exclude",
                  output->name, inside);
}

/* If source and destination may be the same place: the source's prefix, and the destination's with `below`
 * after it, in comparable form, both owned by the caller. Else FALSE. The locations must be valid. */
static gboolean same_place(const Config *config, const char *below, char **ret_from, char **ret_to)
{
    g_auto(Location) source = {0}, destination = {0};
    g_autofree char *folder = NULL;

    if (!location_parse(config->source.url, &source, NULL) ||
        !location_parse(config->destination.url, &destination, NULL) || source.kind != destination.kind)
        return FALSE;
    if (source.kind == LOCATION_S3 && !may_be_same_bucket(config, &source, &destination))
        return FALSE;
    folder =
        source.kind == LOCATION_S3 ? g_strdup(destination.prefix) : resolve_directory(destination.prefix);
    *ret_from = source.kind == LOCATION_S3 ? g_strdup(source.prefix) : resolve_directory(source.prefix);
    *ret_to = g_strconcat(folder, below, NULL);
    return TRUE;
}

gboolean loop_proof_find_state(Config *config, GError **error)
{
    g_autofree char *state = config_state_key(config, "");
    g_autofree char *from = NULL, *to = NULL;

    config->source.own[0] = '\0';
    if (state == NULL || !same_place(config, state, &from, &to))
        return TRUE;
    if (g_str_has_prefix(from, to)) {
        error_set(error, ERROR_CONFIG, "source.url lies in the state folder of the destination ('%s')",
                  state);
        return FALSE;
    }
    if (g_str_has_prefix(to, from) && g_strlcpy(config->source.own, to + strlen(from),
                                                sizeof config->source.own) >= sizeof config->source.own) {
        error_set(error, ERROR_CONFIG, "the destination is nested too deeply in the source");
        return FALSE;
    }
    return TRUE;
}

gboolean loop_proof_check(const Config *config, const OutputConfig *output, GError **error)
{
    const KeyTemplateValues values = output_config_values(output);
    g_autofree char *start = key_template_prefix(output->key, &values);
    g_autofree char *from = NULL, *to = NULL;
    const char *inside = "";

    if (!same_place(config, start, &from, &to))
        return TRUE;
    if (g_str_has_prefix(to, from))
        inside = to + strlen(from);
    else if (!g_str_has_prefix(from, to))
        return TRUE;
    if (is_excluded(&config->source, inside))
        return TRUE;
    set_loop_error(output, inside, error);
    return FALSE;
}
