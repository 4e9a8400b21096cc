#include "config/tag_list.h"

#include <string.h>

#include "base/error.h"
#include "config/pair_list.h"

static gboolean is_legal(const char *text, glong max_chars)
{
    if (!g_utf8_validate(text, -1, NULL) || g_utf8_strlen(text, -1) > max_chars)
        return FALSE;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        if (!g_unichar_isalnum(g_utf8_get_char(p)) && strchr(" +-=._:/@", *p) == NULL)
            return FALSE;
    }
    return TRUE;
}

gboolean tag_list_add(GPtrArray *tags, const char *name, const char *value, GError **error)
{
    if (*name == '\0' || !is_legal(name, TAG_LIST_MAX_NAME_CHARS) ||
        !is_legal(value, TAG_LIST_MAX_VALUE_CHARS)) {
        error_set(
            error, ERROR_CONFIG,
            "a tag's name has 1 to %u and its value up to %u letters, digits, spaces and + - = . _ : / @",
            TAG_LIST_MAX_NAME_CHARS, TAG_LIST_MAX_VALUE_CHARS);
        return FALSE;
    }
    if (g_ascii_strncasecmp(name, "aws:", 4) == 0) {
        error_set(error, ERROR_CONFIG, "tag names starting with aws: are reserved");
        return FALSE;
    }
    if (pair_list_find(tags, name) != NULL) {
        error_set(error, ERROR_CONFIG, "tag '%s' is set twice", name);
        return FALSE;
    }
    if (tags->len >= TAG_LIST_MAX) {
        error_set(error, ERROR_CONFIG, "an object has at most %u tags", TAG_LIST_MAX);
        return FALSE;
    }
    pair_list_add(tags, g_strdup(name), value);
    return TRUE;
}
