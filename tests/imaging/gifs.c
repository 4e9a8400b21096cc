#include "gifs.h"

#include <string.h>

static const guint8 colours[GIFS_MAX_FRAMES][3] = {{250, 0, 0}, {0, 250, 0}, {0, 0, 250}, {250, 250, 250}};

/* The background colour in the header, which must never be visible. */
static const guint8 background[3] = {250, 0, 250};

static void put(GByteArray *out, guint value, guint n_bytes)
{
    for (guint i = 0; i < n_bytes; i++) {
        const guint8 byte = (guint8)(value >> (8 * i));

        g_byte_array_append(out, &byte, 1);
    }
}

typedef struct {
    GByteArray *out;
    guint bits, n_bits;
} Codes;

static void put_code(Codes *codes, guint code, guint n_bits)
{
    codes->bits |= code << codes->n_bits;
    codes->n_bits += n_bits;
    while (codes->n_bits >= 8) {
        put(codes->out, codes->bits & 255, 1);
        codes->bits >>= 8;
        codes->n_bits -= 8;
    }
}

static gboolean is_clear(const GifsFrame *frame, guint x, guint y)
{
    return frame->has_transparency && (x + y) % 2 == 1;
}

/* Pixels are stored uncompressed: the code table is cleared before its codes get longer. */
static void put_pixels(GByteArray *out, const Gifs *gifs, guint index)
{
    const GifsFrame *frame = &gifs->frames[index];
    const guint clear = 1u << gifs->code_bits;
    g_autoptr(GByteArray) data = g_byte_array_new();
    Codes codes = {.out = data};

    for (guint i = 0; i < frame->width * frame->height - frame->n_lacking; i++) {
        const guint x = i % frame->width, y = i / frame->width;
        const guint colour = is_clear(frame, frame->left + x, frame->top + y) ? GIFS_MAX_FRAMES - 1 : index;

        if (i % (clear - 2) == 0)
            put_code(&codes, clear, gifs->code_bits + 1);
        put_code(&codes, colour, gifs->code_bits + 1);
    }
    put_code(&codes, clear + 1, gifs->code_bits + 1);
    put_code(&codes, 0, 7);
    put(out, gifs->code_bits, 1);
    for (guint at = 0; at < data->len; at += 255) {
        const guint n = MIN(255, data->len - at);

        put(out, n, 1);
        g_byte_array_append(out, data->data + at, n);
    }
    put(out, 0, 1);
}

static void put_frame(GByteArray *out, const Gifs *gifs, guint index)
{
    const GifsFrame *frame = &gifs->frames[index];

    put(out, 0x04f921, 3);
    put(out, frame->disposal << 2 | (frame->has_transparency ? 1 : 0), 1);
    put(out, 10 * (index + 1), 2);
    put(out, frame->has_transparency ? GIFS_MAX_FRAMES - 1 : 0, 2);
    put(out, 0x2c, 1);
    put(out, frame->left, 2);
    put(out, frame->top, 2);
    put(out, frame->width, 2);
    put(out, frame->height, 2);
    put(out, 0, 1);
    put_pixels(out, gifs, index);
}

GBytes *gifs_make(const Gifs *gifs)
{
    const guint table_bits = MAX(gifs->code_bits, 3);
    GByteArray *out = g_byte_array_new();
    g_autofree guint8 *table = g_malloc0((gsize)3 << table_bits);

    memcpy(table, colours, sizeof colours);
    memcpy(table + sizeof colours, background, sizeof background);
    g_byte_array_append(out, (const guint8 *)"GIF89a", 6);
    put(out, gifs->width, 2);
    put(out, gifs->height, 2);
    put(out, 0x80 | (table_bits - 1), 1);
    put(out, GIFS_MAX_FRAMES, 2);
    g_byte_array_append(out, table, 3u << table_bits);
    for (guint i = 0; i < gifs->n_frames; i++)
        put_frame(out, gifs, i);
    put(out, ';', 1);
    return g_byte_array_free_to_bytes(out);
}

static gboolean is_inside(const GifsFrame *frame, guint x, guint y)
{
    const guint index = (y - frame->top) * frame->width + x - frame->left;

    return x >= frame->left && x < frame->left + frame->width && y >= frame->top &&
           y < frame->top + frame->height && index < frame->width * frame->height - frame->n_lacking;
}

guint32 gifs_expected(const Gifs *gifs, guint frame, guint x, guint y)
{
    guint32 canvas = 0;

    for (guint i = 0;; i++) {
        const GifsFrame *painted = &gifs->frames[i];
        const guint8 *rgb = colours[i];
        const guint32 before = canvas;

        if (is_inside(painted, x, y) && !is_clear(painted, x, y))
            canvas = (guint32)rgb[0] << 24 | (guint32)rgb[1] << 16 | (guint32)rgb[2] << 8 | 255;
        if (i == frame)
            return canvas;
        if (painted->disposal == 3)
            canvas = before;
        else if (painted->disposal == 2 && is_inside(painted, x, y))
            canvas = 0;
    }
}
