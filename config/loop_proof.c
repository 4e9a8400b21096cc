#include "config/loop_proof.h"

#include <string.h>

#include "base/error.h"
#include "config/pattern.h"
#include "config/place.h"

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
    g_auto(Place) source = {0}, destination = {0};

    if (!place_find(config->source.url, &config->source.s3, NULL, &source) ||
        !place_find(config->destination.url, &config->destination.s3, NULL, &destination) ||
        !place_may_share(&source, &destination))
        return FALSE;
    *ret_from = g_steal_pointer(&source.prefix);
    *ret_to = g_strconcat(destination.prefix, below, NULL);
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
