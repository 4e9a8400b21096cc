#include "batch/output_key.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/quote.h"
#include "config/location.h"

/* The length of the destination's prefix, which is part of the full key; a directory's path is not. */
static gsize prefix_length(const Config *config)
{
    g_auto(Location) location = {0};

    if (!location_parse(config->destination.url, &location, NULL) || location.kind == LOCATION_DIRECTORY)
        return 0;
    return strlen(location.prefix);
}

char *output_key(const Config *config, const OutputConfig *output, const char *key, GError **error)
{
    const KeyTemplateValues values = output_config_values(output);
    g_autofree char *expanded = key_template_expand(output->key, &values, key);
    gsize length = strlen(expanded);
    g_autofree char *quoted = NULL;

    if (config_is_state_key(config, expanded)) {
        quoted = quote_key(key);
        error_set(error, ERROR_INPUT, "the key of output '%s' for '%s' would lie in destination.state ('%s')",
                  output->name, quoted, config->destination.state);
        return NULL;
    }
    /* The prefix is a part of the URL, which need not be parsed for each key. */
    if (length + strlen(config->destination.url) <= LIMIT_KEY_BYTES)
        return g_steal_pointer(&expanded);
    length += prefix_length(config);
    if (length <= LIMIT_KEY_BYTES)
        return g_steal_pointer(&expanded);
    quoted = quote_key(key);
    error_set(error, ERROR_INPUT,
              "the key of output '%s' for '%s' would have %" G_GSIZE_FORMAT " bytes; the limit is %u",
              output->name, quoted, length, LIMIT_KEY_BYTES);
    return NULL;
}

GStrv output_key_labels(const Config *config, const char *key)
{
    GStrv labels = g_new0(char *, config->outputs->len + 1);

    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        g_autofree char *made = output_key(config, output, key, NULL);
        g_autofree char *quoted = made != NULL ? quote_key(made) : NULL;

        if (output_config_takes(output, key))
            labels[i] =
                g_strdup_printf("%s -> %s", output->name, made != NULL ? quoted : "the key is too long");
        else
            labels[i] = g_strdup_printf("%s, not made from this key (match, except)", output->name);
    }
    return labels;
}
