#include "s3/checksum.h"

#include <string.h>

#include "s3/aws/digest.h"

/* Both CRCs process the lowest bit first, so their polynomials are written with the bits reversed. */
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

/* Fills the table of the CRC's change for each value of a byte. */
static void crc_table(guint32 polynomial, guint32 ret_table[256])
{
    for (guint32 byte = 0; byte < 256; byte++) {
        guint32 crc = byte;

        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
        ret_table[byte] = crc;
    }
}

struct Checksummer {
    Checksum checksum;
    Digester *digester; /* or NULL for a CRC and CHECKSUM_NONE */
    guint32 crc;
    guint32 table[256];
};

Checksummer *checksummer_new(Checksum checksum)
{
    Checksummer *summer = g_new0(Checksummer, 1);

    summer->checksum = checksum;
    summer->crc = 0xFFFFFFFFu;
    switch (checksum) {
    case CHECKSUM_NONE: break;
    case CHECKSUM_CRC32: crc_table(CRC32_POLYNOMIAL, summer->table); break;
    case CHECKSUM_CRC32C: crc_table(CRC32C_POLYNOMIAL, summer->table); break;
    case CHECKSUM_SHA1: summer->digester = digester_new(DIGEST_SHA1); break;
    case CHECKSUM_SHA256: summer->digester = digester_new(DIGEST_SHA256); break;
    }
    return summer;
}

void checksummer_add(Checksummer *summer, const void *data, gsize size_bytes)
{
    const guint8 *bytes = data;
    guint32 crc = summer->crc;

    if (summer->digester != NULL) {
        digester_add(summer->digester, data, size_bytes);
        return;
    }
    if (summer->checksum == CHECKSUM_NONE)
        return;
    for (gsize i = 0; i < size_bytes; i++)
        crc = (crc >> 8) ^ summer->table[(crc ^ bytes[i]) & 0xFF];
    summer->crc = crc;
}

char *checksummer_end(Checksummer *summer)
{
    guint8 digest[DIGEST_SHA256_BYTES]; /* the longest of all */
    const guint32 crc = GUINT32_TO_BE(~summer->crc);

    if (summer->digester != NULL)
        digester_end(summer->digester, digest);
    else
        memcpy(digest, &crc, sizeof crc);
    return g_base64_encode(digest, checksums[summer->checksum].size_bytes);
}

void checksummer_free(Checksummer *summer)
{
    if (summer == NULL)
        return;
    digester_free(summer->digester);
    g_free(summer);
}

char *checksum_compute(Checksum checksum, const void *data, gsize size_bytes)
{
    g_autoptr(Checksummer) summer = checksummer_new(checksum);

    checksummer_add(summer, data, size_bytes);
    return checksummer_end(summer);
}

gboolean checksum_is_wellformed(Checksum checksum, const char *text)
{
    gsize size_bytes = 0;
    g_autofree guint8 *digest = g_base64_decode(text, &size_bytes);
    g_autofree char *again = g_base64_encode(digest, size_bytes);

    return size_bytes == checksums[checksum].size_bytes && strcmp(text, again) == 0;
}
