#include "imaging/gif.h"

#include <string.h>

#define HEADER_BYTES    13u
#define HEADER_FLAGS_AT 10u

/* With the byte that introduces it. */
#define FRAME_BYTES    10u
#define FRAME_FLAGS_AT 9u

enum { BLOCK_EXTENSION = 0x21, BLOCK_FRAME = 0x2c };

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
