#include "batch/selection.h"

#include "config/pattern.h"

gboolean selection_matches(const SourceConfig *source, const char *key)
{
    if (*key == '\0' || g_str_has_suffix(key, "/"))
        return FALSE;
    if (*source->own != '\0' && g_str_has_prefix(key, source->own))
        return FALSE;
    return pattern_any_matches(source->include, key) && !pattern_any_matches(source->exclude, key);
}

gboolean selection_may_enter(const SourceConfig *source, const char *folder)
{
    if (*source->own != '\0' && g_str_has_prefix(folder, source->own))
        return FALSE;
    for (char *const *pattern = source->exclude; *pattern != NULL; pattern++) {
        if (pattern_covers_folder(*pattern, folder))
            return FALSE;
    }
    return TRUE;
}

gboolean selection_has_outputs(const Config *config, const char *key)
{
    for (guint i = 0; i < config->outputs->len; i++) {
        if (output_config_takes(config_output(config, i), key))
            return TRUE;
    }
    return FALSE;
}
