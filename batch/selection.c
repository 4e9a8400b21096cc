#include "batch/selection.h"

#include "config/pattern.h"

static gboolean matches_any(char *const *patterns, const char *key)
{
    for (; *patterns != NULL; patterns++) {
        if (pattern_matches(*patterns, key))
            return TRUE;
    }
    return FALSE;
}

gboolean selection_matches(const SourceConfig *source, const char *key)
{
    if (*key == '\0' || g_str_has_suffix(key, "/"))
        return FALSE;
    if (*source->own != '\0' && g_str_has_prefix(key, source->own))
        return FALSE;
    return matches_any(source->include, key) && !matches_any(source->exclude, key);
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
