#include "bombs.h"

#include <string.h>

#include "png_chunks.h"
#include "samples.h"

/* Sides in pixels that the headers announce. The first is the longest that libjpeg reads. */
#define SIDE       60000u
#define SMALL_SIDE 4000u
#define SIDE_BYTES SMALL_SIDE >> 8, SMALL_SIDE & 0xff
#define TILE_SIDE  32768u

/* The bytes of a file, which are changed in place */

typedef struct {
    guint8 *data;
    gsize size;
} File;

static File file_of(VipsImage *image, const char *suffix)
{
    g_autoptr(GBytes) bytes = sample_save(image, suffix);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    return (File){g_memdup2(data, size), size};
}

static GBytes *file_done(File file)
{
    return g_bytes_new_take(file.data, file.size);
}

static guint8 *find(File file, const char *mark, gsize length)
{
    guint8 *at = memmem(file.data, file.size, mark, length);

    if (at == NULL)
        g_error("a bomb without %s", mark);
    return at;
}

static void put_be(guint8 *at, guint n_bytes, guint32 value)
{
    while (n_bytes-- > 0) {
        at[n_bytes] = (guint8)value;
        value >>= 8;
    }
}

static void put_le(guint8 *at, guint n_bytes, guint32 value)
{
    for (guint i = 0; i < n_bytes; i++, value >>= 8)
        at[i] = (guint8)value;
}

static guint32 get_le(const guint8 *at, guint n_bytes)
{
    guint32 value = 0;

    while (n_bytes-- > 0)
        value = value << 8 | at[n_bytes];
    return value;
}

/* An animation of two frames. */
static VipsImage *two_frames(void)
{
    VipsImage *image = sample_noise(9, 18, 1);

    vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, 9);
    return image;
}

/* PNG */

GBytes *png_with_size(GBytes *bytes, guint32 width, guint32 height)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    guint8 *copy = g_memdup2(data, size);

    put_be(copy + 16, 4, width);
    put_be(copy + 20, 4, height);
    png_chunks_repair(copy, size);
    return g_bytes_new_take(copy, size);
}

static GBytes *png(void)
{
    g_autoptr(GBytes) bytes = sample_save(sample_noise(9, 9, 1), ".png");

    return png_with_size(bytes, SIDE, SIDE);
}

/* A valid file: interlaced, so that it is held as a whole, in 16 bits. */
static GBytes *png_deep(void)
{
    static const double colour[] = {1, 2, 3, 4};
    VipsImage *plain = sample_plain((int)SMALL_SIDE, (int)SMALL_SIDE, colour, 4);
    VipsImage *deep = NULL;

    if (vips_cast(plain, &deep, VIPS_FORMAT_USHORT, NULL) != 0)
        g_error("16 bits: %s", vips_error_buffer());
    deep->Type = VIPS_INTERPRETATION_RGB16;
    g_object_unref(plain);
    return sample_save(deep, ".png[interlace]");
}

/* JPEG */

/* marker: the frame header's (ITU-T T.81, B.2.2). */
static GBytes *jpeg_announcing(const char *suffix, const char *marker, guint32 side)
{
    File file = file_of(sample_noise(9, 9, 1), suffix);
    guint8 *frame = find(file, marker, 2);

    put_be(frame + 5, 2, side);
    put_be(frame + 7, 2, side);
    return file_done(file);
}

static GBytes *jpeg(void)
{
    return jpeg_announcing(".jpg", "\xff\xc0", SIDE);
}

static GBytes *jpeg_progressive(void)
{
    return jpeg_announcing(".jpg[interlace]", "\xff\xc2", SIDE);
}

static GBytes *jpeg_largest(void)
{
    return jpeg_announcing(".jpg", "\xff\xc0", 65535);
}

static void append(GByteArray *bytes, const guint8 *more, guint size)
{
    g_byte_array_append(bytes, more, size);
}

/* A valid, grey, progressive image. The first scan says that all DC coefficients are 0, in one bit per block.
 * All others say that 16 x 16384 blocks have no more coefficients, so that a decoder passes over a quarter of
 * a million blocks each time (T.81, G.1.2). */
static GBytes *jpeg_scans(void)
{
    static const guint8 frame[] = {0xff, 0xc2, 0, 11, 8, SIDE_BYTES, SIDE_BYTES, 1, 1, 0x11, 0};
    /* One code each. DC: no difference. AC: 16384 blocks, and as many more as the next 14 bits say. */
    static const guint8 codes[] = {0xff, 0xc4, 0, 38,                                           /* */
                                   0,    1,    0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
                                   0x10, 1,    0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe0};
    static const guint8 dc_scan[] = {0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0};
    static const guint8 ac_scan[] = {0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0};
    static const guint8 dc_bits[(SMALL_SIDE / 8) * (SMALL_SIDE / 8) / 8 + 1] = {0};
    static const guint8 ac_bits[30] = {0}; /* 16 times 15 bits */
    GByteArray *bytes = g_byte_array_new();
    guint8 quantisation[69] = {0xff, 0xdb, 0, 67, 0};

    memset(quantisation + 5, 1, 64);
    append(bytes, (const guint8 *)"\xff\xd8", 2);
    append(bytes, quantisation, sizeof quantisation);
    append(bytes, frame, sizeof frame);
    append(bytes, codes, sizeof codes);
    append(bytes, dc_scan, sizeof dc_scan);
    append(bytes, dc_bits, sizeof dc_bits);
    for (int i = 0; i < 100000; i++) {
        append(bytes, ac_scan, sizeof ac_scan);
        append(bytes, ac_bits, sizeof ac_bits);
    }
    append(bytes, (const guint8 *)"\xff\xd9", 2);
    return g_byte_array_free_to_bytes(bytes);
}

/* GIF */

static GBytes *gif(void)
{
    static const guint8 bytes[] = {'G',  'I',  'F',  '8',  '9', 'a', 0x60, 0xea, 0x60, 0xea, 0x80, 0,
                                   0,    255,  255,  255,  0,   0,   0,    ',',  0,    0,    0,    0,
                                   0x60, 0xea, 0x60, 0xea, 0,   2,   2,    0x44, 1,    0,    ';'};

    return g_bytes_new_static(bytes, sizeof bytes);
}

/* libnsgif enlarges its list by one frame at a time, which the address sanitizer's realloc() copies each time. */
#ifdef THUMBMILL_SANITIZED
#define GIF_FRAMES 2000
#else
#define GIF_FRAMES 200000
#endif

/* Frames of one pixel each, on a canvas of 100 x 100. */
static GBytes *gif_frames(void)
{
    static const guint8 header[] = {'G',  'I', 'F', '8', '9', 'a', 100, 0, 100, 0,
                                    0x80, 0,   0,   255, 255, 255, 0,   0, 0};
    static const guint8 frame[] = {',', 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0};
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, header, sizeof header);
    for (int i = 0; i < GIF_FRAMES; i++)
        g_byte_array_append(bytes, frame, sizeof frame);
    g_byte_array_append(bytes, (const guint8 *)";", 1);
    return g_byte_array_free_to_bytes(bytes);
}

/* WebP */

/* A side has 14 bits (RFC 6386, 9.1). */
static GBytes *webp(void)
{
    File file = file_of(sample_noise(9, 9, 1), ".webp[strip]");
    guint8 *start = find(file, "\x9d\x01\x2a", 3);

    put_le(start + 3, 2, 16383);
    put_le(start + 5, 2, 16383);
    return file_done(file);
}

/* Enlarges the canvas, whose sides have 24 bits, beyond its frames. */
static GBytes *webp_canvas(void)
{
    File file = file_of(two_frames(), ".webp");
    guint8 *extended = find(file, "VP8X", 4);

    put_le(extended + 12, 3, SIDE - 1);
    put_le(extended + 15, 3, SIDE - 1);
    return file_done(file);
}

/* TIFF */

/* Sets a tag of the first directory of a little-endian file to one value of 32 bits. */
static void put_tag(File file, guint tag, guint32 value)
{
    guint8 *entry = file.data + get_le(file.data + 4, 4);
    const guint n = get_le(entry, 2);

    entry += 2;
    for (guint i = 0; i < n; i++, entry += 12)
        if (get_le(entry, 2) == tag) {
            put_le(entry + 2, 2, 4);
            put_le(entry + 4, 4, 1);
            put_le(entry + 8, 4, value);
            return;
        }
    g_error("no tag %u", tag);
}

enum { TAG_WIDTH = 256, TAG_HEIGHT = 257, TAG_STRIP_ROWS = 278, TAG_TILE_WIDTH = 322, TAG_TILE_HEIGHT = 323 };

static GBytes *tiff(void)
{
    File file = file_of(sample_noise(90, 90, 1), ".tif[compression=lzw]");

    put_tag(file, TAG_WIDTH, SIDE);
    put_tag(file, TAG_HEIGHT, SIDE);
    return file_done(file);
}

static GBytes *tiff_tile(void)
{
    File file = file_of(sample_noise(90, 90, 1), ".tif[compression=deflate,tile]");

    put_tag(file, TAG_TILE_WIDTH, TILE_SIDE);
    put_tag(file, TAG_TILE_HEIGHT, TILE_SIDE);
    return file_done(file);
}

/* Rows of a million pixels, and 2^31 rows per strip. */
static GBytes *tiff_strip(void)
{
    File file = file_of(sample_noise(90, 9, 1), ".tif[compression=deflate]");

    put_tag(file, TAG_WIDTH, 1000000);
    put_tag(file, TAG_STRIP_ROWS, 1u << 31);
    return file_done(file);
}

/* HEIC and AVIF */

/* Changes the size wherever it is stored (ISO/IEC 23008-12, 6.5.3); the coded image stays small. */
static GBytes *heif_announcing(const char *suffix, guint32 side)
{
    File file = file_of(sample_noise(64, 64, 1), suffix);

    for (gsize i = 0; i + 16 <= file.size; i++)
        if (memcmp(file.data + i, "ispe", 4) == 0) {
            put_be(file.data + i + 8, 4, side);
            put_be(file.data + i + 12, 4, side);
        }
    return file_done(file);
}

static GBytes *heic(void)
{
    return heif_announcing(".heic", SIDE);
}

static GBytes *avif(void)
{
    return heif_announcing(".avif", SIDE);
}

static GBytes *heic_larger_than_coded(void)
{
    return heif_announcing(".heic", SMALL_SIDE);
}

static GBytes *avif_larger_than_coded(void)
{
    return heif_announcing(".avif", SMALL_SIDE);
}

const Bomb bombs_of_pixels[] = {
    {"png", png},
    {"jpeg", jpeg},
    {"jpeg, progressive", jpeg_progressive},
    {"jpeg of 65535 x 65535", jpeg_largest},
    {"gif", gif},
    {"webp", webp},
    {"webp, animated", webp_canvas},
    {"tiff", tiff},
    {"heic", heic},
    {"avif", avif},
    {NULL, NULL},
};

const Bomb bombs_within_limits[] = {
    {"png, interlaced, 16 bits", png_deep},
    {"jpeg of 100,000 scans", jpeg_scans},
    {"gif of many frames", gif_frames},
    {"tiff, one tile of 32768 x 32768", tiff_tile},
    {"tiff, one strip of 2^31 rows", tiff_strip},
    {"heic, larger than it is coded", heic_larger_than_coded},
    {"avif, larger than it is coded", avif_larger_than_coded},
    {NULL, NULL},
};
