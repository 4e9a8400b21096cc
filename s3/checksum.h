/* The additional checksums of S3's uploads: what x-amz-checksum-* says of a body. Pure.
 * (AWS, "Checking object integrity in Amazon S3".) */
#pragma once

#include <glib.h>

typedef enum {
    CHECKSUM_NONE,
    CHECKSUM_CRC32,  /* of ISO 3309, as in zlib */
    CHECKSUM_CRC32C, /* Castagnoli's, as in iSCSI (RFC 3720, B.4) */
    CHECKSUM_SHA1,
    CHECKSUM_SHA256,
} Checksum;

#define CHECKSUM_LAST CHECKSUM_SHA256

/* "x-amz-checksum-crc32c"; NULL for CHECKSUM_NONE. */
const char *checksum_header(Checksum checksum);

/* The header's value: base64 of the digest, the most significant byte first; "" for CHECKSUM_NONE. data may
 * be NULL when size_bytes is 0. Owned by the caller. */
char *checksum_compute(Checksum checksum, const void *data, gsize size_bytes);

/* The same piece by piece, for bodies that are too large for one go. */
typedef struct Checksummer Checksummer;

Checksummer *checksummer_new(Checksum checksum);
void checksummer_add(Checksummer *summer, const void *data, gsize size_bytes);

/* Of all that was added, as checksum_compute(). Once. */
char *checksummer_end(Checksummer *summer);
void checksummer_free(Checksummer *summer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Checksummer, checksummer_free)

/* Whether text can be such a value: for who sends one that another process has computed. */
gboolean checksum_is_wellformed(Checksum checksum, const char *text);
