#include "config/pattern.h"

#include <string.h>

#include "base/error.h"

gboolean pattern_check(const char *pattern, GError **error)
{
    if (*pattern == '\0' || strlen(pattern) > PATTERN_MAX_BYTES) {
        error_set(error, ERROR_CONFIG, "a pattern has 1 to %u bytes", PATTERN_MAX_BYTES);
        return FALSE;
    }
    for (const char *p = pattern; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p)) {
            error_set(error, ERROR_CONFIG, "a pattern must not contain control characters");
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean same_letter(char a, char b)
{
    return g_ascii_tolower(a) == g_ascii_tolower(b);
}

/* The start of the next character. In a key that is not UTF-8, a character is a byte and any continuation
 * bytes after it. */
static const char *skip_character(const char *p)
{
    p++;
    while (((guchar)*p & 0xc0) == 0x80)
        p++;
    return p;
}

/* Backtracks to the last `*` only: if an earlier one could match more characters, the last could as well. */
gboolean pattern_matches(const char *pattern, const char *key)
{
    const char *after_star = NULL, *star_key = NULL;

    while (*key != '\0') {
        if (*pattern == '*') {
            after_star = ++pattern;
            star_key = key;
        } else if (*pattern == '?') {
            pattern++;
            key = skip_character(key);
        } else if (*pattern != '\0' && same_letter(*pattern, *key)) {
            pattern++;
            key++;
        } else if (after_star != NULL) {
            pattern = after_star;
            key = star_key = skip_character(star_key);
        } else {
            return FALSE;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

gboolean pattern_covers_prefix(const char *pattern, const char *prefix)
{
    gsize literal = strcspn(pattern, "*?");

    return strcmp(pattern + literal, "*") == 0 && g_ascii_strncasecmp(pattern, prefix, literal) == 0;
}

gboolean pattern_covers_folder(const char *pattern, const char *folder)
{
    return g_str_has_suffix(pattern, "*") && pattern_matches(pattern, folder);
}

gboolean pattern_any_matches(char *const *patterns, const char *key)
{
    for (; *patterns != NULL; patterns++) {
        if (pattern_matches(*patterns, key))
            return TRUE;
    }
    return FALSE;
}
