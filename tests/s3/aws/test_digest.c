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

/* FIPS 180-2, A.1 and B.1 */
Test(digest, sha_in_bytes)
{
    guint8 sha1[DIGEST_SHA1_BYTES], sha256[DIGEST_SHA256_BYTES];
    g_autofree char *sha1_hex = NULL, *sha256_hex = NULL;

    digest_sha1("abc", 3, sha1);
    digest_sha256("abc", 3, sha256);
    sha1_hex = digest_hex(sha1, sizeof sha1);
    sha256_hex = digest_hex(sha256, sizeof sha256);
    cr_assert_str_eq(sha1_hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    cr_assert_str_eq(sha256_hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
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
        void (*at_once)(const void *data, gsize size_bytes, guint8 *ret);
    } kinds[] = {{DIGEST_MD5, DIGEST_MD5_BYTES, digest_md5},
                 {DIGEST_SHA1, DIGEST_SHA1_BYTES, digest_sha1},
                 {DIGEST_SHA256, DIGEST_SHA256_BYTES, digest_sha256}};
    guint8 data[5000], once[DIGEST_SHA256_BYTES], pieces[DIGEST_SHA256_BYTES];

    for (gsize i = 0; i < sizeof data; i++)
        data[i] = (guint8)(i * 7 / 3);
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++) {
        g_autoptr(Digester) digester = digester_new(kinds[k].kind);

        for (gsize at = 0, size = 0; at < sizeof data; at += size, size++)
            digester_add(digester, data + at, MIN(size, sizeof data - at));
        digester_end(digester, pieces);
        kinds[k].at_once(data, sizeof data, once);
        cr_assert_arr_eq(pieces, once, kinds[k].size_bytes);
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
