/* The digests of the S3 protocol, by OpenSSL's EVP. Pure. */
#pragma once

#include <glib.h>

#define DIGEST_SHA256_BYTES 32u
#define DIGEST_SHA1_BYTES   20u
#define DIGEST_MD5_BYTES    16u

/* In lower-case hex. data may be NULL when size_bytes is 0. Owned by the caller. */
char *digest_sha256_hex(const void *data, gsize size_bytes);

/* A digest that is computed piece by piece, for bodies that are too large to have in memory at once (FIPS
 * 180-4, RFC 1321). */
typedef enum { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 } DigestKind;
typedef struct Digester Digester;

Digester *digester_new(DigestKind kind);
void digester_add(Digester *digester, const void *data, gsize size_bytes);

/* The digest of all data added. ret has the size of the kind's digest. May be called once. */
void digester_end(Digester *digester, guint8 *ret);
void digester_free(Digester *digester);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digester, digester_free)

/* RFC 2104 with SHA-256. */
void digest_hmac_sha256(const void *key, gsize key_bytes, const char *text,
                        guint8 ret_mac[DIGEST_SHA256_BYTES]);

/* RFC 1321: the digest of Content-MD5 (in base64) and of most ETags (in hex). */
void digest_md5(const void *data, gsize size_bytes, guint8 ret_md5[DIGEST_MD5_BYTES]);

/* In lower case. Owned by the caller. */
char *digest_hex(const guint8 *data, gsize size_bytes);
