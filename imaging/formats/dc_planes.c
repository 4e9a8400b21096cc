#include "imaging/formats/dc_planes.h"

#include <string.h>

/* The most blocks in an MCU of a scan of several components (T.81, B.2.3). */
#define MAX_MCU_BLOCKS 10u

/* The range of a DC coefficient: at most eight times the mean of a block's values, less 128 each. */
#define LEAST_VALUE (-1024)
#define MOST_VALUE  1023

enum { M_RST0 = 0xd0, M_DHT = 0xc4, M_SOS = 0xda, M_DRI = 0xdd };

static guint32 divide_up(guint32 number, guint32 by)
{
    return (number + by - 1) / by;
}

void dc_planes_lose(DcPlanes *planes)
{
    planes->is_lost = TRUE;
}

gboolean dc_planes_are_good(const DcPlanes *planes)
{
    return planes->n_planes > 0 && !planes->is_lost;
}

void dc_planes_clear(DcPlanes *planes)
{
    for (guint i = 0; i < planes->n_planes; i++)
        g_free(planes->planes[i].values);
    *planes = (DcPlanes){0};
}

/* Tables */

gboolean dc_planes_is_code(const guint8 *counts)
{
    guint code = 0;

    for (guint length = 1; length <= 16; length++) {
        code = 2 * code + counts[length - 1];
        if (code >= 1u << length)
            return FALSE;
    }
    return TRUE;
}

/* A table with a symbol beyond DC_PLANES_MAX_CATEGORY stays unknown: some decoders refuse it, used or not. */
void dc_planes_set_table(DcPlanes *planes, guint slot, const guint8 *counts)
{
    DcTable *table = &planes->tables[slot];
    const guint8 *symbols = counts + 16;
    guint32 code = 0;
    guint32 n = 0;

    *table = (DcTable){.is_known = dc_planes_is_code(counts)};
    for (guint length = 1; table->is_known && length <= 16; length++) {
        table->offsets[length] = (gint32)n - (gint32)code;
        code += counts[length - 1];
        n += counts[length - 1];
        table->limits[length] = code << (16 - length);
        code <<= 1;
    }
    for (guint32 i = 0; i < n; i++)
        table->is_known = table->is_known && symbols[i] <= DC_PLANES_MAX_CATEGORY;
    memcpy(table->symbols, symbols, n);
}

/* Frame */

void dc_planes_begin(DcPlanes *planes, guint width, guint height, const DcPlane *components,
                     guint n_components)
{
    guint max_horizontal = 1;
    guint max_vertical = 1;
    guint mcu_blocks = 0;

    for (guint i = 0; i < n_components; i++) {
        max_horizontal = MAX(max_horizontal, components[i].horizontal);
        max_vertical = MAX(max_vertical, components[i].vertical);
        mcu_blocks += (guint)components[i].horizontal * components[i].vertical;
    }
    if (n_components > 1 && mcu_blocks > MAX_MCU_BLOCKS)
        planes->is_lost = TRUE;
    planes->mcu_columns = divide_up(width, 8 * max_horizontal);
    planes->mcu_rows = divide_up(height, 8 * max_vertical);
    for (guint i = 0; i < n_components && !planes->is_lost; i++) {
        DcPlane *plane = &planes->planes[planes->n_planes++];

        *plane = components[i];
        plane->columns = divide_up(width * plane->horizontal, max_horizontal * 8);
        plane->rows = divide_up(height * plane->vertical, max_vertical * 8);
        plane->stride = planes->mcu_columns * plane->horizontal;
        plane->values = g_try_new0(gint16, (gsize)plane->stride * planes->mcu_rows * plane->vertical);
        planes->is_lost = plane->values == NULL;
    }
}

/* The order of blocks */

typedef struct {
    gboolean (*begin_mcu)(void *data, guint32 number);
    gboolean (*take_block)(void *data, guint place, gint16 *value); /* place: index in the scan */
} Visitor;

static gboolean visit_mcu(const DcPlanes *planes, const DcScan *scan, guint32 row, guint32 column,
                          gboolean (*take_block)(void *, guint, gint16 *), void *data)
{
    for (guint i = 0; i < scan->n_components; i++) {
        const DcPlane *plane = &planes->planes[scan->components[i]];
        gint16 *first =
            plane->values + (gsize)row * plane->vertical * plane->stride + (gsize)column * plane->horizontal;

        for (guint y = 0; y < plane->vertical; y++)
            for (guint x = 0; x < plane->horizontal; x++)
                if (!take_block(data, i, first + (gsize)y * plane->stride + x))
                    return FALSE;
    }
    return TRUE;
}

/* Visits the blocks in their order. The MCUs of a component that is alone in a scan have one block, and do
 * not extend beyond its edges. */
static gboolean visit(const DcPlanes *planes, const DcScan *scan, const Visitor *visitor, void *data)
{
    const DcPlane *only = &planes->planes[scan->components[0]];
    const gboolean is_alone = scan->n_components == 1;
    const guint32 columns = is_alone ? only->columns : planes->mcu_columns;
    const guint32 rows = is_alone ? only->rows : planes->mcu_rows;

    for (guint32 row = 0; row < rows; row++)
        for (guint32 column = 0; column < columns; column++) {
            if (!visitor->begin_mcu(data, row * columns + column))
                return FALSE;
            if (is_alone ? !visitor->take_block(data, 0, only->values + (gsize)row * only->stride + column)
                         : !visit_mcu(planes, scan, row, column, visitor->take_block, data))
                return FALSE;
        }
    return TRUE;
}

/* Reading */

typedef struct {
    const DcPlanes *planes;
    const DcScan *scan;
    const guint8 *data;
    gsize size;
    gsize at;
    guint64 bits; /* its lowest n_bits are not consumed yet */
    guint n_bits;
    gint32 predictions[DC_PLANES_MAX_COMPONENTS];
} Reader;

/* Fills the bit buffer, up to the next marker. */
static void reader_fill(Reader *reader)
{
    while (reader->n_bits <= 48 && reader->at < reader->size) {
        const guint8 byte = reader->data[reader->at];
        const gboolean is_ones = byte == 0xff;

        if (is_ones && (reader->at + 1 == reader->size || reader->data[reader->at + 1] != 0))
            return;
        reader->at += is_ones ? 2 : 1;
        reader->bits = reader->bits << 8 | byte;
        reader->n_bits += 8;
    }
}

static gboolean reader_get(Reader *reader, guint count, guint32 *ret_bits)
{
    if (reader->n_bits < count)
        reader_fill(reader);
    if (reader->n_bits < count)
        return FALSE;
    reader->n_bits -= count;
    *ret_bits = (guint32)(reader->bits >> reader->n_bits) & ((1u << count) - 1);
    return TRUE;
}

static gboolean reader_get_symbol(Reader *reader, const DcTable *table, guint *ret_symbol)
{
    guint32 next;

    if (reader->n_bits < 16)
        reader_fill(reader);
    next = (guint32)(reader->n_bits >= 16 ? reader->bits >> (reader->n_bits - 16)
                                          : reader->bits << (16 - reader->n_bits)) &
           0xffff;
    for (guint length = 1; length <= 16 && length <= reader->n_bits; length++)
        if (next < table->limits[length]) {
            reader->n_bits -= length;
            *ret_symbol = table->symbols[table->offsets[length] + (gint32)(next >> (16 - length))];
            return TRUE;
        }
    return FALSE;
}

/* Whether no more than the padding of the last byte is left. */
static gboolean reader_is_at_marker(Reader *reader)
{
    reader_fill(reader);
    return reader->n_bits < 8;
}

static gboolean begin_mcu(void *data, guint32 number)
{
    Reader *reader = data;
    const guint32 interval = reader->planes->restart_interval;

    if (interval == 0 || number == 0 || number % interval != 0)
        return TRUE;
    if (!reader_is_at_marker(reader) || reader->size - reader->at < 2 || reader->data[reader->at] != 0xff ||
        reader->data[reader->at + 1] != M_RST0 + (number / interval - 1) % 8)
        return FALSE;
    reader->at += 2;
    reader->n_bits = 0;
    memset(reader->predictions, 0, sizeof reader->predictions);
    return TRUE;
}

/* Decodes the difference to the previous value (T.81, F.2.2.1). Both lack their lowest `low` bits. */
static gboolean take_first(void *data, guint place, gint16 *value)
{
    Reader *reader = data;
    gint32 *prediction = &reader->predictions[place];
    const DcTable *table = &reader->planes->tables[reader->scan->tables[place]];
    guint category;
    guint32 bits;
    gint32 whole;

    if (!reader_get_symbol(reader, table, &category) || !reader_get(reader, category, &bits))
        return FALSE;
    *prediction += (gint32)bits;
    if (category > 0 && bits >> (category - 1) == 0)
        *prediction -= (1 << category) - 1;
    if (*prediction < LEAST_VALUE || *prediction > MOST_VALUE)
        return FALSE;
    whole = *prediction * (1 << reader->scan->low);
    *value = (gint16)whole;
    return whole >= LEAST_VALUE && whole <= MOST_VALUE;
}

/* Reads the next lower bit, which is stored as it is. */
static gboolean take_refinement(void *data, guint place, gint16 *value)
{
    Reader *reader = data;
    guint32 bit;

    (void)place;
    if (!reader_get(reader, 1, &bit))
        return FALSE;
    *value = (gint16)(*value | (gint16)(bit << reader->scan->low));
    return TRUE;
}

static gboolean scan_has_tables(const DcPlanes *planes, const DcScan *scan)
{
    for (guint i = 0; i < scan->n_components; i++)
        if (scan->tables[i] >= DC_PLANES_MAX_TABLES || !planes->tables[scan->tables[i]].is_known)
            return FALSE;
    return TRUE;
}

void dc_planes_take_scan(DcPlanes *planes, const DcScan *scan, const guint8 *data, gsize size)
{
    static const Visitor first = {begin_mcu, take_first};
    static const Visitor refinement = {begin_mcu, take_refinement};
    Reader reader = {.planes = planes, .scan = scan, .data = data, .size = size};

    if (!dc_planes_are_good(planes))
        return;
    if (!scan->is_refinement && !scan_has_tables(planes, scan)) {
        planes->is_lost = TRUE;
        return;
    }
    planes->is_lost = !visit(planes, scan, scan->is_refinement ? &refinement : &first, &reader) ||
                      !reader_is_at_marker(&reader) || reader.at != size;
}

/* Writing */

typedef struct {
    JpegWriter *writer;
    gint32 predictions[DC_PLANES_MAX_COMPONENTS];
} Encoder;

static gboolean encode_mcu(void *data, guint32 number)
{
    (void)data;
    (void)number;
    return TRUE;
}

/* The code of a category is the category itself, in four bits; the end of the block is one zero bit. */
static gboolean encode_block(void *data, guint place, gint16 *value)
{
    Encoder *encoder = data;
    const gint32 difference = *value - encoder->predictions[place];
    const guint category = difference == 0 ? 0 : (guint)g_bit_storage((gulong)ABS(difference));
    const guint32 mask = (1u << category) - 1;
    const guint32 bits = (guint32)(difference < 0 ? difference - 1 : difference) & mask;

    jpeg_write_bits(encoder->writer, (category << category | bits) << 1, 4 + category + 1);
    encoder->predictions[place] = *value;
    return TRUE;
}

static void write_header(const DcPlanes *planes, JpegWriter *writer)
{
    static const guint8 no_restarts[] = {0xff, M_DRI, 0, 4, 0, 0};
    static const guint8 dc_table[] = {0xff, M_DHT, 0, 31, 0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0,  0, 0,
                                      0,    0,     0, 0,  0,    1, 2, 3, 4,  5, 6, 7, 8, 9, 10, 11};
    static const guint8 ac_table[] = {0xff, M_DHT, 0, 20, 0x10, 1, 0, 0, 0, 0, 0,
                                      0,    0,     0, 0,  0,    0, 0, 0, 0, 0, 0x00};
    const guint8 begin[] = {0xff, M_SOS, 0, (guint8)(6 + 2 * planes->n_planes), (guint8)planes->n_planes};
    static const guint8 end[] = {0, 63, 0};

    jpeg_write(writer, no_restarts, sizeof no_restarts);
    jpeg_write(writer, dc_table, sizeof dc_table);
    jpeg_write(writer, ac_table, sizeof ac_table);
    jpeg_write(writer, begin, sizeof begin);
    for (guint i = 0; i < planes->n_planes; i++) {
        const guint8 component[] = {planes->planes[i].id, 0x00};

        jpeg_write(writer, component, sizeof component);
    }
    jpeg_write(writer, end, sizeof end);
}

void dc_planes_write(const DcPlanes *planes, JpegWriter *writer)
{
    static const Visitor visitor = {encode_mcu, encode_block};
    const DcScan scan = {.n_components = planes->n_planes, .components = {0, 1, 2, 3}};
    Encoder encoder = {.writer = writer};

    write_header(planes, writer);
    (void)visit(planes, &scan, &visitor, &encoder);
    jpeg_write_padding(writer);
}
