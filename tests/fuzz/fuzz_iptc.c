/* A copyright is text without control characters, whatever the bytes; records that were cleaned are unchanged
 * by a second cleaning, and have the same text. */
#include "fuzz.h"
#include "imaging/formats/iptc.h"

static void check(char *text)
{
    if (text == NULL)
        return;
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c != '\0'; c++)
        g_assert_false(g_ascii_iscntrl(*c));
    g_free(text);
}

static void check_clean(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) once = iptc_clean(data, size);
    g_autoptr(GBytes) twice = NULL;

    if (once == NULL)
        return;
    twice = iptc_clean(g_bytes_get_data(once, NULL), g_bytes_get_size(once));
    g_assert_nonnull(twice);
    g_assert_true(g_bytes_equal(once, twice));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    check(iptc_get(data, size, IPTC_BY_LINE));
    check(iptc_get(data, size, IPTC_COPYRIGHT));
    check_clean(data, size);
    return 0;
}
