#include <criterion/criterion.h>

#include "imaging/tiff_tags.h"

/* A classic file whose only directory follows the header: TileWidth is a short, TileLength a long. */
#define LITTLE                                                                                               \
    "II*\0\10\0\0\0"                                                                                         \
    "\2\0"                                                                                                   \
    "\x42\1\3\0\1\0\0\0\0\1\0\0"                                                                             \
    "\x43\1\4\0\1\0\0\0\1\0\1\0"

#define BIG_ENDIAN_FILE                                                                                      \
    "MM\0*\0\0\0\10"                                                                                         \
    "\0\1"                                                                                                   \
    "\1\x42\0\3\0\0\0\1\1\0\0\0"

#define BIG_TIFF                                                                                             \
    "II+\0\10\0\0\0\20\0\0\0\0\0\0\0"                                                                        \
    "\1\0\0\0\0\0\0\0"                                                                                       \
    "\x42\1\3\0\1\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0"

static void expect_value(const char *bytes, gsize size, TiffTag tag, guint32 expected)
{
    guint32 value = 0;

    cr_assert(tiff_tag_get(bytes, size, tag, &value));
    cr_expect_eq(value, expected, "%u", value);
}

static void expect_none(const char *bytes, gsize size, TiffTag tag)
{
    guint32 value = 77;

    cr_expect(!tiff_tag_get(bytes, size, tag, &value));
    cr_expect_eq(value, 77, "untouched on failure");
}

Test(tiff_tags, of_every_kind_of_file)
{
    expect_value(LITTLE, sizeof LITTLE - 1, TIFF_TILE_WIDTH, 256);
    expect_value(LITTLE, sizeof LITTLE - 1, TIFF_TILE_LENGTH, 65537);
    expect_value(BIG_ENDIAN_FILE, sizeof BIG_ENDIAN_FILE - 1, TIFF_TILE_WIDTH, 256);
    expect_value(BIG_TIFF, sizeof BIG_TIFF - 1, TIFF_TILE_WIDTH, 256);
}

Test(tiff_tags, what_is_not_there)
{
    expect_none(LITTLE, sizeof LITTLE - 1, TIFF_DNG_VERSION);
    expect_none("", 0, TIFF_TILE_WIDTH);
    expect_none("II*\0\377\377\377\377", 8, TIFF_TILE_WIDTH);
    expect_none("II*\0\10\0\0\0\377\377", 10, TIFF_TILE_WIDTH);
    /* cut off before the directory, its counter, and the tag that is asked for */
    for (gsize size = 0; size < 22; size++)
        expect_none(LITTLE, size, TIFF_TILE_LENGTH);
}
