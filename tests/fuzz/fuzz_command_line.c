/* Words that are quoted and joined are split into the same words. */
#include "fuzz.h"
#include "s3/aws/command_line.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *line = g_strndup((const char *)data, size);
    g_autoptr(GString) joined = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) words = command_line_split(line, &error);
    g_auto(GStrv) again = NULL;

    g_assert_true((words == NULL) == (error != NULL));
    if (words == NULL)
        return 0;
    g_assert_nonnull(words[0]);
    for (gsize i = 0; words[i] != NULL; i++) {
        g_string_append_c(joined, ' ');
        for (const char *at = words[i]; *at != '\0'; at++) {
            g_string_append_c(joined, '\\');
            g_string_append_c(joined, *at);
        }
        g_string_append(joined, "''");
    }
    if (joined->len > COMMAND_LINE_MAX_BYTES)
        return 0;
    again = command_line_split(joined->str, &error);
    g_assert_no_error(error);
    g_assert_true(g_strv_equal((const char *const *)words, (const char *const *)again));
    return 0;
}
