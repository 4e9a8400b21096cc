#include <criterion/criterion.h>

#include "config/deletion_limit.h"

Test(deletion_limit, is_a_number_or_a_share)
{
    static const struct {
        const char *text;
        guint64 total, allowed;
    } table[] = {
        {"0", 1000, 0},
        {"7", 3, 7},
        {"7", 1000, 7},
        {"0%", 1000, 0},
        {"10%", 1000, 100},
        {"10%", 9, 0},
        {"10%", 19, 1},
        {"100%", 12345, 12345},
        {"1%", 199, 1},
        {"33%", 101, 33},
        {"100%", 0, 0},
        {"50%", G_MAXUINT64, G_MAXUINT64 / 2},
        {"999999999999999", 1, 999999999999999},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        DeletionLimit limit;

        cr_assert(deletion_limit_parse(table[i].text, &limit), "%s", table[i].text);
        cr_assert_eq(deletion_limit_of(&limit, table[i].total), table[i].allowed, "%s of %lu", table[i].text,
                     (unsigned long)table[i].total);
    }
}

Test(deletion_limit, anything_else_is_none)
{
    static const char *const texts[] = {"",     "%",  "-1", "1 %",  "101%", "1.5%",
                                        "10%%", "1k", " 1", "0x10", "all",  "1000000000000000"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        DeletionLimit limit;

        cr_assert_not(deletion_limit_parse(texts[i], &limit), "%s", texts[i]);
    }
}
