#include "imaging/formats/icc_tags.h"

#include <string.h>

#define SPACE_AT 16u

/* Offsets of the number of tags, and of the table with signature, offset and size of each. */
#define COUNT_AT  128u
#define TABLE_AT  132u
#define TAG_BYTES 12u

/* A printer's profile has some 20 tags. */
#define MAX_TAGS 256u

/* Size of the tag: "cicp", four reserved bytes, and four codes. */
#define CICP_BYTES 12u

static guint32 read_be(const guint8 *at)
{
    return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

/* The number of complete entries in the table. */
static guint32 count_tags(const guint8 *profile, gsize size)
{
    if (size < TABLE_AT)
        return 0;
    return (guint32)MIN(MIN(read_be(profile + COUNT_AT), MAX_TAGS), (size - TABLE_AT) / TAG_BYTES);
}

/* Returns the tag's entry in the table, or NULL. */
static const guint8 *find_entry(const guint8 *profile, gsize size, const char *signature)
{
    const guint32 n_tags = count_tags(profile, size);

    for (guint32 i = 0; i < n_tags; i++)
        if (memcmp(profile + TABLE_AT + i * TAG_BYTES, signature, 4) == 0)
            return profile + TABLE_AT + i * TAG_BYTES;
    return NULL;
}

gboolean icc_tags_is_rgb(const void *profile, gsize size)
{
    return size >= TABLE_AT && memcmp((const guint8 *)profile + SPACE_AT, "RGB ", 4) == 0;
}

gboolean icc_tags_has(const void *profile, gsize size, const char *signature)
{
    return find_entry(profile, size, signature) != NULL;
}

gboolean icc_tags_is_relative_only(const void *profile, gsize size)
{
    return icc_tags_has(profile, size, "A2B1") && !icc_tags_has(profile, size, "A2B0");
}

gboolean icc_tags_swap_intents(guint8 *profile, gsize size)
{
    static const char tables[][4] = {{'A', '2', 'B'}, {'D', '2', 'B'}};
    const guint32 n_tags = count_tags(profile, size);

    if (!icc_tags_has(profile, size, "A2B0") && !icc_tags_has(profile, size, "D2B0"))
        return FALSE;
    for (guint32 i = 0; i < n_tags; i++) {
        guint8 *signature = profile + TABLE_AT + i * TAG_BYTES;

        for (guint k = 0; k < G_N_ELEMENTS(tables); k++)
            if (memcmp(signature, tables[k], 3) == 0 && (signature[3] == '0' || signature[3] == '1'))
                signature[3] ^= '0' ^ '1';
    }
    return TRUE;
}

gboolean icc_tags_read_hdr(const void *profile, gsize size, ColourTags *ret_tags)
{
    const guint8 *entry = find_entry(profile, size, "cicp");
    const guint32 offset = entry != NULL ? read_be(entry + 4) : 0;
    ColourTags tags = colour_tags_srgb;
    const guint8 *codes;

    if (entry == NULL || read_be(entry + 8) < CICP_BYTES || offset > size || size - offset < CICP_BYTES ||
        memcmp((const guint8 *)profile + offset, "cicp", 4) != 0)
        return FALSE;
    codes = (const guint8 *)profile + offset + 8;
    if (!colour_tags_set_codes(&tags, codes) || colour_tags_hdr_name(&tags) == NULL)
        return FALSE;
    *ret_tags = tags;
    return TRUE;
}
