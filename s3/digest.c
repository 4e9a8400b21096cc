#include "s3/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

char *digest_hex(const guint8 *data, gsize size_bytes)
{
    char *text = g_malloc(2 * size_bytes + 1);

    for (gsize i = 0; i < size_bytes; i++) {
        text[2 * i] = hex_digits[data[i] >> 4];
        text[2 * i + 1] = hex_digits[data[i] & 15];
    }
    text[2 * size_bytes] = '\0';
    return text;
}

/* A digest of bytes in memory fails only when OpenSSL has no memory or lacks the algorithm: nothing can be
 * signed then, and to go on would be wrong. */
static guint digest(const EVP_MD *md, const void *data, gsize size_bytes, guint8 ret[EVP_MAX_MD_SIZE])
{
    unsigned int length = 0;

    if (EVP_Digest(size_bytes > 0 ? data : "", size_bytes, ret, &length, md, NULL) != 1)
        g_error("OpenSSL cannot compute a digest");
    return length;
}

char *digest_sha256_hex(const void *data, gsize size_bytes)
{
    guint8 md[EVP_MAX_MD_SIZE];

    return digest_hex(md, digest(EVP_sha256(), data, size_bytes, md));
}

void digest_sha256(const void *data, gsize size_bytes, guint8 ret_sha256[DIGEST_SHA256_BYTES])
{
    guint8 md[EVP_MAX_MD_SIZE];

    memcpy(ret_sha256, md, digest(EVP_sha256(), data, size_bytes, md));
}

void digest_sha1(const void *data, gsize size_bytes, guint8 ret_sha1[DIGEST_SHA1_BYTES])
{
    guint8 md[EVP_MAX_MD_SIZE];

    memcpy(ret_sha1, md, digest(EVP_sha1(), data, size_bytes, md));
}

void digest_md5(const void *data, gsize size_bytes, guint8 ret_md5[DIGEST_MD5_BYTES])
{
    guint8 md[EVP_MAX_MD_SIZE];

    memcpy(ret_md5, md, digest(EVP_md5(), data, size_bytes, md));
}

void digest_hmac_sha256(const void *key, gsize key_bytes, const char *text,
                        guint8 ret_mac[DIGEST_SHA256_BYTES])
{
    unsigned int length = 0;

    if (HMAC(EVP_sha256(), key, (int)key_bytes, (const guint8 *)text, strlen(text), ret_mac, &length) == NULL)
        g_error("OpenSSL cannot compute an HMAC");
}
