/* Patterns of source.include and source.exclude, matched against a whole key relative to the source's prefix:
 * `*` is any number of characters, '/' included; `?` is one; all else is itself, ASCII letters in either case
 * (photos are .JPG as often as .jpg). There is no escape and no character class. Pure. */
#pragma once

#include <glib.h>

/* Matching costs at most length of pattern times length of key: this bounds it. */
#define PATTERN_MAX_BYTES 256u

/* Class ERROR_CONFIG: empty, too long, or with a control character. */
gboolean pattern_check(const char *pattern, GError **error);

gboolean pattern_matches(const char *pattern, const char *key);

/* Whether the pattern is `literal*`, and so matches whatever starts with prefix. */
gboolean pattern_covers_prefix(const char *pattern, const char *prefix);

/* Whether the pattern matches every key below the folder, which ends with '/': it matches the folder itself
 * by a `*` at its end. FALSE if that cannot be told so. */
gboolean pattern_covers_folder(const char *pattern, const char *folder);
