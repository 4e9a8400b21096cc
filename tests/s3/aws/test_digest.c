#include <criterion/criterion.h>
#include <string.h>

#include "s3/aws/digest.h"

Test(digest, sha256)
{
    g_autofree char *empty = digest_sha256_hex(NULL, 0);
    g_autofree char *abc = digest_sha256_hex("abc", 3); /* FIPS 180-2, B.1 */

    cr_assert_str_eq(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cr_assert_str_eq(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static char *hex_at_once(DigestKind kind, const void *data, gsize size_bytes, gsize digest_bytes)
{
    g_autoptr(Digester) digester = digester_new(kind);
    guint8 digest[DIGEST_SHA256_BYTES];

    digester_add(digester, data, size_bytes);
    digester_end(digester, digest);
    return digest_hex(digest, digest_bytes);
}

/* FIPS 180-2, A.1 and B.1; RFC 1321, A.5 */
Test(digest, of_each_kind)
{
    g_autofree char *sha1 = hex_at_once(DIGEST_SHA1, "abc", 3, DIGEST_SHA1_BYTES);
    g_autofree char *sha256 = hex_at_once(DIGEST_SHA256, "abc", 3, DIGEST_SHA256_BYTES);
    g_autofree char *md5 = hex_at_once(DIGEST_MD5, "abc", 3, DIGEST_MD5_BYTES);

    cr_assert_str_eq(sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    cr_assert_str_eq(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cr_assert_str_eq(md5, "900150983cd24fb0d6963f7d28e17f72");
}

/* RFC 1321, A.5 */
Test(digest, md5)
{
    guint8 empty[DIGEST_MD5_BYTES], abc[DIGEST_MD5_BYTES];
    g_autofree char *empty_hex = NULL, *abc_hex = NULL;

    digest_md5(NULL, 0, empty);
    digest_md5("abc", 3, abc);
    empty_hex = digest_hex(empty, sizeof empty);
    abc_hex = digest_hex(abc, sizeof abc);
    cr_assert_str_eq(empty_hex, "d41d8cd98f00b204e9800998ecf8427e");
    cr_assert_str_eq(abc_hex, "900150983cd24fb0d6963f7d28e17f72");
}

/* In pieces of all sizes up to more than a block of the algorithm, including an empty one. */
Test(digest, in_pieces)
{
    static const struct {
        DigestKind kind;
        gsize size_bytes;
    } kinds[] = {{DIGEST_MD5, DIGEST_MD5_BYTES},
                 {DIGEST_SHA1, DIGEST_SHA1_BYTES},
                 {DIGEST_SHA256, DIGEST_SHA256_BYTES}};
    guint8 data[5000], pieces[DIGEST_SHA256_BYTES];

    for (gsize i = 0; i < sizeof data; i++)
        data[i] = (guint8)(i * 7 / 3);
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autofree char *once = hex_at_once(kinds[k].kind, data, sizeof data, kinds[k].size_bytes);
        g_autoptr(Digester) digester = digester_new(kinds[k].kind);
        g_autofree char *hex = NULL;

        for (gsize at = 0, size = 0; at < sizeof data; at += size, size++)
            digester_add(digester, data + at, MIN(size, sizeof data - at));
        digester_end(digester, pieces);
        hex = digest_hex(pieces, kinds[k].size_bytes);
        cr_assert_str_eq(hex, once);
    }
}

/* RFC 4231, test case 2; the output may overwrite the key. */
Test(digest, hmac)
{
    guint8 mac[DIGEST_SHA256_BYTES] = "Jefe";
    g_autofree char *hex = NULL;

    digest_hmac_sha256(mac, 4, "what do ya want for nothing?", mac);
    hex = digest_hex(mac, sizeof mac);
    cr_assert_str_eq(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
