/* Bombs that announce few pixels, and have very many or endless texts, profiles, chunks or directories. */
#include <string.h>

#include "bombs.h"
#include "samples.h"

/* Size of a compressed text or profile when decompressed: more than any memory limit in the tests. */
#define UNFOLDED_BYTES (512u << 20)

#define MANY_CHUNKS    1000000u
#define MANY_IFDS      500000u
#define MANY_COMMENTS  200000u
#define SHARED_SIDE    4000u

static void append(GByteArray *bytes, const void *data, gsize size)
{
    g_byte_array_append(bytes, data, (guint)size);
}

static void append_be(GByteArray *bytes, guint n_bytes, guint64 value)
{
    while (n_bytes-- > 0) {
        const guint8 byte = (guint8)(value >> 8 * n_bytes);

        append(bytes, &byte, 1);
    }
}

static void append_le(GByteArray *bytes, guint n_bytes, guint64 value)
{
    for (guint i = 0; i < n_bytes; i++, value >>= 8) {
        const guint8 byte = (guint8)value;

        append(bytes, &byte, 1);
    }
}

/* Deflate */

typedef struct {
    GByteArray *bytes;
    guint32 pending;
    guint n_pending;
} Bits;

/* Writes the lowest bit first. */
static void put_bits(Bits *bits, guint n, guint32 value)
{
    bits->pending |= value << bits->n_pending;
    for (bits->n_pending += n; bits->n_pending >= 8; bits->n_pending -= 8, bits->pending >>= 8)
        append_le(bits->bytes, 1, bits->pending & 0xff);
}

/* Writes a zlib stream (RFC 1950, 1951) of `size` zeros: one literal, then copies of 258 bytes in 13 bits
 * each. */
static void append_zeros(GByteArray *bytes, guint32 size)
{
    Bits bits = {bytes, 0, 0};

    append(bytes, "\x78\xda", 2);
    put_bits(&bits, 3, 3); /* the last block, with the fixed codes */
    put_bits(&bits, 8, 0x0c);
    for (guint32 done = 1; done + 258 <= size; done += 258) {
        put_bits(&bits, 8, 0xa3); /* length 258 */
        put_bits(&bits, 5, 0);    /* distance 1 */
    }
    for (guint32 rest = (size - 1) % 258; rest > 0; rest--)
        put_bits(&bits, 8, 0x0c);
    put_bits(&bits, 7, 0);
    put_bits(&bits, 7, 0); /* pads to a whole byte */
    append_be(bytes, 2, size % 65521);
    append_be(bytes, 2, 1);
}

/* PNG */

static guint32 crc_of(const guint8 *data, gsize size)
{
    static guint32 table[256];
    guint32 crc = G_MAXUINT32;

    for (guint32 i = 0; table[255] == 0 && i < 256; i++) {
        guint32 value = i;

        for (int bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? 0xedb88320u ^ value >> 1 : value >> 1;
        table[i] = value;
    }
    for (gsize i = 0; i < size; i++)
        crc = table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
    return ~crc;
}

static void append_chunk(GByteArray *png, const char *type, const void *data, gsize size)
{
    const guint start = png->len;

    append_be(png, 4, size);
    append(png, type, 4);
    append(png, data, size);
    append_be(png, 4, crc_of(png->data + start + 4, size + 4));
}

static GByteArray *png_begin(guint side)
{
    GByteArray *png = g_byte_array_new();
    g_autoptr(GByteArray) header = g_byte_array_new();

    append_be(header, 4, side);
    append_be(header, 4, side);
    append(header, "\x08\x00\x00\x00\x00", 5); /* grey */
    append(png, "\x89PNG\r\n\x1a\n", 8);
    append_chunk(png, "IHDR", header->data, header->len);
    return png;
}

static GBytes *png_end(GByteArray *png, guint side)
{
    g_autoptr(GByteArray) pixels = g_byte_array_new();

    append_zeros(pixels, side * (side + 1));
    append_chunk(png, "IDAT", pixels->data, pixels->len);
    append_chunk(png, "IEND", NULL, 0);
    return g_byte_array_free_to_bytes(png);
}

/* head: the part of the chunk before the compressed data. */
static GBytes *png_unfolding(const char *type, const char *head, gsize head_bytes)
{
    GByteArray *png = png_begin(64);
    g_autoptr(GByteArray) chunk = g_byte_array_new();

    append(chunk, head, head_bytes);
    append_zeros(chunk, UNFOLDED_BYTES);
    append_chunk(png, type, chunk->data, chunk->len);
    return png_end(png, 64);
}

static GBytes *png_text(void)
{
    return png_unfolding("zTXt", "k\0\0", 3);
}

static GBytes *png_international_text(void)
{
    return png_unfolding("iTXt", "XML:com.adobe.xmp\0\1\0\0\0", 22);
}

static GBytes *png_profile(void)
{
    return png_unfolding("iCCP", "k\0\0", 3);
}

static GBytes *png_chunks_of(const char *type, const char *data, gsize size)
{
    GByteArray *png = png_begin(64);

    for (guint i = 0; i < MANY_CHUNKS; i++)
        append_chunk(png, type, data, size);
    return png_end(png, 64);
}

static GBytes *png_unknown_chunks(void)
{
    return png_chunks_of("teSt", NULL, 0);
}

static GBytes *png_texts(void)
{
    return png_chunks_of("tEXt", "k\0v", 3);
}

static GBytes *png_empty_pixels(void)
{
    return png_chunks_of("IDAT", NULL, 0);
}

/* Announces an animation of a million frames, but contains none of them. */
static GBytes *png_frames(void)
{
    GByteArray *png = png_begin(64);

    append_chunk(png, "acTL", "\0\x0f\x42\x40\0\0\0\0", 8);
    for (guint i = 0; i < MANY_CHUNKS / 2; i++)
        append_chunk(png, "fcTL", "\0\0\0\0\0\0\0\x40\0\0\0\x40\0\0\0\0\0\0\0\0\0\1\0\1\0\0", 26);
    return png_end(png, 64);
}

/* TIFF, little-endian */

typedef struct {
    guint tag, type, count, value;
} Entry;

enum { SHORT = 3, LONG = 4 };

static void append_ifd(GByteArray *tiff, const Entry *entries, guint n, guint next)
{
    append_le(tiff, 2, n);
    for (guint i = 0; i < n; i++) {
        append_le(tiff, 2, entries[i].tag);
        append_le(tiff, 2, entries[i].type);
        append_le(tiff, 4, entries[i].count);
        append_le(tiff, 4, entries[i].value);
    }
    append_le(tiff, 4, next);
}

/* The tags of a grey picture of side x side pixels in one strip at offset. */
#define PICTURE(side, offset)                                                                                \
    {256, LONG, 1, side}, {257, LONG, 1, side}, {258, SHORT, 1, 8}, {259, SHORT, 1, 1}, {262, SHORT, 1, 1},  \
        {273, LONG, 1, offset}, {277, SHORT, 1, 1}, {278, LONG, 1, side},                                    \
    {                                                                                                        \
        279, LONG, 1, (side) * (side)                                                                        \
    }

static GByteArray *tiff_begin(guint offset)
{
    GByteArray *tiff = g_byte_array_new();

    append(tiff, "II*\0", 4);
    append_le(tiff, 4, offset);
    return tiff;
}

/* A directory that is its own successor. */
static GBytes *tiff_circle(void)
{
    const Entry entries[] = {PICTURE(2u, 8u)};
    GByteArray *tiff = tiff_begin(8);

    append_ifd(tiff, entries, G_N_ELEMENTS(entries), 8);
    return g_byte_array_free_to_bytes(tiff);
}

/* Three directories that form a circle. */
static GBytes *tiff_circle_of_three(void)
{
    const Entry entries[] = {PICTURE(2u, 8u)};
    const guint size = 2 + 12 * (guint)G_N_ELEMENTS(entries) + 4;
    GByteArray *tiff = tiff_begin(8);

    for (guint i = 0; i < 3; i++)
        append_ifd(tiff, entries, G_N_ELEMENTS(entries), 8 + (i + 1) % 3 * size);
    return g_byte_array_free_to_bytes(tiff);
}

/* A directory that is its own subdirectory, EXIF directory and successor. */
static GBytes *tiff_own_subdirectory(void)
{
    const Entry entries[] = {PICTURE(2u, 8u), {330, LONG, 1, 8}, {34665, LONG, 1, 8}};
    GByteArray *tiff = tiff_begin(8);

    append_ifd(tiff, entries, G_N_ELEMENTS(entries), 0);
    return g_byte_array_free_to_bytes(tiff);
}

static GBytes *tiff_directories(void)
{
    const Entry first[] = {PICTURE(2u, 8u)};
    GByteArray *tiff = tiff_begin(8);

    append_ifd(tiff, first, G_N_ELEMENTS(first), tiff->len + 2 + 12 * (guint)G_N_ELEMENTS(first) + 4);
    for (guint i = 1; i < MANY_IFDS; i++)
        append_ifd(tiff, NULL, 0, i + 1 < MANY_IFDS ? tiff->len + 6 : 0);
    return g_byte_array_free_to_bytes(tiff);
}

/* One strip for each of 4000 rows, all with the same bytes: a file of 36 kB has 16 million pixels. */
static GBytes *tiff_shared_strips(void)
{
    const guint n = 9, data = 8 + 2 + 12 * n + 4, lists = data + SHARED_SIDE;
    const Entry entries[] = {{256, LONG, 1, SHARED_SIDE},
                             {257, LONG, 1, SHARED_SIDE},
                             {258, SHORT, 1, 8},
                             {259, SHORT, 1, 1},
                             {262, SHORT, 1, 1},
                             {273, LONG, SHARED_SIDE, lists},
                             {277, SHORT, 1, 1},
                             {278, LONG, 1, 1},
                             {279, LONG, SHARED_SIDE, lists + 4 * SHARED_SIDE}};
    g_autofree guint8 *row = g_malloc0(SHARED_SIDE);
    GByteArray *tiff = tiff_begin(8);

    append_ifd(tiff, entries, n, 0);
    append(tiff, row, SHARED_SIDE);
    for (guint i = 0; i < SHARED_SIDE; i++)
        append_le(tiff, 4, data);
    for (guint i = 0; i < SHARED_SIDE; i++)
        append_le(tiff, 4, SHARED_SIDE);
    return g_byte_array_free_to_bytes(tiff);
}

/* One entry for each tag, with the largest number of values. */
static GBytes *tiff_values(void)
{
    GByteArray *tiff = tiff_begin(8);

    append_le(tiff, 2, 65535);
    for (guint tag = 0; tag < 65535; tag++) {
        append_le(tiff, 2, tag);
        append_le(tiff, 2, LONG);
        append_le(tiff, 4, G_MAXUINT32);
        append_le(tiff, 4, 8);
    }
    append_le(tiff, 4, 8);
    return g_byte_array_free_to_bytes(tiff);
}

/* JPEG */

static void append_segment(GByteArray *jpeg, guint marker, const void *data, gsize size)
{
    append_be(jpeg, 2, 0xff00 | marker);
    append_be(jpeg, 2, size + 2);
    append(jpeg, data, size);
}

/* A small JPEG with these segments behind its first marker. Takes ownership of segments. */
static GBytes *jpeg_with(GByteArray *segments)
{
    g_autoptr(GBytes) plain = sample_save(sample_noise(16, 16, 1), ".jpg[strip]");
    const guint8 *data = g_bytes_get_data(plain, NULL);

    g_byte_array_prepend(segments, data, 2);
    append(segments, data + 2, g_bytes_get_size(plain) - 2);
    return g_byte_array_free_to_bytes(segments);
}

/* EXIF with a directory that is its own EXIF, GPS and interoperability directory, thumbnail and successor. */
static void append_recursive_exif(GByteArray *jpeg)
{
    const Entry entries[] = {
        {34665, LONG, 1, 8}, {34853, LONG, 1, 8}, {40965, LONG, 1, 8}, {330, LONG, 1, 8}};
    g_autoptr(GByteArray) exif = g_byte_array_new();

    append(exif, "Exif\0\0II*\0\x08\0\0\0", 14);
    append_ifd(exif, entries, G_N_ELEMENTS(entries), 8);
    append_segment(jpeg, 0xe1, exif->data, exif->len);
}

static GBytes *jpeg_recursive_exif(void)
{
    GByteArray *segments = g_byte_array_new();

    append_recursive_exif(segments);
    return jpeg_with(segments);
}

/* Five thousand entries, each of which announces four thousand million values. */
static GBytes *jpeg_exif_values(void)
{
    GByteArray *segments = g_byte_array_new();
    g_autoptr(GByteArray) exif = g_byte_array_new();

    append(exif, "Exif\0\0II*\0\x08\0\0\0", 14);
    append_le(exif, 2, 5000);
    for (guint tag = 0; tag < 5000; tag++) {
        append_le(exif, 2, 0x8000 + tag);
        append_le(exif, 2, 1 + tag % 12);
        append_le(exif, 4, G_MAXUINT32);
        append_le(exif, 4, 0xfffffff0u);
    }
    append_segment(segments, 0xe1, exif->data, exif->len);
    return jpeg_with(segments);
}

static GBytes *jpeg_comments(void)
{
    GByteArray *segments = g_byte_array_new();

    for (guint i = 0; i < MANY_COMMENTS; i++)
        append_segment(segments, 0xfe, "c", 1);
    return jpeg_with(segments);
}

static GBytes *jpeg_exifs(void)
{
    GByteArray *segments = g_byte_array_new();

    for (guint i = 0; i < 10000; i++)
        append_recursive_exif(segments);
    return jpeg_with(segments);
}

/* The largest number of parts of a profile: 16 MB that are no profile. */
static GBytes *jpeg_profile(void)
{
    GByteArray *segments = g_byte_array_new();
    g_autofree guint8 *part = g_malloc0(65533);

    memcpy(part, "ICC_PROFILE", 12);
    for (guint i = 1; i <= 255; i++) {
        part[12] = (guint8)i;
        part[13] = 255;
        append_segment(segments, 0xe2, part, 65533);
    }
    return jpeg_with(segments);
}

/* GIF: very many extensions before the first frame. */
static GBytes *gif_comments(void)
{
    GByteArray *gif = g_byte_array_new();

    append(gif, "GIF89a\2\0\2\0\x80\0\0\0\0\0\xff\xff\xff", 19);
    for (guint i = 0; i < MANY_CHUNKS; i++)
        append(gif, "!\xfe\1c\0", 5);
    append(gif, ",\0\0\0\0\2\0\2\0\0\2\3\x84\x51\5\0;", 17);
    return g_byte_array_free_to_bytes(gif);
}

/* WebP: very many unknown chunks, and EXIF that contains itself. */
static GBytes *webp_chunks(void)
{
    g_autoptr(GBytes) plain = sample_save(sample_noise(16, 16, 1), ".webp[strip]");
    GByteArray *webp = g_byte_array_new();
    guint8 *size;

    append(webp, g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
    for (guint i = 0; i < MANY_CHUNKS / 2; i++)
        append(webp, i % 2 == 0 ? "EXIF\0\0\0\0" : "teSt\0\0\0\0", 8);
    size = webp->data + 4;
    for (guint i = 0; i < 4; i++)
        size[i] = (guint8)((webp->len - 8) >> 8 * i);
    return g_byte_array_free_to_bytes(webp);
}

const Bomb bombs_of_structure[] = {
    {"png, text that unfolds", png_text},
    {"png, XMP that unfolds", png_international_text},
    {"png, profile that unfolds", png_profile},
    {"png, a million chunks that nobody knows", png_unknown_chunks},
    {"png, a million texts", png_texts},
    {"png, a million chunks of no pixels", png_empty_pixels},
    {"png, half a million frames that are not there", png_frames},
    {"tiff, a directory that follows itself", tiff_circle},
    {"tiff, directories in a circle", tiff_circle_of_three},
    {"tiff, its own subdirectory", tiff_own_subdirectory},
    {"tiff, half a million directories", tiff_directories},
    {"tiff, strips that are one", tiff_shared_strips},
    {"tiff, all tags with all values", tiff_values},
    {"jpeg, recursive EXIF", jpeg_recursive_exif},
    {"jpeg, EXIF of endless values", jpeg_exif_values},
    {"jpeg, 200,000 comments", jpeg_comments},
    {"jpeg, 10,000 EXIF", jpeg_exifs},
    {"jpeg, a profile of 16 MB", jpeg_profile},
    {"gif, a million comments", gif_comments},
    {"webp, half a million chunks", webp_chunks},
    {NULL, NULL},
};
