#include <criterion/criterion.h>

#include "batch/siphash.h"

/* Key 00 01 .. 0f and messages of n bytes 00 01 .. n-1: appendix A of the paper (n = 15), and the table of
 * the authors' reference implementation (vectors.h, vectors_sip64), little-endian. */
Test(siphash, published_vectors)
{
    static const struct {
        gsize size;
        guint64 digest;
    } vectors[] = {
        {0, G_GUINT64_CONSTANT(0x726fdb47dd0e0e31)},  {1, G_GUINT64_CONSTANT(0x74f839c593dc67fd)},
        {7, G_GUINT64_CONSTANT(0xab0200f58b01d137)},  {8, G_GUINT64_CONSTANT(0x93f5f5799a932462)},
        {15, G_GUINT64_CONSTANT(0xa129ca6149be45e5)},
    };
    const SipKey key = {G_GUINT64_CONSTANT(0x0706050403020100), G_GUINT64_CONSTANT(0x0f0e0d0c0b0a0908)};
    guint8 message[16];

    for (guint8 i = 0; i < sizeof message; i++)
        message[i] = i;
    for (guint i = 0; i < G_N_ELEMENTS(vectors); i++)
        cr_assert_eq(siphash(&key, message, vectors[i].size), vectors[i].digest, "%zu bytes",
                     vectors[i].size);
}

Test(siphash, unaligned_data_is_the_same)
{
    const SipKey key = {1, 2};
    char buffer[32] = "xabcdefghijklmnopqrst";
    guint64 digest = siphash(&key, "abcdefghijklmnopqrst", 20);

    cr_assert_eq(siphash(&key, buffer + 1, 20), digest);
    cr_assert_neq(siphash(&(SipKey){1, 3}, buffer + 1, 20), digest);
}
