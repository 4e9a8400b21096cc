#include <criterion/criterion.h>
#include <string.h>

#include "base/record.h"

typedef enum { COLOUR_RED, COLOUR_GREEN } Colour;

typedef struct {
    guint64 size;
    char *unsent;
    gint64 since;
    gboolean is_odd;
    guint32 count;
    Colour colour;
    struct {
        guint64 numbers[3];
    } nested;
} Thing;

static const RecordField fields[] = {
    RECORD_FIELD(Thing, count),  RECORD_FIELD(Thing, size),   RECORD_FIELD(Thing, since),
    RECORD_FIELD(Thing, is_odd), RECORD_FIELD(Thing, colour), RECORD_FIELD(Thing, nested.numbers[1]),
};
static const RecordTable table = RECORD_TABLE(fields);

Test(record, is_the_same_after_the_way_there_and_back)
{
    char unsent[] = "unsent";
    const Thing thing = {.size = G_MAXUINT64,
                         .since = G_MININT64,
                         .is_odd = TRUE,
                         .count = G_MAXUINT32,
                         .colour = COLOUR_GREEN,
                         .nested = {{1, 2, 3}}};
    Thing copy = {.unsent = unsent, .nested = {{7, 8, 9}}};
    g_autoptr(GVariant) variant = g_variant_ref_sink(record_to_variant(&table, &thing));
    g_autofree char *text = g_variant_print(variant, TRUE);

    cr_assert_str_eq(text,
                     "(uint32 4294967295, uint64 18446744073709551615, int64 -9223372036854775808, true, "
                     "uint32 1, uint64 2)");
    cr_assert(record_from_variant(&table, variant, &copy));
    cr_assert_eq(copy.size, G_MAXUINT64);
    cr_assert_eq(copy.since, G_MININT64);
    cr_assert_eq(copy.is_odd, TRUE);
    cr_assert_eq(copy.count, G_MAXUINT32);
    cr_assert_eq(copy.colour, COLOUR_GREEN);
    cr_assert(copy.nested.numbers[0] == 7 && copy.nested.numbers[1] == 2 && copy.nested.numbers[2] == 9);
    cr_assert_eq(copy.unsent, unsent, "a field that is not in the table stays");
}

Test(record, refuses_other_types)
{
    static const char *const others[] = {
        "(uint32 1, uint64 1, int64 1, true, uint32 1)",                     /* too few */
        "(uint32 1, uint64 1, int64 1, true, uint32 1, uint64 1, uint64 1)", /* too many */
        "(uint32 1, uint64 1, uint64 1, true, uint32 1, uint64 1)",
        "(uint32 1, uint64 1, int64 1, true, uint32 1, 'text')",
        "(uint32 1, uint64 1, int64 1, true, uint32 1, (uint64 1,))",
        "[uint32 1, 2, 3, 4, 5, 6]",
        "uint64 1",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(GVariant) variant = g_variant_new_parsed(others[i]);
        Thing thing, before;

        memset(&thing, 0x5a, sizeof thing);
        before = thing;
        cr_expect_not(record_from_variant(&table, variant, &thing), "%s", others[i]);
        cr_expect_eq(memcmp(&thing, &before, sizeof thing), 0, "%s", others[i]);
    }
}
