#include "tiffs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENTRIES   24
#define RATIONAL_UNIT 50000

typedef struct {
    guint tag, type, n;
    guint64 values[TIFFS_MAX_BANDS * 2];
    const char *text;      /* instead of values */
    const guint16 *shorts; /* instead of values */
} Entry;

typedef struct {
    GByteArray *out;
    gboolean is_big_endian, is_bigtiff;
} Writer;

enum { ASCII = 2, SHORT = 3, LONG = 4, RATIONAL = 5, LONG8 = 16 };

static void put(const Writer *writer, guint64 value, guint n_bytes)
{
    for (guint i = 0; i < n_bytes; i++) {
        const guint8 byte = (guint8)(value >> (8 * (writer->is_big_endian ? n_bytes - 1 - i : i)));

        g_byte_array_append(writer->out, &byte, 1);
    }
}

static void put_at(const Writer *writer, gsize at, guint64 value, guint n_bytes)
{
    Writer other = *writer;

    other.out = g_byte_array_new();
    put(&other, value, n_bytes);
    memcpy(writer->out->data + at, other.out->data, n_bytes);
    g_byte_array_unref(other.out);
}

static guint side_of(const TiffsPage *page)
{
    return page->side != 0 ? page->side : TIFFS_SIDE;
}

/* Returns the bits of one sample. */
static guint64 encode(const TiffsPage *page, double value)
{
    enum { SIGNED = 2, FLOAT = 3 };
    const double white = ldexp(1.0, (int)page->bits - (page->format == SIGNED ? 1 : 0)) - 1.0;
    union {
        float value;
        guint32 bits;
    } single;

    if (page->format == FLOAT && page->bits == 32) {
        single.value = (float)value;
        return single.bits;
    }
    if (page->bits > 32)
        return 0;
    value = page->is_absolute ? value : value * white;
    return (guint64)(gint64)floor(value + 0.5) & (((guint64)1 << page->bits) - 1);
}

/* Writes one row of one band, or of all. Samples of less than a byte are packed from the highest bit on. */
static void put_row(const Writer *writer, const TiffsPage *page, guint y, guint first, guint n)
{
    const guint side = side_of(page);
    guint64 bits = 0;
    guint n_bits = 0;

    for (guint i = 0; i < side * n; i++) {
        const guint quarter = (i / n >= side / 2 ? 1 : 0) + (y >= side / 2 ? 2 : 0);
        const guint64 value = encode(page, page->values[quarter][first + i % n]);

        if (page->bits % 8 == 0) {
            put(writer, value, page->bits / 8);
            continue;
        }
        bits = bits << page->bits | value;
        for (n_bits += page->bits; n_bits >= 8; n_bits -= 8) {
            const guint8 byte = (guint8)(bits >> (n_bits - 8));

            g_byte_array_append(writer->out, &byte, 1);
        }
    }
    if (n_bits > 0)
        put(writer, (bits << (8 - n_bits)) & 255, 1);
}

/* Writes a strip, or a tile of which a quarter is filled. */
static void put_band(const Writer *writer, const TiffsPage *page, guint first, guint n)
{
    const guint side = side_of(page), row_bytes = side * n * page->bits / 8;

    for (guint y = 0; y < side; y++) {
        put_row(writer, page, y, first, n);
        for (guint i = 0; page->is_tiled && i < row_bytes; i++)
            put(writer, 0, 1);
    }
    for (guint i = 0; page->is_tiled && i < 2 * side * row_bytes; i++)
        put(writer, 0, 1);
}

static Entry *add(Entry *entries, guint *n, guint tag, guint type, guint count, guint64 value)
{
    Entry *entry = &entries[(*n)++];

    *entry = (Entry){.tag = tag, .type = type, .n = count};
    for (guint i = 0; i < count && i < G_N_ELEMENTS(entry->values); i++)
        entry->values[i] = value;
    return entry;
}

static void add_rationals(Entry *entries, guint *n, guint tag, const double *values, guint count)
{
    const double unit = RATIONAL_UNIT;
    Entry *entry = add(entries, n, tag, RATIONAL, count, 0);

    for (guint i = 0; i < count; i++)
        entry->values[i] = (guint64)floor(values[i] * unit + 0.5);
}

static guint add_colours(const TiffsPage *page, Entry *entries, guint n)
{
    enum { YCBCR = 6 };
    Entry *entry;

    if (page->ink_set != 0)
        add(entries, &n, 332, SHORT, 1, page->ink_set);
    if (page->ink_names != NULL)
        add(entries, &n, 333, ASCII, (guint)page->ink_names_size, 0)->text = page->ink_names;
    if (page->n_extras > 0) {
        entry = add(entries, &n, 338, SHORT, page->n_extras, 0);
        for (guint i = 0; i < page->n_extras; i++)
            entry->values[i] = page->extras[i];
    }
    if (page->format != 0)
        add(entries, &n, 339, SHORT, page->samples, page->format);
    if (page->coefficients != NULL)
        add_rationals(entries, &n, 529, page->coefficients, 3);
    if (page->photometric == YCBCR)
        add(entries, &n, 530, SHORT, 2, page->subsampling != 0 ? page->subsampling : 1);
    if (page->reference != NULL)
        add_rationals(entries, &n, 532, page->reference, 6);
    if (page->has_profile)
        add(entries, &n, 34675, LONG, 1, 0);
    return n;
}

static int compare_tags(const void *a, const void *b)
{
    return (int)((const Entry *)a)->tag - (int)((const Entry *)b)->tag;
}

static guint make_entries(const TiffsPage *page, const guint64 *strips, guint64 strip_bytes,
                          const guint64 *subifds, guint n_subifds, Entry *entries)
{
    const guint n_strips = page->is_planar ? page->samples : 1;
    guint n = 0;
    Entry *entry;

    if (page->subfile_type != 0)
        add(entries, &n, 254, LONG, 1, page->subfile_type);
    if (page->old_subfile_type != 0)
        add(entries, &n, 255, SHORT, 1, page->old_subfile_type);
    add(entries, &n, 256, SHORT, 1, side_of(page));
    add(entries, &n, 257, LONG, 1, side_of(page));
    entry = add(entries, &n, 258, SHORT, page->samples, page->bits);
    if (page->has_mixed_depths)
        entry->values[page->samples - 1] = (guint64)2 * page->bits;
    add(entries, &n, 259, SHORT, 1, page->compression != 0 ? page->compression : 1);
    add(entries, &n, 262, SHORT, 1, page->photometric);
    add(entries, &n, 277, SHORT, 1, page->samples);
    if (!page->is_tiled)
        add(entries, &n, 278, SHORT, 1, side_of(page));
    add(entries, &n, 284, SHORT, 1, page->is_planar ? 2 : 1);
    if (page->map != NULL)
        add(entries, &n, 320, SHORT, 3u << page->bits, 0)->shorts = page->map;
    if (page->is_tiled) {
        add(entries, &n, 322, SHORT, 1, (guint64)2 * side_of(page));
        add(entries, &n, 323, SHORT, 1, (guint64)2 * side_of(page));
    }
    entry = add(entries, &n, page->is_tiled ? 324 : 273, LONG, n_strips, 0);
    for (guint i = 0; i < n_strips; i++)
        entry->values[i] = strips[i];
    add(entries, &n, page->is_tiled ? 325 : 279, LONG, n_strips, strip_bytes);
    if (n_subifds > 0) {
        entry = add(entries, &n, 330, LONG, n_subifds, 0);
        for (guint i = 0; i < n_subifds; i++)
            entry->values[i] = subifds[i];
    }
    n = add_colours(page, entries, n);
    qsort(entries, n, sizeof *entries, compare_tags);
    return n;
}

static guint entry_bytes(const Entry *entry)
{
    return entry->n * (entry->type == ASCII ? 1 : entry->type == SHORT ? 2 : entry->type == RATIONAL ? 8 : 4);
}

static void put_values(const Writer *writer, const Entry *entry)
{
    for (guint i = 0; i < entry->n; i++) {
        if (entry->text != NULL)
            put(writer, (guint8)entry->text[i], 1);
        else if (entry->shorts != NULL)
            put(writer, entry->shorts[i], 2);
        else if (entry->type == RATIONAL) {
            put(writer, entry->values[i], 4);
            put(writer, RATIONAL_UNIT, 4);
        } else
            put(writer, entry->values[i], entry->type == SHORT ? 2 : 4);
    }
}

/* Returns its offset; *ret_next_at receives the place for the next directory's offset. */
static gsize put_directory(const Writer *writer, const Entry *entries, guint n, gsize *ret_next_at)
{
    const guint word = writer->is_bigtiff ? 8 : 4;
    gsize outside[MAX_ENTRIES] = {0};
    gsize at;

    for (guint i = 0; i < n; i++) {
        if (entry_bytes(&entries[i]) <= word)
            continue;
        outside[i] = writer->out->len;
        put_values(writer, &entries[i]);
    }
    at = writer->out->len;
    put(writer, n, writer->is_bigtiff ? 8 : 2);
    for (guint i = 0; i < n; i++) {
        put(writer, entries[i].tag, 2);
        put(writer, entries[i].type, 2);
        put(writer, entries[i].n, word);
        if (outside[i] != 0) {
            put(writer, outside[i], word);
            continue;
        }
        put_values(writer, &entries[i]);
        put(writer, 0, word - entry_bytes(&entries[i]));
    }
    *ret_next_at = writer->out->len;
    put(writer, 0, word);
    return at;
}

static gsize put_page(const Writer *writer, const TiffsPage *page, const guint64 *subifds, guint n_subifds,
                      gsize *ret_next_at)
{
    Entry entries[MAX_ENTRIES];
    guint64 strips[TIFFS_MAX_BANDS] = {0};
    const guint n_strips = page->is_planar ? page->samples : 1;
    guint n;

    for (guint strip = 0; strip < n_strips; strip++) {
        strips[strip] = writer->out->len;
        put_band(writer, page, strip, page->is_planar ? 1 : page->samples);
    }
    n = make_entries(page, strips, writer->out->len - strips[n_strips - 1], subifds, n_subifds, entries);
    return put_directory(writer, entries, n, ret_next_at);
}

static void put_header(const Writer *writer)
{
    g_byte_array_append(writer->out, (const guint8 *)(writer->is_big_endian ? "MM" : "II"), 2);
    put(writer, writer->is_bigtiff ? 43 : 42, 2);
    if (writer->is_bigtiff) {
        put(writer, 8, 2);
        put(writer, 0, 2);
    }
    put(writer, 0, writer->is_bigtiff ? 8 : 4);
}

GBytes *tiffs_make(const TiffsPage *pages, guint n_pages, guint kind)
{
    const Writer writer = {.out = g_byte_array_new(),
                           .is_big_endian = (kind & TIFFS_BIG_ENDIAN) != 0,
                           .is_bigtiff = (kind & TIFFS_BIGTIFF) != 0};
    const guint word = writer.is_bigtiff ? 8 : 4;
    gsize link_at = writer.is_bigtiff ? 8 : 4;

    put_header(&writer);
    for (guint i = 0; i < n_pages;) {
        guint64 subifds[TIFFS_MAX_PAGES] = {0};
        guint n_subifds = 0;
        gsize at, next_at;

        while (i + n_subifds + 1 < n_pages && pages[i + n_subifds + 1].is_subifd) {
            subifds[n_subifds] = put_page(&writer, &pages[i + n_subifds + 1], NULL, 0, &next_at);
            n_subifds++;
        }
        at = put_page(&writer, &pages[i], subifds, n_subifds, &next_at);
        put_at(&writer, link_at, at, word);
        link_at = next_at;
        i += n_subifds + 1;
    }
    return g_byte_array_free_to_bytes(writer.out);
}
