#include "imaging/formats/png_tags.h"

#include <math.h>
#include <string.h>

#define SIGNATURE_BYTES 8u

/* Length, type and checksum. */
#define CHUNK_BYTES 12u

/* The most chunks before the pixels. A file has a handful, and dozens if it has texts. */
#define MAX_CHUNKS 1000u

/* gAMA and cHRM are integers; this is 1.0. */
#define UNIT 100000.0

/* The tolerance is that of libpng (PNG_GAMMA_THRESHOLD) and of Chromium: smaller deviations are not
 * corrected. */
#define SRGB_GAMMA  2.2
#define SAME_GAMMA  0.05

#define LEAST_GAMMA 0.1
#define MOST_GAMMA  10.0

#define N_CHRM      8u

/* The first usable chunk of each kind. */
typedef struct {
    const guint8 *cicp;
    const guint8 *srgb;
    const guint8 *gama;
    const guint8 *chrm;
} Chunks;

static guint32 read_be(const guint8 *at)
{
    return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

/* PNG, 5.4 and annex D. */
static guint32 crc_of(const guint8 *at, gsize length)
{
    guint32 crc = 0xffffffffu;

    while (length-- > 0) {
        crc ^= *at++;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return ~crc;
}

/* Stores the chunk's data if the chunk has that type and length, is intact, and is the first of its kind. */
static void take(const guint8 *chunk, guint32 length, const char *type, guint32 wanted, const guint8 **data)
{
    if (*data == NULL && length == wanted && memcmp(chunk + 4, type, 4) == 0 &&
        crc_of(chunk + 4, 4 + length) == read_be(chunk + 8 + length))
        *data = chunk + 8;
}

static Chunks find_chunks(const guint8 *bytes, gsize size)
{
    Chunks chunks = {NULL, NULL, NULL, NULL};
    gsize at = SIGNATURE_BYTES;

    for (guint i = 0; i < MAX_CHUNKS && at <= size && size - at >= CHUNK_BYTES; i++) {
        const guint8 *chunk = bytes + at;
        const guint32 length = read_be(chunk);

        if (length > size - at - CHUNK_BYTES || memcmp(chunk + 4, "IDAT", 4) == 0)
            break;
        take(chunk, length, "cICP", 4, &chunks.cicp);
        take(chunk, length, "sRGB", 1, &chunks.srgb);
        take(chunk, length, "gAMA", 4, &chunks.gama);
        take(chunk, length, "cHRM", 4 * N_CHRM, &chunks.chrm);
        at += CHUNK_BYTES + length;
    }
    return chunks;
}

static gboolean tags_of_gama(const guint8 *gama, const guint8 *chrm, ColourTags *tags)
{
    const guint32 value = read_be(gama);
    double xy[N_CHRM];

    if (value < UNIT / MOST_GAMMA || value > UNIT / LEAST_GAMMA)
        return FALSE;
    tags->transfer = TRANSFER_GAMMA;
    tags->gamma = UNIT / value;
    if (chrm == NULL)
        return fabs(value / UNIT * SRGB_GAMMA - 1.0) > SAME_GAMMA;
    for (guint i = 0; i < N_CHRM; i++)
        xy[i] = (gint32)read_be(chrm + 4 * i) / UNIT;
    tags->white = (Chromaticity){xy[0], xy[1]};
    for (guint i = 0; i < 3; i++)
        tags->primaries[i] = (Chromaticity){xy[2 + 2 * i], xy[3 + 2 * i]};
    return colour_tags_are_sane(tags);
}

gboolean png_tags_read(const void *bytes, gsize size, gboolean has_profile, ColourTags *ret_tags)
{
    const Chunks chunks = find_chunks(bytes, size);
    ColourTags tags = colour_tags_srgb;
    /* PNG holds only full-range RGB: cICP with other codes is ignored, like unknown codes. */
    gboolean found = chunks.cicp != NULL && colour_tags_set_codes(&tags, chunks.cicp);

    if (!found && !has_profile && chunks.srgb == NULL && chunks.gama != NULL) {
        tags = colour_tags_srgb;
        found = tags_of_gama(chunks.gama, chunks.chrm, &tags);
    }
    if (found)
        *ret_tags = tags;
    return found;
}
