/* Patterns of source.include and source.exclude, matched against a whole key relative to the source's prefix:
 * `*` matches any number of characters, including '/'; `?` matches one; all others match themselves, ASCII
 * letters in either case (photos are .JPG as often as .jpg). There is no escape and no character class.
 * Pure. */
#pragma once

#include <glib.h>

/* Matching takes at most length of pattern times length of key steps: this limits it. */
#define PATTERN_MAX_BYTES 256u

/* Class ERROR_CONFIG: empty, too long, or with a control character. */
gboolean pattern_check(const char *pattern, GError **error);

gboolean pattern_matches(const char *pattern, const char *key);

/* Whether one of these patterns (NULL-terminated) matches. */
gboolean pattern_any_matches(char *const *patterns, const char *key);

/* Whether the pattern is `literal*` and therefore matches everything that starts with prefix. */
gboolean pattern_covers_prefix(const char *pattern, const char *prefix);

/* Whether the pattern matches every key below the folder, which ends with '/': the pattern ends with `*` and
 * matches the folder's own name. FALSE if that is not certain. */
gboolean pattern_covers_folder(const char *pattern, const char *folder);
