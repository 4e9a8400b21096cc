#include <criterion/criterion.h>

#include "s3/etag.h"

Test(etag, quotes_and_weakness_are_taken_off)
{
    static const struct {
        const char *etag, *bare;
    } table[] = {{"\"a\"", "a"}, {"W/\"a\"", "a"}, {"a", "a"}, {"\"", "\""}, {"\"\"", ""}, {"", ""}};

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *bare = etag_bare(table[i].etag);

        cr_expect_str_eq(bare, table[i].bare);
    }
}

Test(etag, only_32_hex_digits_may_be_an_md5)
{
    cr_expect(etag_is_like_md5("900150983cd24fb0d6963f7d28e17f72"));
    cr_expect(etag_is_like_md5("900150983CD24FB0D6963F7D28E17F72"));
    cr_expect(!etag_is_like_md5("900150983cd24fb0d6963f7d28e17f72-2"));
    cr_expect(!etag_is_like_md5("900150983cd24fb0d6963f7d28e17f7"));
    cr_expect(!etag_is_like_md5("900150983cd24fb0d6963f7d28e17f7g"));
    cr_expect(!etag_is_like_md5(""));
}
