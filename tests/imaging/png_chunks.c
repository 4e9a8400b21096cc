#include "png_chunks.h"

#include <string.h>

/* Before and behind the data of a chunk. */
#define SIGNATURE_BYTES 8u
#define HEADER_BYTES    8u
#define CRC_BYTES       4u

static guint32 crc32_of(const guint8 *data, gsize size)
{
    guint32 crc = 0xffffffffu;

    for (gsize i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

void png_chunks_repair(guint8 *data, gsize size)
{
    gsize at = SIGNATURE_BYTES;

    while (at + HEADER_BYTES + CRC_BYTES <= size) {
        guint32 length, crc;

        memcpy(&length, data + at, sizeof length);
        length = GUINT32_FROM_BE(length);
        if (length > size - at - HEADER_BYTES - CRC_BYTES)
            return;
        crc = GUINT32_TO_BE(crc32_of(data + at + 4, 4 + (gsize)length));
        at += HEADER_BYTES + length;
        memcpy(data + at, &crc, sizeof crc);
        at += CRC_BYTES;
    }
}
