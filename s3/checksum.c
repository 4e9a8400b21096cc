#include "s3/checksum.h"

#include <string.h>

#include "s3/digest.h"

/* Both CRCs go through the bits from the lowest up, so their polynomials are written that way. */
#define CRC32_POLYNOMIAL  0xEDB88320u
#define CRC32C_POLYNOMIAL 0x82F63B78u

static const struct {
    const char *header;
    gsize size_bytes;
} checksums[] = {
    [CHECKSUM_NONE] = {NULL, 0},
    [CHECKSUM_CRC32] = {"x-amz-checksum-crc32", sizeof(guint32)},
    [CHECKSUM_CRC32C] = {"x-amz-checksum-crc32c", sizeof(guint32)},
    [CHECKSUM_SHA1] = {"x-amz-checksum-sha1", DIGEST_SHA1_BYTES},
    [CHECKSUM_SHA256] = {"x-amz-checksum-sha256", DIGEST_SHA256_BYTES},
};

const char *checksum_header(Checksum checksum)
{
    return checksums[checksum].header;
}

/* What each value of a byte does to a CRC. */
static void crc_table(guint32 polynomial, guint32 ret_table[256])
{
    for (guint32 byte = 0; byte < 256; byte++) {
        guint32 crc = byte;

        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
        ret_table[byte] = crc;
    }
}

static void crc(guint32 polynomial, const guint8 *data, gsize size_bytes, guint8 *ret_digest)
{
    guint32 table[256];
    guint32 state = 0xFFFFFFFFu;

    crc_table(polynomial, table);
    for (gsize i = 0; i < size_bytes; i++)
        state = (state >> 8) ^ table[(state ^ data[i]) & 0xFF];
    state = GUINT32_TO_BE(~state);
    memcpy(ret_digest, &state, sizeof state);
}

char *checksum_compute(Checksum checksum, const void *data, gsize size_bytes)
{
    guint8 digest[DIGEST_SHA256_BYTES]; /* the longest */

    switch (checksum) {
    case CHECKSUM_NONE: break;
    case CHECKSUM_CRC32: crc(CRC32_POLYNOMIAL, data, size_bytes, digest); break;
    case CHECKSUM_CRC32C: crc(CRC32C_POLYNOMIAL, data, size_bytes, digest); break;
    case CHECKSUM_SHA1: digest_sha1(data, size_bytes, digest); break;
    case CHECKSUM_SHA256: digest_sha256(data, size_bytes, digest); break;
    }
    return g_base64_encode(digest, checksums[checksum].size_bytes);
}

gboolean checksum_is_wellformed(Checksum checksum, const char *text)
{
    gsize size_bytes = 0;
    g_autofree guint8 *digest = g_base64_decode(text, &size_bytes);
    g_autofree char *again = g_base64_encode(digest, size_bytes);

    return size_bytes == checksums[checksum].size_bytes && strcmp(text, again) == 0;
}
