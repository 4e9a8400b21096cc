#include "imaging/formats/tiff_pages.h"

#include <string.h>

/* Directories in use have some 20 tags. One with more than this is not read. */
#define MAX_TAGS 512u

/* The most SubIFDs of a page that are read: the levels of a pyramid, or the previews in a camera's raw
 * file. */
#define MAX_SUBIFDS     TIFF_MAX_LEVELS

#define VERSION_CLASSIC 42u
#define VERSION_BIG     43u

/* The most values of a tag that are read. */
#define MAX_VALUES 32u

#define MAX_TEXT   64u

enum {
    TAG_NEW_SUBFILE_TYPE = 254,
    TAG_SUBFILE_TYPE = 255,
    TAG_WIDTH = 256,
    TAG_LENGTH = 257,
    TAG_BITS = 258,
    TAG_COMPRESSION = 259,
    TAG_PHOTOMETRIC = 262,
    TAG_SAMPLES = 277,
    TAG_PLANAR = 284,
    TAG_TILE_WIDTH = 322,
    TAG_TILE_LENGTH = 323,
    TAG_SUBIFDS = 330,
    TAG_INK_SET = 332,
    TAG_INK_NAMES = 333,
    TAG_EXTRAS = 338,
    TAG_SAMPLE_FORMAT = 339,
    TAG_COEFFICIENTS = 529,
    TAG_SUBSAMPLING = 530,
    TAG_REFERENCE = 532,
    TAG_PROFILE = 34675,
    TAG_DNG_VERSION = 50706,
};

/* Sizes that differ between classic TIFF and BigTIFF. */
typedef struct {
    guint offset_at;     /* where the first directory's offset is stored */
    guint offset_bytes;  /* size of an offset */
    guint counter_bytes; /* size of the number of tags */
    guint entry_bytes;
} Layout;

static const Layout layout_classic = {4, 4, 2, 12};
static const Layout layout_big = {8, 8, 8, 20};

typedef struct {
    const guint8 *bytes;
    gsize size;
    gboolean is_big_endian;
    const Layout *layout;
} Reader;

/* A tag of a directory. */
typedef struct {
    guint tag;
    guint type;
    guint64 count;
    guint64 at; /* offset of its values */
} Entry;

typedef struct {
    TiffPage page;
    guint64 subifds[MAX_SUBIFDS];
    guint64 next; /* offset of the next directory, or 0 */
} Directory;

/* Returns 0 beyond the end of the file. */
static guint64 read_number(const Reader *reader, guint64 at, guint n_bytes)
{
    guint64 value = 0;

    if (at > reader->size || reader->size - at < n_bytes)
        return 0;
    for (guint i = 0; i < n_bytes; i++)
        value = value << 8 | reader->bytes[at + (reader->is_big_endian ? i : n_bytes - 1 - i)];
    return value;
}

/* Sizes of the types of TIFF 6.0, page 15, and of BigTIFF. */
static guint type_bytes(guint type)
{
    static const guint8 sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

    return type < G_N_ELEMENTS(sizes) ? sizes[type] : 0;
}

static double read_value(const Reader *reader, guint type, guint64 at)
{
    enum { RATIONAL = 5, SIGNED_RATIONAL = 10, FLOAT = 11, DOUBLE = 12 };
    union {
        guint32 bits;
        float value;
    } single;
    union {
        guint64 bits;
        double value;
    } twice;
    double divisor;

    switch (type) {
    case RATIONAL:
    case SIGNED_RATIONAL:
        divisor = (double)read_number(reader, at + 4, 4);
        return divisor > 0.0 ? (double)(guint32)read_number(reader, at, 4) / divisor : 0.0;
    case FLOAT: single.bits = (guint32)read_number(reader, at, 4); return (double)single.value;
    case DOUBLE: twice.bits = read_number(reader, at, 8); return twice.value;
    default: return (double)read_number(reader, at, type_bytes(type));
    }
}

static guint entry_values(const Reader *reader, const Entry *entry, guint max, double *ret_values)
{
    const guint n = (guint)MIN(entry->count, max);

    for (guint i = 0; i < n; i++)
        ret_values[i] = read_value(reader, entry->type, entry->at + (guint64)i * type_bytes(entry->type));
    return n;
}

/* Returns 0 for numbers that do not fit into 32 bits. */
static guint32 whole_number(double value)
{
    return value >= 0.0 && value <= (double)G_MAXUINT32 ? (guint32)value : 0;
}

/* The first value; 0 if there is none. */
static guint32 entry_number(const Reader *reader, const Entry *entry)
{
    const guint n_bytes = type_bytes(entry->type);

    return entry->count > 0 ? (guint32)read_number(reader, entry->at, n_bytes) : 0;
}

/* Returns the first value, and sets *is_mixed if any of the first MAX_VALUES values differs from it. */
static guint32 entry_common(const Reader *reader, const Entry *entry, gboolean *is_mixed)
{
    double values[MAX_VALUES] = {0};
    const guint n = entry_values(reader, entry, MAX_VALUES, values);

    for (guint i = 1; i < n; i++)
        if (values[i] != values[0])
            *is_mixed = TRUE;
    return entry_number(reader, entry);
}

/* InkNames is a list of strings that each end with NUL. */
static gboolean names_cmyk(const Reader *reader, const Entry *entry)
{
    static const char expected[] = "cyan\0magenta\0yellow\0black";
    char text[MAX_TEXT] = {0};

    for (guint i = 0; i < MIN(entry->count, sizeof text - 1); i++)
        text[i] = g_ascii_tolower((char)read_number(reader, entry->at + i, 1));
    return memcmp(text, expected, sizeof expected) == 0;
}

static void read_subifds(const Reader *reader, const Entry *entry, Directory *directory)
{
    const guint n_bytes = type_bytes(entry->type);

    directory->page.n_subifds = (guint32)MIN(entry->count, MAX_SUBIFDS);
    for (guint i = 0; i < directory->page.n_subifds; i++)
        directory->subifds[i] = read_number(reader, entry->at + (guint64)i * n_bytes, n_bytes);
}

static void read_extras(const Reader *reader, const Entry *entry, TiffPage *page)
{
    double values[TIFF_MAX_EXTRAS];

    page->n_extras = entry_values(reader, entry, TIFF_MAX_EXTRAS, values);
    for (guint i = 0; i < page->n_extras; i++)
        page->extras[i] = whole_number(values[i]);
}

static void take_colours(const Reader *reader, const Entry *entry, TiffPage *page)
{
    enum { INK_SET_CMYK = 1 };
    double values[2];

    switch (entry->tag) {
    case TAG_INK_SET: page->is_cmyk = entry_number(reader, entry) == INK_SET_CMYK; break;
    case TAG_INK_NAMES: page->is_cmyk = page->is_cmyk || names_cmyk(reader, entry); break;
    case TAG_EXTRAS: read_extras(reader, entry, page); break;
    case TAG_COEFFICIENTS: entry_values(reader, entry, 3, page->coefficients); break;
    case TAG_REFERENCE: entry_values(reader, entry, 6, page->reference); break;
    case TAG_SUBSAMPLING:
        if (entry_values(reader, entry, 2, values) == 2) {
            page->subsampling[0] = whole_number(values[0]);
            page->subsampling[1] = whole_number(values[1]);
        }
        break;
    default: break;
    }
}

/* The offset of the two low bytes of a number below 65536; 0 if the number has only one byte. */
static gsize number_at(const Reader *reader, const Entry *entry)
{
    const guint n_bytes = type_bytes(entry->type);

    if (n_bytes < 2)
        return 0;
    return (gsize)entry->at + (reader->is_big_endian ? n_bytes - 2 : 0);
}

/* A bit for each tag of a directory that has been read. */
typedef struct {
    guint8 bits[(G_MAXUINT16 + 1) / 8];
} Seen;

/* If a tag occurs twice, libtiff uses the first entry (TIFFReadDirectory). */
static gboolean is_repeated(Seen *seen, guint tag)
{
    const guint8 bit = (guint8)(1u << tag % 8);
    const gboolean result = (seen->bits[tag / 8] & bit) != 0;

    seen->bits[tag / 8] |= bit;
    return result;
}

static void take_kind(const Reader *reader, const Entry *entry, TiffPage *page)
{
    enum { BIT_REDUCED = 1, BIT_MASK = 4, OLD_REDUCED = 2, PLANAR_SEPARATE = 2 };
    const guint32 number = entry_number(reader, entry);

    switch (entry->tag) {
    case TAG_NEW_SUBFILE_TYPE:
        page->is_reduced = page->is_reduced || (number & BIT_REDUCED) != 0;
        page->is_mask = page->is_mask || (number & BIT_MASK) != 0;
        break;
    case TAG_SUBFILE_TYPE: page->is_reduced = page->is_reduced || number == OLD_REDUCED; break;
    case TAG_PHOTOMETRIC:
        page->photometric = number;
        page->is_mask = page->is_mask || number == TIFF_MASK;
        break;
    case TAG_PLANAR:
        page->is_planar = number == PLANAR_SEPARATE;
        page->planar_at = page->is_planar ? number_at(reader, entry) : 0;
        break;
    case TAG_PROFILE: page->has_profile = TRUE; break;
    case TAG_DNG_VERSION: page->is_dng = TRUE; break;
    default: take_colours(reader, entry, page); break;
    }
}

static void take_entry(const Reader *reader, const Entry *entry, Directory *directory)
{
    TiffPage *page = &directory->page;

    switch (entry->tag) {
    case TAG_WIDTH: page->size.width = entry_number(reader, entry); break;
    case TAG_LENGTH: page->size.height = entry_number(reader, entry); break;
    case TAG_TILE_WIDTH: page->tile.width = entry_number(reader, entry); break;
    case TAG_TILE_LENGTH: page->tile.height = entry_number(reader, entry); break;
    case TAG_COMPRESSION: page->compression = entry_number(reader, entry); break;
    case TAG_SAMPLES: page->samples = entry_number(reader, entry); break;
    case TAG_BITS: page->bits = entry_common(reader, entry, &page->is_mixed); break;
    case TAG_SAMPLE_FORMAT: page->sample_format = entry_common(reader, entry, &page->is_mixed); break;
    case TAG_SUBIFDS: read_subifds(reader, entry, directory); break;
    default: take_kind(reader, entry, page); break;
    }
}

static Entry entry_read(const Reader *reader, guint64 at)
{
    const guint offset_bytes = reader->layout->offset_bytes;
    Entry entry = {.tag = (guint)read_number(reader, at, 2),
                   .type = (guint)read_number(reader, at + 2, 2),
                   .count = read_number(reader, at + 4, offset_bytes),
                   .at = at + 4 + offset_bytes};
    const guint n_bytes = type_bytes(entry.type);

    if (n_bytes == 0)
        entry.count = 0;
    else if (entry.count > offset_bytes / n_bytes)
        entry.at = read_number(reader, entry.at, offset_bytes);
    return entry;
}

static gboolean directory_read(const Reader *reader, guint64 at, Directory *ret_directory)
{
    const Layout *layout = reader->layout;
    Directory directory = {.page = {.photometric = TIFF_NOT_SAID,
                                    .compression = TIFF_NO_COMPRESSION,
                                    .samples = 1,
                                    .bits = 1,
                                    .sample_format = TIFF_UNSIGNED,
                                    .is_cmyk = TRUE,
                                    .subsampling = {2, 2}}};
    Seen seen = {{0}};
    guint64 n_tags;

    if (at == 0 || at > reader->size || reader->size - at < layout->counter_bytes)
        return FALSE;
    n_tags = read_number(reader, at, layout->counter_bytes);
    if (n_tags > MAX_TAGS)
        return FALSE;
    at += layout->counter_bytes;
    for (guint64 i = 0; i < n_tags; i++) {
        const Entry entry = entry_read(reader, at + i * layout->entry_bytes);

        if (!is_repeated(&seen, entry.tag))
            take_entry(reader, &entry, &directory);
    }
    directory.next = read_number(reader, at + n_tags * layout->entry_bytes, layout->offset_bytes);
    *ret_directory = directory;
    return TRUE;
}

static gboolean reader_init(const void *bytes, gsize size, Reader *ret_reader)
{
    Reader reader = {bytes, size, size > 0 && *(const guint8 *)bytes == 'M', NULL};
    const guint64 version = read_number(&reader, 2, 2);

    if (version != VERSION_CLASSIC && version != VERSION_BIG)
        return FALSE;
    reader.layout = version == VERSION_BIG ? &layout_big : &layout_classic;
    *ret_reader = reader;
    return TRUE;
}

static gboolean is_sensor_data(const TiffPage *page)
{
    return page->is_dng || page->photometric == TIFF_CFA || page->photometric == TIFF_LINEAR_RAW;
}

/* The best picture found so far. */
typedef struct {
    TiffFile *file;
    Directory chosen;
    guint64 best; /* its rank; 0 before the first picture */
} Choice;

#define IS_WHOLE ((guint64)1 << 62)

/* Prefers the first full picture, pages before SubIFDs; then the largest reduced one; then a mask. */
static void consider(Choice *choice, const Directory *directory, int page, int subifd)
{
    const PlanSize size = directory->page.size;
    const guint64 pixels = 2 + MIN((guint64)size.width * size.height, IS_WHOLE / 4);
    const guint64 rank = directory->page.is_mask      ? 1
                         : directory->page.is_reduced ? pixels
                         : subifd < 0                 ? IS_WHOLE + 1
                                                      : IS_WHOLE;

    choice->file->is_raw = choice->file->is_raw || is_sensor_data(&directory->page);
    if (rank <= choice->best)
        return;
    choice->best = rank;
    choice->chosen = *directory;
    choice->file->page = directory->page;
    choice->file->levels[0] = (TiffLevel){page, subifd, size};
}

/* Considers all pages up to the first full picture, with their SubIFDs. */
static void choose(const Reader *reader, Choice *choice)
{
    guint64 at = read_number(reader, reader->layout->offset_at, reader->layout->offset_bytes);
    Directory directory;
    Directory sub;

    for (guint page = 0; page < TIFF_MAX_PAGES && choice->best <= IS_WHOLE; page++) {
        if (!directory_read(reader, at, &directory))
            return;
        consider(choice, &directory, (int)page, -1);
        for (guint i = 0; i < directory.page.n_subifds; i++)
            if (directory_read(reader, directory.subifds[i], &sub))
                consider(choice, &sub, (int)page, (int)i);
        at = directory.next;
    }
}

static gboolean is_half(guint32 whole, guint32 part)
{
    return part >= 1 && (part == whole / 2 || part == (whole + 1) / 2);
}

static gboolean are_equal(const double *a, const double *b, guint n)
{
    for (guint i = 0; i < n; i++)
        if (a[i] != b[i])
            return FALSE;
    return TRUE;
}

/* Whether a page can be a level of the picture: tiff_layout_of() must hold for both, and tiff_load() patches
 * the file for the picture only. */
static gboolean is_like(const TiffPage *page, const TiffPage *first)
{
    return page->photometric == first->photometric && page->compression == first->compression &&
           page->samples == first->samples && page->bits == first->bits &&
           page->sample_format == first->sample_format && page->is_mixed == first->is_mixed &&
           page->has_profile == first->has_profile && page->is_cmyk == first->is_cmyk &&
           page->n_extras == first->n_extras &&
           memcmp(page->extras, first->extras, sizeof page->extras) == 0 &&
           memcmp(page->subsampling, first->subsampling, sizeof page->subsampling) == 0 &&
           are_equal(page->coefficients, first->coefficients, G_N_ELEMENTS(page->coefficients)) &&
           are_equal(page->reference, first->reference, G_N_ELEMENTS(page->reference)) &&
           page->is_planar == first->is_planar && (!page->is_planar || page->samples > 1);
}

static gboolean is_level(const TiffFile *file, const TiffPage *page)
{
    const PlanSize above = file->levels[file->n_levels - 1].size;

    return file->n_levels < TIFF_MAX_LEVELS && is_half(above.width, page->size.width) &&
           is_half(above.height, page->size.height) && !page->is_mask && is_like(page, &file->page);
}

static void add_level(TiffFile *file, const TiffPage *page, int at_page, int subifd)
{
    file->levels[file->n_levels++] = (TiffLevel){at_page, subifd, page->size};
}

static void find_levels(const Reader *reader, const Choice *choice)
{
    TiffFile *file = choice->file;
    const int page = file->levels[0].page;
    Directory directory = choice->chosen;

    if (file->levels[0].subifd >= 0)
        return;
    for (guint i = 0; i < choice->chosen.page.n_subifds; i++) {
        if (!directory_read(reader, choice->chosen.subifds[i], &directory) ||
            !is_level(file, &directory.page))
            return;
        add_level(file, &directory.page, page, (int)i);
    }
    if (choice->chosen.page.n_subifds > 0)
        return;
    while (directory_read(reader, directory.next, &directory) && directory.page.is_reduced &&
           is_level(file, &directory.page))
        add_level(file, &directory.page, page + (int)file->n_levels, -1);
}

gboolean tiff_file_read(const void *bytes, gsize size, TiffFile *ret_file)
{
    TiffFile file = {.n_levels = 1};
    Choice choice = {.file = &file};
    Reader reader;

    if (!reader_init(bytes, size, &reader))
        return FALSE;
    choose(&reader, &choice);
    if (choice.best == 0)
        return FALSE;
    find_levels(&reader, &choice);
    *ret_file = file;
    return TRUE;
}
