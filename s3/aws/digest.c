#include "s3/aws/digest.h"

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

struct Digester {
    EVP_MD_CTX *context;
};

/* A digest of bytes in memory fails only if OpenSSL has no memory or lacks the algorithm. Nothing can be
 * signed then, and continuing would be wrong. */
static void expect(int result)
{
    if (result != 1)
        g_error("OpenSSL cannot compute a digest");
}

static const EVP_MD *algorithm(DigestKind kind)
{
    switch (kind) {
    case DIGEST_MD5: return EVP_md5();
    case DIGEST_SHA1: return EVP_sha1();
    case DIGEST_SHA256: break;
    }
    return EVP_sha256();
}

Digester *digester_new(DigestKind kind)
{
    Digester *digester = g_new0(Digester, 1);

    digester->context = EVP_MD_CTX_new();
    expect(digester->context != NULL && EVP_DigestInit_ex(digester->context, algorithm(kind), NULL) == 1);
    return digester;
}

void digester_add(Digester *digester, const void *data, gsize size_bytes)
{
    expect(EVP_DigestUpdate(digester->context, size_bytes > 0 ? data : "", size_bytes));
}

void digester_end(Digester *digester, guint8 *ret)
{
    expect(EVP_DigestFinal_ex(digester->context, ret, NULL));
}

void digester_free(Digester *digester)
{
    if (digester == NULL)
        return;
    EVP_MD_CTX_free(digester->context);
    g_free(digester);
}

static void digest(DigestKind kind, const void *data, gsize size_bytes, guint8 *ret)
{
    expect(EVP_Digest(size_bytes > 0 ? data : "", size_bytes, ret, NULL, algorithm(kind), NULL));
}

char *digest_sha256_hex(const void *data, gsize size_bytes)
{
    guint8 sha256[DIGEST_SHA256_BYTES];

    digest(DIGEST_SHA256, data, size_bytes, sha256);
    return digest_hex(sha256, sizeof sha256);
}

void digest_md5(const void *data, gsize size_bytes, guint8 ret_md5[DIGEST_MD5_BYTES])
{
    digest(DIGEST_MD5, data, size_bytes, ret_md5);
}

void digest_hmac_sha256(const void *key, gsize key_bytes, const char *text,
                        guint8 ret_mac[DIGEST_SHA256_BYTES])
{
    unsigned int length = 0;

    if (HMAC(EVP_sha256(), key, (int)key_bytes, (const guint8 *)text, strlen(text), ret_mac, &length) == NULL)
        g_error("OpenSSL cannot compute an HMAC");
}
