#include "imaging/gif.h"

#include <string.h>

#define HEADER_BYTES    13u
#define HEADER_FLAGS_AT 10u
#define HEADER_WIDTH_AT 6u

/* With the byte that introduces it. */
#define FRAME_BYTES    10u
#define FRAME_FLAGS_AT 9u

/* With its introducer and without the sub-block of no bytes that ends it. */
#define CONTROL_BYTES    7u
#define CONTROL_FLAGS_AT 3u

enum { BLOCK_EXTENSION = 0x21, BLOCK_FRAME = 0x2c, EXTENSION_CONTROL = 0xf9 };

typedef struct {
    const guint8 *at;
    gsize left;
} Bytes;

/* FALSE if there are not as many. */
static gboolean skip(Bytes *bytes, gsize n)
{
    if (n > bytes->left)
        return FALSE;
    bytes->at += n;
    bytes->left -= n;
    return TRUE;
}

/* Of the table of colours that the flags announce. */
static gsize table_bytes(guint8 flags)
{
    return (flags & 0x80) != 0 ? (gsize)3 << ((flags & 7) + 1) : 0;
}

/* Each has its length before it; one of no bytes is the last. */
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
        default: return FALSE; /* the trailer, or what is not known */
        }
    }
    return !is_whole;
}

static guint32 number(const guint8 *at)
{
    return (guint32)at[0] | (guint32)at[1] << 8;
}

/* What a control extension says of the frame that follows. Of several the last one has the disposal, and any
 * may name a transparent colour, as libnsgif has it. */
static void read_control(const Bytes *rest, const guint8 *start, GifFrame *frame)
{
    if (rest->left < CONTROL_BYTES || rest->at[1] != EXTENSION_CONTROL)
        return;
    frame->control_at = (gsize)(rest->at - start) + CONTROL_FLAGS_AT;
    frame->disposal = (GifDisposal)(rest->at[CONTROL_FLAGS_AT] >> 2 & 7);
    frame->has_transparency = frame->has_transparency || (rest->at[CONTROL_FLAGS_AT] & 1) != 0;
}

/* FALSE if not even the frame's description is there. One whose pixels are cut off is a frame. */
static gboolean read_frame(Bytes *rest, GifFrame *frame)
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
        } else if (rest.at[0] == BLOCK_FRAME && read_frame(&rest, &frame)) {
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
