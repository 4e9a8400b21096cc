#include "imaging/formats/heif_tags.h"

#include <string.h>

/* The most sibling boxes, properties of a file, and images with properties. A grid of tiles has some
 * hundreds. */
#define MAX_BOXES  4096u
#define MAX_IMAGES 4096u

/* The most properties of one image that are read, from all boxes together. An image has about ten. */
#define MAX_PROPERTIES 255u

/* ISO/IEC 14496-12, 4.2: every box has a size and a type; "full" boxes also have a version and flags. */
#define BOX_HEADER_BYTES 8u
#define FULL_BYTES       4u

typedef struct {
    const guint8 *at;
    gsize left;
} Bytes;

/* Takes a number off the front. If too few bytes are left, returns 0 and discards them. */
static guint32 take(Bytes *bytes, guint n_bytes)
{
    guint32 value = 0;

    if (bytes->left < n_bytes) {
        bytes->left = 0;
        return 0;
    }
    for (guint i = 0; i < n_bytes; i++)
        value = value << 8 | bytes->at[i];
    bytes->at += n_bytes;
    bytes->left -= n_bytes;
    return value;
}

/* Returns the content of the next sibling box, and advances behind it. */
static gboolean next_box(Bytes *boxes, char ret_type[4], Bytes *ret_content)
{
    Bytes box = *boxes;
    guint64 size; /* without the header */

    if (box.left < BOX_HEADER_BYTES)
        return FALSE;
    size = take(&box, 4);
    memcpy(ret_type, box.at, 4);
    take(&box, 4);
    if (size == 0) { /* extends to the end of the file */
        size = box.left;
    } else if (size == 1) { /* 64 bits, including the header */
        size = (guint64)take(&box, 4) << 32;
        size |= take(&box, 4);
        size -= MIN(size, 2 * BOX_HEADER_BYTES);
    } else if (size < BOX_HEADER_BYTES) {
        return FALSE;
    } else {
        size -= BOX_HEADER_BYTES;
    }
    if (size > box.left)
        return FALSE;
    *ret_content = (Bytes){box.at, (gsize)size};
    *boxes = (Bytes){box.at + size, box.left - (gsize)size};
    return TRUE;
}

/* Returns the content of the first box of that type, or an empty one. */
static Bytes find_box(Bytes boxes, const char *type)
{
    char found[4];
    Bytes content;

    for (guint i = 0; i < MAX_BOXES && next_box(&boxes, found, &content); i++)
        if (memcmp(found, type, 4) == 0)
            return content;
    return (Bytes){NULL, 0};
}

static guint32 primary_image(Bytes meta)
{
    Bytes pitm = find_box(meta, "pitm");
    const guint32 version = take(&pitm, FULL_BYTES) >> 24;

    return take(&pitm, version == 0 ? 2 : 4);
}

/* Whether a property is the wanted one; if so, stores its value in data. */
typedef gboolean (*Match)(const char type[4], Bytes content, void *data);

typedef struct {
    guint primaries;
    guint transfer;
} Codes;

/* Matches a property colr with code points. */
static gboolean match_nclx(const char type[4], Bytes content, void *data)
{
    Codes *codes = data;

    if (memcmp(type, "colr", 4) != 0 || content.left < 11 || memcmp(content.at, "nclx", 4) != 0)
        return FALSE;
    take(&content, 4);
    codes->primaries = take(&content, 2);
    codes->transfer = take(&content, 2);
    return TRUE;
}

/* Matches the number of channels without alpha (ISO/IEC 23008-12, 6.5.6). */
static gboolean match_channels(const char type[4], Bytes content, void *data)
{
    guint *n_channels = data;

    if (memcmp(type, "pixi", 4) != 0 || content.left <= FULL_BYTES)
        return FALSE;
    take(&content, FULL_BYTES);
    *n_channels = take(&content, 1);
    return TRUE;
}

/* Raises data to the larger dimension of an image (ISO/IEC 23008-12, 6.5.3). Always returns FALSE, so that
 * all properties are visited. */
static gboolean match_extents(const char type[4], Bytes content, void *data)
{
    guint32 *largest = data;
    guint32 width, height;

    if (memcmp(type, "ispe", 4) != 0)
        return FALSE;
    take(&content, FULL_BYTES);
    width = take(&content, 4);
    height = take(&content, 4);
    *largest = MAX(*largest, MAX(width, height));
    return FALSE;
}

/* Matches the property with that number, counted from 1. */
static gboolean match_number(Bytes ipco, guint32 number, Match match, void *data)
{
    char type[4] = {0};
    Bytes content = {NULL, 0};

    if (number == 0 || number > MAX_BOXES)
        return FALSE;
    for (guint32 i = 0; i < number; i++)
        if (!next_box(&ipco, type, &content))
            return FALSE;
    return match(type, content, data);
}

/* Boxes ipma list the properties of each image (ISO/IEC 23008-12, 9.3.1); there may be several. Searches one
 * of them; the budget is shared by all. */
static gboolean find_in_ipma(Bytes ipma, Bytes ipco, guint32 image, Match match, void *data, guint *budget)
{
    const guint32 full = take(&ipma, FULL_BYTES);
    const gboolean has_long_ids = full >> 24 >= 1;
    const gboolean has_long_numbers = (full & 1) != 0;
    const guint32 n_images = take(&ipma, 4);

    for (guint32 i = 0; i < MIN(n_images, MAX_IMAGES) && ipma.left > 0; i++) {
        const guint32 id = take(&ipma, has_long_ids ? 4 : 2);
        const guint32 n_properties = take(&ipma, 1);

        for (guint32 k = 0; k < n_properties && ipma.left > 0; k++) {
            const guint32 number =
                has_long_numbers ? take(&ipma, 2) & 0x7fff : take(&ipma, 1) & 0x7f; /* without the "essential"
                                                                                     * bit */

            if (id != image)
                continue;
            if (*budget == 0)
                return FALSE;
            (*budget)--;
            if (match_number(ipco, number, match, data))
                return TRUE;
        }
    }
    return FALSE;
}

/* Finds the first matching property of the primary image. */
static gboolean find_property(const void *bytes, gsize size, Match match, void *data)
{
    Bytes meta = find_box((Bytes){bytes, size}, "meta");
    Bytes iprp, ipco, content;
    char type[4];
    guint32 image;
    guint budget = MAX_PROPERTIES;

    take(&meta, FULL_BYTES);
    image = primary_image(meta);
    iprp = find_box(meta, "iprp");
    ipco = find_box(iprp, "ipco");
    for (guint i = 0; i < MAX_BOXES && next_box(&iprp, type, &content); i++)
        if (memcmp(type, "ipma", 4) == 0 && find_in_ipma(content, ipco, image, match, data, &budget))
            return TRUE;
    return FALSE;
}

static void tags_of_codes(guint primaries, guint transfer, ColourTags *tags)
{
    ColourTags named = colour_tags_srgb;

    *tags = colour_tags_srgb;
    (void)colour_tags_set_primaries(tags, primaries);
    if (colour_tags_set_transfer(&named, transfer) &&
        !(named.transfer == TRANSFER_GAMMA && named.gamma == 2.4)) {
        tags->transfer = named.transfer;
        tags->gamma = named.gamma;
    }
}

gboolean heif_tags_read(const void *bytes, gsize size, ColourTags *ret_tags)
{
    Codes codes = {0, 0};

    if (!find_property(bytes, size, match_nclx, &codes))
        return FALSE;
    tags_of_codes(codes.primaries, codes.transfer, ret_tags);
    return TRUE;
}

gboolean heif_tags_is_grey(const void *bytes, gsize size)
{
    guint n_channels = 0;

    return find_property(bytes, size, match_channels, &n_channels) && n_channels == 1;
}

guint32 heif_tags_largest_side(const void *bytes, gsize size)
{
    guint32 largest = 0;

    (void)find_property(bytes, size, match_extents, &largest);
    return largest;
}

/* The codec */

typedef struct {
    guint32 id;
    char type[4];
} Item;

/* Reads a box infe. Only its versions 2 and 3 have a type, and images use only these. */
static Item read_item(Bytes infe)
{
    const guint32 version = take(&infe, FULL_BYTES) >> 24;
    Item item = {0, {0}};

    if (version != 2 && version != 3)
        return item;
    item.id = take(&infe, version == 2 ? 2 : 4);
    take(&infe, 2); /* the index of its protection */
    if (infe.left >= sizeof item.type)
        memcpy(item.type, infe.at, sizeof item.type);
    return item;
}

/* Items that are made from other items. */
static gboolean is_derived(const Item *item)
{
    static const char types[][5] = {"grid", "iden", "iovl", "tmap"};

    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (memcmp(item->type, types[i], 4) == 0)
            return TRUE;
    return FALSE;
}

/* Items that are not images. */
static gboolean is_metadata(const Item *item)
{
    static const char types[][5] = {"Exif", "mime", "uri "};

    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (memcmp(item->type, types[i], 4) == 0)
            return TRUE;
    return item->type[0] == '\0';
}

gboolean heif_tags_codec(const void *bytes, gsize size, char ret_codec[5])
{
    Bytes meta = find_box((Bytes){bytes, size}, "meta");
    Bytes iinf, content;
    char type[4], first[5] = {0};
    gboolean is_first_wanted = FALSE;
    guint32 primary;

    take(&meta, FULL_BYTES);
    primary = primary_image(meta);
    iinf = find_box(meta, "iinf");
    take(&iinf, take(&iinf, FULL_BYTES) >> 24 == 0 ? 2 : 4); /* the number of items */
    for (guint i = 0; i < MAX_BOXES && next_box(&iinf, type, &content); i++) {
        const Item item = read_item(content);

        if (is_metadata(&item))
            continue;
        if (item.id == primary && !is_derived(&item)) {
            memcpy(ret_codec, item.type, 4);
            ret_codec[4] = '\0';
            return TRUE;
        }
        is_first_wanted |= item.id == primary;
        if (first[0] == '\0' && !is_derived(&item))
            memcpy(first, item.type, 4);
    }
    if (!is_first_wanted || first[0] == '\0')
        return FALSE;
    memcpy(ret_codec, first, sizeof first);
    return TRUE;
}

gboolean heif_tags_is_premultiplied(const void *bytes, gsize size)
{
    Bytes meta = find_box((Bytes){bytes, size}, "meta");
    Bytes iref, content;
    char type[4];
    guint32 primary;
    guint id_bytes;

    take(&meta, FULL_BYTES);
    primary = primary_image(meta);
    iref = find_box(meta, "iref");
    id_bytes = take(&iref, FULL_BYTES) >> 24 == 0 ? 2 : 4;
    for (guint i = 0; i < MAX_BOXES && next_box(&iref, type, &content); i++)
        if (memcmp(type, "prem", 4) == 0 && content.left > id_bytes && take(&content, id_bytes) == primary)
            return TRUE;
    return FALSE;
}

gboolean heif_tags_only_tracks(const void *bytes, gsize size)
{
    const Bytes file = {bytes, size};

    return find_box(file, "meta").at == NULL && find_box(file, "moov").at != NULL;
}
