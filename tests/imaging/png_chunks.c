#include "png_chunks.h"

#include <string.h>

/* Sizes of the parts before and behind the data of a chunk. */
#define SIGNATURE_BYTES 8u
#define HEADER_BYTES    8u
#define CRC_BYTES       4u

/* Sizes of the first and the last chunk. */
#define IHDR_BYTES 25u
#define IEND_BYTES 12u

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

GBytes *png_chunks_insert(GBytes *png, const char *type, const void *data, guint32 size, gboolean at_end)
{
    gsize old_size;
    const guint8 *old = g_bytes_get_data(png, &old_size);
    const gsize at = at_end ? old_size - IEND_BYTES : SIGNATURE_BYTES + IHDR_BYTES;
    const guint32 length = GUINT32_TO_BE(size);
    const guint32 nothing = 0;
    GByteArray *out = g_byte_array_new();

    g_byte_array_append(out, old, (guint)at);
    g_byte_array_append(out, (const guint8 *)&length, sizeof length);
    g_byte_array_append(out, (const guint8 *)type, 4);
    g_byte_array_append(out, data, size);
    g_byte_array_append(out, (const guint8 *)&nothing, sizeof nothing);
    g_byte_array_append(out, old + at, (guint)(old_size - at));
    png_chunks_repair(out->data, out->len);
    return g_byte_array_free_to_bytes(out);
}
