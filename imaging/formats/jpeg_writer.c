#include "imaging/formats/jpeg_writer.h"

#include <string.h>

void jpeg_write(JpegWriter *writer, const void *bytes, gsize size)
{
    if (writer->bytes != NULL)
        memcpy(writer->bytes + writer->size, bytes, size);
    writer->size += size;
}

void jpeg_write_bits(JpegWriter *writer, guint32 value, guint count)
{
    writer->bits = writer->bits << count | value;
    for (writer->n_bits += count; writer->n_bits >= 8; writer->n_bits -= 8) {
        const guint8 byte[] = {(guint8)(writer->bits >> (writer->n_bits - 8)), 0};

        jpeg_write(writer, byte, byte[0] == 0xff ? 2 : 1);
    }
}

void jpeg_write_padding(JpegWriter *writer)
{
    const guint count = (8 - writer->n_bits) % 8;

    jpeg_write_bits(writer, (1u << count) - 1, count);
}
