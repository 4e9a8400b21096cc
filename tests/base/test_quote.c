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
