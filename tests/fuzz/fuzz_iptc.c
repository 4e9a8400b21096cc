/* A copyright is text without control characters, whatever its bytes are. */
#include "fuzz.h"
#include "imaging/iptc.h"

static void check(char *text)
{
    if (text == NULL)
        return;
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c != '\0'; c++)
        g_assert_false(g_ascii_iscntrl(*c));
    g_free(text);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    check(iptc_get(data, size, IPTC_BY_LINE));
    check(iptc_get(data, size, IPTC_COPYRIGHT));
    return 0;
}
