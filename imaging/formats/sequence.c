#include "imaging/formats/sequence.h"

#include <string.h>

#define PNG_SIGNATURE_BYTES 8u

/* Length, type and checksum. */
#define CHUNK_BYTES 12u

/* The most chunks before the pixels. A file has a handful, and dozens if it has texts. */
#define MAX_CHUNKS 1000u

static guint32 read_u32(const guint8 *at)
{
    return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

static Sequence find_in_png(const guint8 *bytes, gsize size)
{
    const guint32 actl_bytes = 8;
    gsize at = PNG_SIGNATURE_BYTES;

    for (guint i = 0; i < MAX_CHUNKS && at < size && size - at >= CHUNK_BYTES; i++) {
        const guint32 length = read_u32(bytes + at);

        if (length > size - at - CHUNK_BYTES || memcmp(bytes + at + 4, "IDAT", 4) == 0)
            break;
        if (length == actl_bytes && memcmp(bytes + at + 4, "acTL", 4) == 0) {
            const guint32 n_frames = read_u32(bytes + at + 8);

            return (Sequence){.is_animation = n_frames > 1, .n_frames = n_frames};
        }
        at += length + CHUNK_BYTES;
    }
    return (Sequence){FALSE, 0};
}

static Sequence find_in_heif(const guint8 *bytes, gsize size)
{
    static const char brands[][5] = {"avis", "msf1", "hevc", "hevx"};
    Sequence sequence = {FALSE, 0};

    for (guint i = 0; size >= 12 && i < G_N_ELEMENTS(brands); i++)
        sequence.is_animation |= memcmp(bytes + 4, "ftyp", 4) == 0 && memcmp(bytes + 8, brands[i], 4) == 0;
    return sequence;
}

Sequence sequence_find(ImageFormat format, const void *bytes, gsize size)
{
    if (format == FORMAT_PNG)
        return find_in_png(bytes, size);
    if (format == FORMAT_AVIF || format == FORMAT_HEIC)
        return find_in_heif(bytes, size);
    return (Sequence){FALSE, 0};
}
