#include "s3/checksum.h"

#include <criterion/criterion.h>
#include <string.h>

typedef struct {
    Checksum checksum;
    const char *text;
    const char *value;
} Vector;

/* "123456789" is the usual input for check values of CRCs: cbf43926 and e3069283. */
static const Vector vectors[] = {
    {CHECKSUM_NONE, "123456789", ""},
    {CHECKSUM_CRC32, "123456789", "y/Q5Jg=="},
    {CHECKSUM_CRC32C, "123456789", "4waSgw=="},
    {CHECKSUM_CRC32, "", "AAAAAA=="},
    {CHECKSUM_CRC32C, "", "AAAAAA=="},
    {CHECKSUM_SHA1, "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="},
    {CHECKSUM_SHA256, "abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
};

Test(checksum, known_answers)
{
    for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
        const Vector *vector = &vectors[i];
        g_autofree char *value = checksum_compute(vector->checksum, vector->text, strlen(vector->text));

        cr_assert_str_eq(value, vector->value, "%zu: %s", i, value);
        cr_assert(checksum_is_wellformed(vector->checksum, value));
    }
}

Test(checksum, in_pieces)
{
    for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
        const Vector *vector = &vectors[i];
        const gsize size = strlen(vector->text);
        g_autoptr(Checksummer) summer = checksummer_new(vector->checksum);
        g_autofree char *value = NULL;

        checksummer_add(summer, NULL, 0);
        checksummer_add(summer, vector->text, size / 2);
        checksummer_add(summer, vector->text + size / 2, size - size / 2);
        value = checksummer_end(summer);
        cr_assert_str_eq(value, vector->value, "%zu: %s", i, value);
    }
}

/* RFC 3720, B.4: 32 bytes; the results there begin with the lowest byte. */
Test(checksum, crc32c_of_the_rfc)
{
    guint8 zeros[32] = {0}, ones[32], rising[32];
    g_autofree char *of_zeros = checksum_compute(CHECKSUM_CRC32C, zeros, sizeof zeros);
    g_autofree char *of_ones = NULL, *of_rising = NULL;

    for (guint8 i = 0; i < 32; i++) {
        ones[i] = 0xFF;
        rising[i] = i;
    }
    of_ones = checksum_compute(CHECKSUM_CRC32C, ones, sizeof ones);
    of_rising = checksum_compute(CHECKSUM_CRC32C, rising, sizeof rising);
    cr_assert_str_eq(of_zeros, "ipE2qg==");  /* 8a9136aa */
    cr_assert_str_eq(of_ones, "YqirQw==");   /* 62a8ab43 */
    cr_assert_str_eq(of_rising, "Rt15Tg=="); /* 46dd794e */
}

Test(checksum, nothing_has_a_checksum_too)
{
    g_autofree char *value = checksum_compute(CHECKSUM_CRC32C, NULL, 0);

    cr_assert_str_eq(value, "AAAAAA==");
}

Test(checksum, headers)
{
    cr_assert_null(checksum_header(CHECKSUM_NONE));
    cr_assert_str_eq(checksum_header(CHECKSUM_CRC32), "x-amz-checksum-crc32");
    cr_assert_str_eq(checksum_header(CHECKSUM_CRC32C), "x-amz-checksum-crc32c");
    cr_assert_str_eq(checksum_header(CHECKSUM_SHA1), "x-amz-checksum-sha1");
    cr_assert_str_eq(checksum_header(CHECKSUM_SHA256), "x-amz-checksum-sha256");
}

Test(checksum, what_is_none_is_seen)
{
    static const char *const wrong[] = {"",          "4waSgw",        "4waSgw=",       "4waSgw==\r\nx: y",
                                        " 4waSgw==", "4waSgw== ",     "4waSgx==\n",    "????????",
                                        "4waSgwA=",  "4waSgwAAAAAA=", "4waSgw==4waS=="};

    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        cr_assert_not(checksum_is_wellformed(CHECKSUM_CRC32C, wrong[i]), "'%s'", wrong[i]);
    cr_assert_not(checksum_is_wellformed(CHECKSUM_NONE, "4waSgw=="));
    cr_assert_not(checksum_is_wellformed(CHECKSUM_SHA1, "4waSgw=="));
}
