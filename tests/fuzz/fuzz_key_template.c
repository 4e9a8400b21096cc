/* An accepted template makes of every key an output key with the predicted beginning, always the same one,
 * which fits the template. */
#include <string.h>

#include "base/error.h"
#include "config/key_template.h"
#include "fuzz.h"

/* Long keys would take too long with templates that have all placeholders. */
#define MAX_FIT_BYTES 40u

/* Splits the input into two texts at the first zero byte. */
static void split(const guint8 *data, gsize size, char **ret_first, char **ret_second)
{
    const gsize length = strnlen((const char *)data, size);

    *ret_first = g_strndup((const char *)data, length);
    *ret_second = g_strndup((const char *)data + MIN(length + 1, size), size - MIN(length + 1, size));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const KeyTemplateValues values[] = {{"thumb", "jpg", 256, 0, "01234567"},
                                               {"a@2x", NULL, 0, 65535, "89abcdef"}};
    g_autofree char *text = NULL, *key = NULL;
    g_autoptr(KeyTemplate) parsed = NULL;
    g_autoptr(GError) error = NULL;

    split(data, size, &text, &key);
    parsed = key_template_parse(text, &error);
    if (parsed == NULL) {
        g_assert_cmpint(error_class(error), ==, ERROR_CONFIG);
        return 0;
    }
    g_assert_cmpstr(key_template_text(parsed), ==, text);
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *prefix = key_template_prefix(parsed, &values[i]);
        g_autofree char *made = key_template_expand(parsed, &values[i], key);
        g_autofree char *again = key_template_expand(parsed, &values[i], key);

        g_assert_true(g_str_has_prefix(made, prefix));
        g_assert_cmpstr(made, ==, again);
        g_assert_true(strlen(key) > MAX_FIT_BYTES || key_template_fits(parsed, &values[i], made, NULL));
    }
    return 0;
}
