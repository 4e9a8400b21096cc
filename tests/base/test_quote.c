#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/quote.h"

static void is(const char *key, const char *expected)
{
    char *quoted = quote_key(key);

    cr_assert_str_eq(quoted, expected);
    free(quoted);
}

Test(quote, printable_text_stays)
{
    is("a b/ü日本.jpg", "a b/ü日本.jpg");
    is("", "");
}

Test(quote, controls_and_bad_bytes_are_escaped)
{
    is("a\nb\tc\x1b[31m", "a\\nb\\tc\\x1b[31m");
    is("back\\slash", "back\\\\slash");
    is("\xff\xc3", "\\xff\\xc3");
    is("\xc2\x9b"
       "x",
       "\\x9bx"); /* the one-byte CSI of terminals */
}

Test(quote, what_turns_text_round_is_escaped)
{
    is("a\u202egpj.exe", "a\\u202egpj.exe");
    is("\u2066x\u2069\u200f\u061c\u2028", "\\u2066x\\u2069\\u200f\\u061c\\u2028");
    is("שלום", "שלום"); /* letters of right-to-left scripts are not controls */
}

Test(quote, a_quoted_text_is_not_changed)
{
    g_autofree char *once = quote_text("say \x1b[31m 'a\\b'\n\xff \u202e");
    g_autofree char *twice = quote_text(once);

    cr_assert_str_eq(once, "say \\x1b[31m 'a\\b'\\n\\xff \\u202e");
    cr_assert_str_eq(twice, once);
}

Test(quote, a_screen_gets_lines_and_json_stays_json)
{
    g_autofree char *text = quote_screen("{\n\t\"a\": \"\x1b[2J \xc2\x9b \u202e \\n\"}\n");

    cr_assert_str_eq(text, "{\n\t\"a\": \"\\u001b[2J \\u009b \\u202e \\n\"}\n");
}
