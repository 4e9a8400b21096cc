#include "imaging/formats/webp.h"

#include <string.h>

#define RIFF_HEADER_BYTES  12u
#define CHUNK_HEADER_BYTES 8u
#define VP8X_BYTES         10u

/* Flags of the extended header, VP8X. */
#define FLAG_PROFILE    0x20u           /* ICCP */
#define FLAGS_METADATA  (0x08u | 0x04u) /* EXIF, XMP */
#define FLAGS_NEED_VP8X (0x10u | 0x02u) /* alpha, animation */

static guint32 read_u32(const guint8 *at)
{
    guint32 value;

    memcpy(&value, at, sizeof value);
    return GUINT32_FROM_LE(value);
}

static gboolean chunk_is_one_of(const guint8 *chunk, const char *const *names)
{
    for (; *names != NULL; names++)
        if (memcmp(chunk, *names, 4) == 0)
            return TRUE;
    return FALSE;
}

/* The length of the chunk at offset at, with its header and padding; 0 if it is incomplete. */
static gsize chunk_length(const guint8 *bytes, gsize size, gsize at)
{
    gsize length;

    if (size - at < CHUNK_HEADER_BYTES)
        return 0;
    length = CHUNK_HEADER_BYTES + (((gsize)read_u32(bytes + at + 4) + 1) & ~(gsize)1);
    return length <= size - at ? length : 0;
}

static gboolean chunks_add_up(const guint8 *bytes, gsize size)
{
    for (gsize at = RIFF_HEADER_BYTES; at < size;) {
        gsize length = chunk_length(bytes, size, at);

        if (length == 0)
            return FALSE;
        at += length;
    }
    return TRUE;
}

/* Removes the chunks with these names. Returns the new size. */
static gsize chunks_drop(guint8 *bytes, gsize size, const char *const *names)
{
    gsize kept = RIFF_HEADER_BYTES;

    for (gsize at = RIFF_HEADER_BYTES; at < size;) {
        gsize length = chunk_length(bytes, size, at);

        if (!chunk_is_one_of(bytes + at, names)) {
            memmove(bytes + kept, bytes + at, length);
            kept += length;
        }
        at += length;
    }
    return kept;
}

gsize webp_strip(guint8 *bytes, gsize size, gboolean keep_profile)
{
    const guint8 unwanted = keep_profile ? FLAGS_METADATA : FLAGS_METADATA | FLAG_PROFILE;
    const char *names[5] = {"EXIF", "XMP "};
    guint n_names = 2;
    guint8 *flags;
    guint32 riff_size;

    if (size < RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES + VP8X_BYTES || memcmp(bytes, "RIFF", 4) != 0 ||
        memcmp(bytes + 8, "WEBPVP8X", 8) != 0 || read_u32(bytes + RIFF_HEADER_BYTES + 4) < VP8X_BYTES ||
        !chunks_add_up(bytes, size))
        return size;
    flags = bytes + RIFF_HEADER_BYTES + CHUNK_HEADER_BYTES;
    if ((*flags & unwanted) == 0)
        return size;
    *flags &= (guint8)~unwanted;
    if (!keep_profile)
        names[n_names++] = "ICCP";
    if ((*flags & (FLAGS_NEED_VP8X | FLAG_PROFILE)) == 0)
        names[n_names++] = "VP8X";
    size = chunks_drop(bytes, size, names);
    riff_size = GUINT32_TO_LE((guint32)(size - 8));
    memcpy(bytes + 4, &riff_size, sizeof riff_size);
    return size;
}

/* A frame of an animation is a chunk that begins with position, size and duration, and contains further
 * chunks. The first chunk of pixels decides. */
gboolean webp_is_lossless(const void *bytes, gsize size)
{
    const gsize frame_bytes = CHUNK_HEADER_BYTES + 16;
    const guint8 *chunks = bytes;
    gsize at = RIFF_HEADER_BYTES;

    while (at < size && size - at >= CHUNK_HEADER_BYTES) {
        const guint8 *chunk = chunks + at;
        const gsize length = chunk_length(chunks, size, at);

        if (memcmp(chunk, "VP8L", 4) == 0)
            return TRUE;
        if (memcmp(chunk, "VP8 ", 4) == 0 || length == 0)
            return FALSE;
        if (memcmp(chunk, "ANMF", 4) == 0 && length >= frame_bytes) {
            size = at + length;
            at += frame_bytes;
        } else {
            at += length;
        }
    }
    return FALSE;
}

guint64 webp_announced_bytes(const void *bytes, gsize size)
{
    const guint8 *header = bytes;

    if (size < RIFF_HEADER_BYTES || memcmp(header, "RIFF", 4) != 0 || memcmp(header + 8, "WEBP", 4) != 0)
        return 0;
    return (guint64)read_u32(header + 4) + CHUNK_HEADER_BYTES;
}
