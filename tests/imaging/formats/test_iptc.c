#include <criterion/criterion.h>
#include <string.h>

#include "imaging/formats/iptc.h"

#define RECORDS "\x1c\2\0\0\2\0\4\x1c\2\x50\0\010Jane Doe\x1c\2\x74\0\5(c) J"

/* Copies to a heap block of exactly this size, so that AddressSanitizer detects a read past the end. */
static char *get(const char *bytes, gsize size, IptcField field)
{
    g_autofree char *copy = g_memdup2(bytes, size);

    return iptc_get(copy, size, field);
}

static void expect_found(const char *bytes, gsize size)
{
    g_autofree char *author = get(bytes, size, IPTC_BY_LINE);
    g_autofree char *notice = get(bytes, size, IPTC_COPYRIGHT);

    cr_assert(author != NULL && notice != NULL);
    cr_expect_str_eq(author, "Jane Doe");
    cr_expect_str_eq(notice, "(c) J");
}

Test(iptc, in_all_its_wrappings)
{
    static const char plain[] = RECORDS;
    static const char resource[] = "8BIM\4\4\0\0\0\0\0\x1e" RECORDS;
    static const char photoshop[] = "Photoshop 3.0\0"
                                    "8BIM\3\355\4name\0\0\0\0\3abc\0"
                                    "8BIM\4\4\0\0\0\0\0\x1e" RECORDS;

    expect_found(plain, sizeof plain - 1);
    expect_found(resource, sizeof resource - 1);
    expect_found(photoshop, sizeof photoshop - 1);
}

Test(iptc, latin_1_and_control_characters)
{
    g_autofree char *text = get("\x1c\2\x50\0\5J\xf6rg\n", 10, IPTC_BY_LINE);

    cr_expect_str_eq(text, "J\xc3\xb6rg ");
}

Test(iptc, nothing_there)
{
    cr_expect_null(get("", 0, IPTC_BY_LINE));
    cr_expect_null(iptc_get(NULL, 0, IPTC_BY_LINE));
    cr_expect_null(get("hello, this is no record", 24, IPTC_BY_LINE));
    cr_expect_null(get("\x1c\2\x50\0\0\x1c\2\x74\0\0", 10, IPTC_COPYRIGHT));
    cr_expect_null(get("\x1c\1\x50\0\4Jane", 9, IPTC_BY_LINE), "another record's field");
    cr_expect_null(get("\x1c\2\x50\x80\4Jane", 9, IPTC_BY_LINE), "an extended data set");
}

/* Tests every prefix, and every byte at its extremes. */
Test(iptc, lies_about_lengths)
{
    static const char photoshop[] = "Photoshop 3.0\0"
                                    "8BIM\3\355\4name\0\0\0\0\3abc\0"
                                    "8BIM\4\4\0\0\0\0\0\x1e" RECORDS;
    guint n_found = 0;

    for (gsize size = 0; size < sizeof photoshop; size++) {
        g_autofree char *author = get(photoshop, size, IPTC_BY_LINE);

        n_found += author != NULL;
    }
    cr_expect_eq(n_found, sizeof "\x1c\2\x74\0\5(c) J", "as soon as it is all there");
    for (gsize i = 0; i < sizeof photoshop - 1; i++) {
        g_autofree char *copy = g_memdup2(photoshop, sizeof photoshop - 1);
        g_autofree char *notice = NULL;

        copy[i] = '\xff';
        notice = get(copy, sizeof photoshop - 1, IPTC_COPYRIGHT);
        cr_expect(notice == NULL || g_utf8_validate(notice, -1, NULL));
    }
}

static GBytes *clean(const char *bytes, gsize size)
{
    g_autofree char *copy = g_memdup2(bytes, size);

    return iptc_clean(copy, size);
}

static void expect_bytes(GBytes *bytes, const char *expected, gsize size)
{
    cr_assert_not_null(bytes);
    cr_expect_eq(g_bytes_get_size(bytes), size);
    cr_expect(g_bytes_get_size(bytes) == size && memcmp(g_bytes_get_data(bytes, NULL), expected, size) == 0);
    g_bytes_unref(bytes);
}

#define CHARSET     "\x1c\1\x5a\0\3\x1b%G"
#define ORIENTATION "\x1c\2\x83\0\1P"
#define PREVIEW     "\x1c\2\xca\0\3abc"
#define PIXELS      "\x1c\3\x14\0\2\0\x60"

Test(iptc, only_what_is_true_of_a_rendering)
{
    static const char records[] = CHARSET RECORDS ORIENTATION PREVIEW PIXELS;
    static const char kept[] = "Photoshop 3.0\0"
                               "8BIM\4\4\0\0\0\0\0\x26" CHARSET RECORDS;
    static const char block[] =
        "Photoshop 3.0\0"
        "8BIM\4\014\0\0\0\0\0\4JFIF"
        "8BIM\4\4\0\0\0\0\0\x2c" CHARSET RECORDS ORIENTATION "8BIM\4\042\0\0\0\0\0\4Exif";

    expect_bytes(clean(records, sizeof records - 1), kept, sizeof kept - 1);
    expect_bytes(clean(block, sizeof block - 1), kept, sizeof kept - 1);
    cr_expect_null(clean(ORIENTATION PREVIEW, sizeof ORIENTATION PREVIEW - 1));
    cr_expect_null(clean("", 0));
    cr_expect_null(clean("hello, this is no record", 24));
}

Test(iptc, an_odd_size_is_padded)
{
    expect_bytes(clean("\x1c\2\x50\0\1J", 6),
                 "Photoshop 3.0\0"
                 "8BIM\4\4\0\0\0\0\0\6\x1c\2\x50\0\1J",
                 14 + 12 + 6);
    expect_bytes(clean("\x1c\2\x50\0\2Jo", 7),
                 "Photoshop 3.0\0"
                 "8BIM\4\4\0\0\0\0\0\7\x1c\2\x50\0\2Jo\0",
                 14 + 12 + 8);
}
