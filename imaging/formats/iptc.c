#include "imaging/formats/iptc.h"

#include <string.h>

#define DATASET_MARK         0x1cu
#define DATASET_HEADER_BYTES 5u
#define ENVELOPE_RECORD      1u
#define APPLICATION_RECORD   2u

/* Datasets of the application record. */
#define DATASET_ORIENTATION   131u
#define DATASET_PREVIEW_FIRST 200u
#define DATASET_PREVIEW_LAST  202u

/* The longest dataset whose length fits into two bytes. */
#define MAX_DATASET_BYTES 0x7fffu

/* The standard's limits are 32 and 128. */
#define MAX_TEXT_BYTES 512u

typedef struct {
    const guint8 *at;
    gsize left;
} Bytes;

static guint32 read_number(const guint8 *at, guint n_bytes)
{
    guint32 value = 0;

    while (n_bytes-- > 0)
        value = value << 8 | *at++;
    return value;
}

static void skip(Bytes *bytes, gsize n)
{
    n = MIN(n, bytes->left);
    bytes->at += n;
    bytes->left -= n;
}

/* Resources consist of "8BIM", a number, a name preceded by its length and padded to an even length, a size,
 * and that many bytes, also padded (Adobe, "Photoshop File Formats Specification", Image Resource Blocks). */
static Bytes find_records(Bytes bytes)
{
    static const char introduction[] = "Photoshop 3.0";
    const guint32 iptc = 0x0404;

    if (bytes.left > sizeof introduction && memcmp(bytes.at, introduction, sizeof introduction) == 0)
        skip(&bytes, sizeof introduction);
    while (bytes.left >= 12 && memcmp(bytes.at, "8BIM", 4) == 0) {
        const guint32 number = read_number(bytes.at + 4, 2);
        gsize name = 1 + (gsize)bytes.at[6];
        gsize size;

        skip(&bytes, 6 + name + name % 2);
        if (bytes.left < 4)
            break;
        size = read_number(bytes.at, 4);
        skip(&bytes, 4);
        if (number == iptc)
            return (Bytes){bytes.at, MIN(size, bytes.left)};
        skip(&bytes, size);
        skip(&bytes, size % 2);
    }
    return bytes;
}

/* Old files use any encoding; text that is not UTF-8 is taken for Latin-1. */
static char *text_of(const guint8 *at, gsize length)
{
    const gsize kept = MIN(length, MAX_TEXT_BYTES);
    g_autofree char *raw = g_strndup((const char *)at, kept);
    char *text = g_utf8_validate(raw, -1, NULL) ? g_steal_pointer(&raw)
                                                : g_convert(raw, -1, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);

    for (char *c = text; c != NULL && *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            *c = ' ';
    return text;
}

char *iptc_get(const void *bytes, gsize size, IptcField field)
{
    Bytes records = find_records((Bytes){bytes, size});

    while (records.left >= DATASET_HEADER_BYTES && records.at[0] == DATASET_MARK) {
        const guint8 *header = records.at;
        const gsize length = read_number(header + 3, 2);

        skip(&records, DATASET_HEADER_BYTES);
        if (length > records.left || length > MAX_DATASET_BYTES)
            return NULL;
        if (header[1] == APPLICATION_RECORD && header[2] == (guint8)field && length > 0)
            return text_of(records.at, length);
        skip(&records, length);
    }
    return NULL;
}

static gboolean is_true(guint record, guint dataset)
{
    if (record == APPLICATION_RECORD)
        return dataset != DATASET_ORIENTATION &&
               (dataset < DATASET_PREVIEW_FIRST || dataset > DATASET_PREVIEW_LAST);
    return record == ENVELOPE_RECORD;
}

static GByteArray *true_records(Bytes records)
{
    GByteArray *kept = g_byte_array_new();

    while (records.left >= DATASET_HEADER_BYTES && records.at[0] == DATASET_MARK) {
        const guint8 *header = records.at;
        const gsize length = read_number(header + 3, 2);

        if (length > records.left - DATASET_HEADER_BYTES || length > MAX_DATASET_BYTES)
            break;
        if (is_true(header[1], header[2]))
            g_byte_array_append(kept, header, (guint)(DATASET_HEADER_BYTES + length));
        skip(&records, DATASET_HEADER_BYTES + length);
    }
    return kept;
}

GBytes *iptc_clean(const void *bytes, gsize size)
{
    /* The introduction with its NUL, and the header of an unnamed resource; its size follows. */
    static const char header[] = "Photoshop 3.0\0008BIM\4\4\0";
    GByteArray *records = true_records(find_records((Bytes){bytes, size}));
    const guint32 length = GUINT32_TO_BE(records->len);

    if (records->len == 0) {
        g_byte_array_unref(records);
        return NULL;
    }
    if (records->len % 2 != 0)
        g_byte_array_append(records, (const guint8 *)"", 1);
    g_byte_array_prepend(records, (const guint8 *)&length, sizeof length);
    g_byte_array_prepend(records, (const guint8 *)header, sizeof header);
    return g_byte_array_free_to_bytes(records);
}
