#include <criterion/criterion.h>
#include <string.h>

#include "base/text_cut.h"

static void expect_cut(const char *text, gsize max_bytes, const char *expected)
{
    g_autofree char *cut = text_cut(text, max_bytes);

    cr_expect_str_eq(cut, expected);
    cr_expect_leq(strlen(cut), max_bytes);
    cr_expect(g_utf8_validate(cut, -1, NULL));
}

Test(text_cut, what_is_short_stays)
{
    expect_cut("", 10, "");
    expect_cut("0123456789", 10, "0123456789");
    expect_cut("caf\xc3\xa9", 5, "caf\xc3\xa9");
}

Test(text_cut, what_is_long_says_so)
{
    expect_cut("01234567890", 10, "0123456...");
    expect_cut("caf\xc3\xa9 caf\xc3\xa9", 8, "caf\xc3\xa9...");
    expect_cut("caf\xc3\xa9 caf\xc3\xa9", 7, "caf...");
}

Test(text_cut, one_line_of_text)
{
    expect_cut("a\nb\x1b[31m\tc\x7f", 100, "a b [31m c ");
    expect_cut("a\xff", 100, "a\xef\xbf\xbd");
    expect_cut("\xff\xff\xff\xff", 6, "\xef\xbf\xbd\xef\xbf\xbd");
}

Test(text_cut, megabytes)
{
    g_autofree char *much = g_strnfill(4 << 20, 'x');
    g_autofree char *cut = text_cut(much, TEXT_REASON_BYTES);

    cr_expect_eq(strlen(cut), TEXT_REASON_BYTES);
}
