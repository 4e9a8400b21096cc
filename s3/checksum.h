/* The additional checksums of S3 uploads: the values of the x-amz-checksum-* headers. Pure. (AWS, "Checking
 * object integrity in Amazon S3".) */
#pragma once

#include <glib.h>

typedef enum {
    CHECKSUM_NONE,
    CHECKSUM_CRC32,  /* ISO 3309, as in zlib */
    CHECKSUM_CRC32C, /* Castagnoli, as in iSCSI (RFC 3720, B.4) */
    CHECKSUM_SHA1,
    CHECKSUM_SHA256,
} Checksum;

#define CHECKSUM_LAST CHECKSUM_SHA256

/* The header's name, such as "x-amz-checksum-crc32c"; NULL for CHECKSUM_NONE. */
const char *checksum_header(Checksum checksum);

/* The header's value: base64 of the digest, the most significant byte first; "" for CHECKSUM_NONE. data may
 * be NULL when size_bytes is 0. Owned by the caller. */
char *checksum_compute(Checksum checksum, const void *data, gsize size_bytes);

/* The same computed piece by piece, for bodies that are too large to have in memory at once. */
typedef struct Checksummer Checksummer;

Checksummer *checksummer_new(Checksum checksum);
void checksummer_add(Checksummer *summer, const void *data, gsize size_bytes);

/* The checksum of all data added, as checksum_compute() returns it. May be called once. */
char *checksummer_end(Checksummer *summer);
void checksummer_free(Checksummer *summer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Checksummer, checksummer_free)

/* Whether text has the form of such a value. For processes that send a value which another process has
 * computed. */
gboolean checksum_is_wellformed(Checksum checksum, const char *text);
