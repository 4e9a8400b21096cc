/* A pattern matches the same keys as an exhaustive matcher does, and covers only patterns whose keys it
 * matches. */
#include <string.h>

#include "base/error.h"
#include "config/pattern.h"
#include "fuzz.h"

/* Splits the input into two texts at the first zero byte. */
static void split(const guint8 *data, gsize size, char **ret_first, char **ret_second)
{
    const gsize length = strnlen((const char *)data, size);

    *ret_first = g_strndup((const char *)data, length);
    *ret_second = g_strndup((const char *)data + MIN(length + 1, size), size - MIN(length + 1, size));
}

/* Dynamic programming: for each prefix of the pattern, which prefixes of the key it matches. Works on
 * characters; both are UTF-8. */
static gboolean matches_slowly(const char *pattern, const char *key)
{
    glong length;
    g_autofree gunichar *characters = g_utf8_to_ucs4_fast(key, -1, &length);
    g_autofree gboolean *is_match = g_new0(gboolean, (gsize)length + 1);

    is_match[0] = TRUE;
    for (; *pattern != '\0'; pattern = g_utf8_next_char(pattern)) {
        const gunichar wanted = g_utf8_get_char(pattern);
        gboolean before = is_match[0];

        is_match[0] = before && wanted == '*';
        for (glong i = 1; i <= length; i++) {
            const gboolean here = is_match[i];
            const gunichar c = characters[i - 1];

            if (wanted == '*')
                is_match[i] = here || is_match[i - 1];
            else
                is_match[i] =
                    before &&
                    (wanted == '?' || wanted == c ||
                     (wanted < 128 && c < 128 && g_ascii_tolower((char)wanted) == g_ascii_tolower((char)c)));
            before = here;
        }
    }
    return is_match[length];
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *pattern = NULL, *key = NULL, *folder = NULL, *below = NULL;
    g_autoptr(GError) error = NULL;

    split(data, MIN(size, 2048), &pattern, &key);
    folder = g_strconcat(key, "/", NULL);
    below = g_strconcat(key, "/any/x", NULL);
    if (!pattern_check(pattern, &error)) {
        g_assert_cmpint(error_class(error), ==, ERROR_CONFIG);
        return 0;
    }
    if (g_utf8_validate(pattern, -1, NULL) && g_utf8_validate(key, -1, NULL))
        g_assert_cmpint(pattern_matches(pattern, key) != FALSE, ==, matches_slowly(pattern, key) != FALSE);
    if (pattern_covers_prefix(pattern, key))
        g_assert_true(pattern_matches(pattern, below));
    if (pattern_covers_folder(pattern, folder))
        g_assert_true(pattern_matches(pattern, below));
    return 0;
}
