#include "imaging/formats/gif.h"

#include <string.h>

#define HEADER_BYTES    13u
#define HEADER_FLAGS_AT 10u
#define HEADER_WIDTH_AT 6u

/* With the introducing byte. */
#define FRAME_BYTES    10u
#define FRAME_FLAGS_AT 9u

/* With the introducer, without the empty sub-block that ends it. */
#define CONTROL_BYTES    7u
#define CONTROL_FLAGS_AT 3u

/* The most bits of an LZW code. */
#define GIF_CODE_BITS 12u
#define GIF_CODES     (1u << GIF_CODE_BITS)

enum { BLOCK_EXTENSION = 0x21, BLOCK_FRAME = 0x2c, EXTENSION_CONTROL = 0xf9 };

typedef struct {
    const guint8 *at;
    gsize left;
} Bytes;

/* Skips n bytes; FALSE if fewer are left. */
static gboolean skip(Bytes *bytes, gsize n)
{
    if (n > bytes->left)
        return FALSE;
    bytes->at += n;
    bytes->left -= n;
    return TRUE;
}

/* Size of the colour table that the flags announce. */
static gsize table_bytes(guint8 flags)
{
    return (flags & 0x80) != 0 ? (gsize)3 << ((flags & 7) + 1) : 0;
}

/* Each sub-block is preceded by its length; an empty one is the last. */
static gboolean skip_sub_blocks(Bytes *bytes)
{
    gsize length;

    do {
        if (bytes->left == 0)
            return FALSE;
        length = bytes->at[0];
        if (!skip(bytes, 1 + length))
            return FALSE;
    } while (length > 0);
    return TRUE;
}

static gboolean skip_frame(Bytes *bytes)
{
    const gsize code_size = 1;

    return bytes->left >= FRAME_BYTES &&
           skip(bytes, FRAME_BYTES + table_bytes(bytes->at[FRAME_FLAGS_AT]) + code_size) &&
           skip_sub_blocks(bytes);
}

static gboolean skip_extension(Bytes *bytes)
{
    return skip(bytes, 2) && skip_sub_blocks(bytes);
}

gboolean gif_is_cut_off(const void *bytes, gsize size)
{
    Bytes rest = {bytes, size};
    gboolean is_whole = TRUE;

    if (size < HEADER_BYTES || memcmp(bytes, "GIF8", 4) != 0)
        return FALSE;
    is_whole = skip(&rest, HEADER_BYTES + table_bytes(rest.at[HEADER_FLAGS_AT]));
    while (is_whole && rest.left > 0) {
        switch (rest.at[0]) {
        case BLOCK_FRAME: is_whole = skip_frame(&rest); break;
        case BLOCK_EXTENSION: is_whole = skip_extension(&rest); break;
        default: return FALSE; /* the trailer, or an unknown block */
        }
    }
    return !is_whole;
}

static guint32 number(const guint8 *at)
{
    return (guint32)at[0] | (guint32)at[1] << 8;
}

/* Reads a control extension, which describes the following frame. If there are several, the last one sets the
 * disposal, and any of them may name a transparent colour, as in libnsgif. */
static void read_control(const Bytes *rest, const guint8 *start, GifFrame *frame)
{
    if (rest->left < CONTROL_BYTES || rest->at[1] != EXTENSION_CONTROL)
        return;
    frame->control_at = (gsize)(rest->at - start) + CONTROL_FLAGS_AT;
    frame->disposal = (GifDisposal)(rest->at[CONTROL_FLAGS_AT] >> 2 & 7);
    frame->has_transparency = frame->has_transparency || (rest->at[CONTROL_FLAGS_AT] & 1) != 0;
}

/* Returns FALSE if the frame's description is incomplete. A frame whose pixels are truncated counts as a
 * frame. */
static gboolean read_frame(Bytes *rest, const guint8 *start, GifFrame *frame)
{
    if (rest->left < FRAME_BYTES)
        return FALSE;
    frame->area =
        (GifArea){number(rest->at + 1), number(rest->at + 3), number(rest->at + 5), number(rest->at + 7)};
    if (!skip(rest, FRAME_BYTES + table_bytes(rest->at[FRAME_FLAGS_AT])) || rest->left == 0) {
        rest->left = 0;
        return TRUE;
    }
    frame->code_bits = rest->at[0];
    frame->pixels_at = (gsize)(rest->at - start) + 1;
    if (!skip(rest, 1) || !skip_sub_blocks(rest))
        rest->left = 0;
    return TRUE;
}

gboolean gif_read_frames(const void *bytes, gsize size, GifScreen *ret_screen, GArray *ret_frames)
{
    const guint8 *start = bytes;
    Bytes rest = {bytes, size};
    GifFrame frame = {0};
    GifScreen screen;

    if (size < HEADER_BYTES || memcmp(bytes, "GIF8", 4) != 0 ||
        !skip(&rest, HEADER_BYTES + table_bytes(rest.at[HEADER_FLAGS_AT])))
        return FALSE;
    screen = (GifScreen){number(start + HEADER_WIDTH_AT), number(start + HEADER_WIDTH_AT + 2),
                         (gsize)(rest.at - start)};
    while (rest.left > 0 && ret_frames->len < GIF_MAX_FRAMES) {
        if (rest.at[0] == BLOCK_EXTENSION) {
            read_control(&rest, start, &frame);
            if (!skip_extension(&rest))
                break;
        } else if (rest.at[0] == BLOCK_FRAME && read_frame(&rest, start, &frame)) {
            frame.end_at = rest.left > 0 ? (gsize)(rest.at - start) : size;
            g_array_append_val(ret_frames, frame);
            frame = (GifFrame){0};
        } else {
            break;
        }
    }
    *ret_screen = screen;
    return TRUE;
}

/* The LZW codes of a frame's pixels (appendix F). Only the number of pixels that each code stands for is
 * tracked. */
typedef struct {
    Bytes rest;
    guint in_block; /* bytes left of the sub-block */
    guint32 bits;
    guint n_bits;
} Codes;

/* Returns FALSE at the end of the data. */
static gboolean next_code(Codes *codes, guint width, guint *ret_code)
{
    while (codes->n_bits < width) {
        if (codes->in_block == 0) {
            codes->in_block = codes->rest.left > 0 ? codes->rest.at[0] : 0;
            if (codes->in_block == 0 || !skip(&codes->rest, 1))
                return FALSE;
        }
        if (codes->rest.left == 0)
            return FALSE;
        codes->bits |= (guint32)codes->rest.at[0] << codes->n_bits;
        codes->n_bits += 8;
        codes->in_block--;
        (void)skip(&codes->rest, 1);
    }
    *ret_code = codes->bits & ((1u << width) - 1);
    codes->bits >>= width;
    codes->n_bits -= width;
    return TRUE;
}

typedef struct {
    guint32 lengths[GIF_CODES]; /* number of pixels that each code stands for */
    guint clear;                /* the code that empties the table; the next number is the code that ends the
                                 * data */
    guint next, width;
    guint32 last; /* number of pixels of the last code; 0 directly after the table was emptied */
} Table;

static void table_empty(Table *table, guint code_bits)
{
    table->clear = 1u << code_bits;
    table->next = table->clear + 2;
    table->width = code_bits + 1;
    table->last = 0;
}

/* Returns the number of pixels of a code, and adds a new code to the table; 0 if the code is invalid. */
static guint32 table_take(Table *table, guint code)
{
    guint32 length = code < table->clear ? 1 : code < table->next ? table->lengths[code] : 0;

    if (code == table->next && table->last > 0)
        length = table->last + 1;
    if (length > 0 && table->last > 0 && table->next < GIF_CODES) {
        table->lengths[table->next++] = table->last + 1;
        if (table->next == 1u << table->width && table->width < GIF_CODE_BITS)
            table->width++;
    }
    table->last = length;
    return length;
}

gboolean gif_frame_is_whole(const void *bytes, gsize size, const GifFrame *frame)
{
    const guint64 n_wanted = (guint64)frame->area.width * frame->area.height;
    Codes codes = {.rest = {(const guint8 *)bytes + frame->pixels_at, size - frame->pixels_at}};
    Table table;
    guint64 n_pixels = 0;
    guint code;

    if (frame->pixels_at == 0 || frame->code_bits < 1 || frame->code_bits >= GIF_CODE_BITS)
        return TRUE;
    table_empty(&table, frame->code_bits);
    while (n_pixels < n_wanted) {
        guint32 n;

        if (!next_code(&codes, table.width, &code) || code == table.clear + 1)
            return FALSE;
        if (code == table.clear) {
            table_empty(&table, frame->code_bits);
            continue;
        }
        n = table_take(&table, code);
        if (n == 0)
            return TRUE;
        n_pixels += n;
    }
    return TRUE;
}
