#include "imaging/tiff_tags.h"

/* Real directories have some 20. */
#define MAX_TAGS        512u

#define VERSION_CLASSIC 42u
#define VERSION_BIG     43u

/* The type of a number of 16 bits; all others are read as 32 bits. */
#define TYPE_SHORT 3u

typedef struct {
    const guint8 *bytes;
    gsize size;
    gboolean is_big_endian;
} Reader;

/* 0 where there are no bytes any more: no tag and no offset that is looked for is 0. */
static guint64 read_number(const Reader *reader, guint64 at, guint n_bytes)
{
    guint64 value = 0;

    if (at > reader->size || reader->size - at < n_bytes)
        return 0;
    for (guint i = 0; i < n_bytes; i++)
        value = value << 8 | reader->bytes[at + (reader->is_big_endian ? i : n_bytes - 1 - i)];
    return value;
}

/* Where the sizes of the two kinds of file differ. */
typedef struct {
    guint offset_at;     /* of the first directory's offset */
    guint offset_bytes;  /* of an offset */
    guint counter_bytes; /* of the number of tags */
    guint entry_bytes;
} Layout;

static const Layout layout_classic = {4, 4, 2, 12};
static const Layout layout_big = {8, 8, 8, 20};

gboolean tiff_tag_get(const void *bytes, gsize size, TiffTag tag, guint32 *ret_value)
{
    const Reader reader = {bytes, size, size > 0 && *(const guint8 *)bytes == 'M'};
    const guint64 version = read_number(&reader, 2, 2);
    const Layout *layout = version == VERSION_BIG ? &layout_big : &layout_classic;
    guint64 at, n_tags;

    if (version != VERSION_CLASSIC && version != VERSION_BIG)
        return FALSE;
    at = read_number(&reader, layout->offset_at, layout->offset_bytes);
    if (at > size)
        return FALSE;
    n_tags = MIN(read_number(&reader, at, layout->counter_bytes), MAX_TAGS);
    at += layout->counter_bytes;
    for (guint64 i = 0; i < n_tags; i++, at += layout->entry_bytes) {
        const guint64 value_at = at + 4 + layout->offset_bytes;

        if (read_number(&reader, at, 2) != tag)
            continue;
        *ret_value =
            (guint32)read_number(&reader, value_at, read_number(&reader, at + 2, 2) == TYPE_SHORT ? 2 : 4);
        return TRUE;
    }
    return FALSE;
}
