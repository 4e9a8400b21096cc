#include "imaging/formats/dc_scans.h"

#include <string.h>

#include "imaging/formats/dc_planes.h"
#include "imaging/formats/jpeg_writer.h"

#define COEFFICIENTS   64u
#define MAX_COMPONENTS DC_PLANES_MAX_COMPONENTS
#define MAX_SAMPLING   4u
#define MAX_AL         13
#define HUFFMAN_TABLES DC_PLANES_MAX_TABLES

enum {
    M_SOF1 = 0xc1,  /* sequential, Huffman coding */
    M_SOF2 = 0xc2,  /* progressive, Huffman coding */
    M_DHT = 0xc4,   /* Huffman tables */
    M_SOF10 = 0xca, /* progressive, arithmetic coding */
    M_DAC = 0xcc,   /* arithmetic conditioning */
    M_RST0 = 0xd0,
    M_RST7 = 0xd7,
    M_SOI = 0xd8,
    M_EOI = 0xd9,
    M_SOS = 0xda,
    M_DQT = 0xdb, /* quantisation tables */
    M_DRI = 0xdd, /* restart interval */
    M_APP0 = 0xe0,
    M_APP15 = 0xef,
    M_COM = 0xfe,
};

typedef struct {
    guint8 id;
    guint8 horizontal; /* sampling factors */
    guint8 vertical;
    gboolean dc_only; /* the decoder makes one pixel of each block */
    guint32 blocks;
    gint8 missing[COEFFICIENTS]; /* low-order bits that no scan has delivered yet; -1 before the first scan */
} Component;

typedef struct {
    gsize begin;
    gsize end;
} Range;

typedef struct {
    const guint8 *bytes;
    gsize size;
    gsize at; /* offset of what is read next */
    gboolean is_arithmetic;
    guint8 ac_tables; /* one bit for each Huffman table that a decoder would accept */
    guint n_components;
    Component components[MAX_COMPONENTS];
    guint n_scans;
    Range cuts[DC_SCANS_MAX_SCANS]; /* scans to leave out, in the order of the file */
    guint n_cuts;
    DcPlanes dc;       /* usable as long as all of the image's pixels can be made from it */
    gsize frame_begin; /* offset of its marker */
    gsize scans_begin; /* offset of the first scan's marker */
} Stream;

/* The parameters of one marker segment. */
typedef struct {
    guint8 marker;
    gsize begin; /* offset of the marker */
    const guint8 *data;
    gsize size;
} Segment;

typedef struct {
    guint n_components;
    int components[MAX_COMPONENTS]; /* indices */
    guint8 first;                   /* Ss and Se: the band of coefficients, in zigzag order */
    guint8 last;
    gint8 high; /* Ah and Al: number of missing bits before this scan and after it */
    gint8 low;
    guint8 dc_tables[MAX_COMPONENTS];
    guint8 ac_table; /* that of the first component */
} Scan;

static guint read_u16(const guint8 *at)
{
    return (guint)at[0] << 8 | at[1];
}

static guint32 divide_up(guint32 number, guint32 by)
{
    return (number + by - 1) / by;
}

/* Reads the next marker segment. Only a marker, after any number of fill bytes, may follow here. */
static gboolean stream_next(Stream *stream, Segment *ret_segment)
{
    const guint8 *bytes = stream->bytes;
    gsize at = stream->at;
    gsize length;

    while (at + 1 < stream->size && bytes[at] == 0xff && bytes[at + 1] == 0xff)
        at++;
    if (stream->size - at < 2 || bytes[at] != 0xff)
        return FALSE;
    *ret_segment = (Segment){.marker = bytes[at + 1], .begin = at};
    stream->at = at + 2;
    if (ret_segment->marker == M_EOI)
        return TRUE;
    if (stream->size - stream->at < 2)
        return FALSE;
    length = read_u16(bytes + stream->at);
    if (length < 2 || length > stream->size - stream->at)
        return FALSE;
    ret_segment->data = bytes + stream->at + 2;
    ret_segment->size = length - 2;
    stream->at += length;
    return TRUE;
}

/* Skips entropy-coded data, up to the marker that ends it. */
static gboolean stream_skip_data(Stream *stream)
{
    for (;;) {
        const guint8 *found = memchr(stream->bytes + stream->at, 0xff, stream->size - stream->at);

        if (found == NULL || (gsize)(found - stream->bytes) + 1 >= stream->size)
            return FALSE;
        stream->at = (gsize)(found - stream->bytes);
        if (found[1] != 0x00 && found[1] != 0xff && (found[1] < M_RST0 || found[1] > M_RST7))
            return TRUE;
        stream->at += found[1] == 0xff ? 1 : 2;
    }
}

/* libjpeg-turbo's rule for the size of a scaled block at a reduction of 8: it is 1 x 1, and doubled as long
 * as the component is subsampled by that factor on both axes. */
static gboolean is_single_pixel(const Component *component, guint max_horizontal, guint max_vertical)
{
    return max_horizontal % (component->horizontal * 2u) != 0 ||
           max_vertical % (component->vertical * 2u) != 0;
}

static gboolean component_read(Component *component, const guint8 *data)
{
    component->id = data[0];
    component->horizontal = data[1] >> 4;
    component->vertical = data[1] & 15;
    memset(component->missing, -1, sizeof component->missing);
    return component->horizontal >= 1 && component->horizontal <= MAX_SAMPLING && component->vertical >= 1 &&
           component->vertical <= MAX_SAMPLING;
}

/* Returns the index of a component, or -1. */
static int stream_find(const Stream *stream, guint8 id)
{
    for (guint i = 0; i < stream->n_components; i++)
        if (stream->components[i].id == id)
            return (int)i;
    return -1;
}

/* Collects DC coefficients if no component needs any others. */
static void begin_planes(Stream *stream, guint width, guint height)
{
    DcPlane planes[MAX_COMPONENTS] = {0};

    for (guint i = 0; i < stream->n_components; i++) {
        const Component *component = &stream->components[i];

        planes[i] = (DcPlane){
            .id = component->id, .horizontal = component->horizontal, .vertical = component->vertical};
        if (!component->dc_only)
            dc_planes_lose(&stream->dc);
    }
    if (stream->is_arithmetic)
        dc_planes_lose(&stream->dc);
    dc_planes_begin(&stream->dc, width, height, planes, stream->n_components);
}

static gboolean take_frame(Stream *stream, const Segment *segment)
{
    const guint8 *data = segment->data;
    guint max_horizontal = 1;
    guint max_vertical = 1;
    guint count, width, height;

    if (stream->n_components != 0 || segment->size < 6 || data[0] != 8)
        return FALSE;
    stream->is_arithmetic = segment->marker == M_SOF10;
    stream->frame_begin = segment->begin;
    height = read_u16(data + 1);
    width = read_u16(data + 3);
    count = data[5];
    if (width == 0 || height == 0 || count < 1 || count > MAX_COMPONENTS ||
        segment->size != 6 + 3 * (gsize)count)
        return FALSE;
    for (guint i = 0; i < count; i++) {
        Component *component = &stream->components[i];

        if (!component_read(component, data + 6 + 3 * (gsize)i) || stream_find(stream, component->id) >= 0)
            return FALSE;
        stream->n_components++;
        max_horizontal = MAX(max_horizontal, component->horizontal);
        max_vertical = MAX(max_vertical, component->vertical);
    }
    for (guint i = 0; i < count; i++) {
        Component *component = &stream->components[i];

        component->dc_only = is_single_pixel(component, max_horizontal, max_vertical);
        component->blocks = divide_up(width * component->horizontal, max_horizontal * 8) *
                            divide_up(height * component->vertical, max_vertical * 8);
    }
    begin_planes(stream, width, height);
    return TRUE;
}

/* Records which tables are valid. A decoder refuses a scan whose table is missing or invalid, and must go on
 * doing so if that scan is left out. */
static gboolean take_huffman_tables(Stream *stream, const Segment *segment)
{
    const guint8 *data = segment->data;
    gsize size = segment->size;

    while (size >= 17) {
        guint8 slot = data[0] & 15;
        gsize symbols = 0;

        for (guint i = 1; i <= 16; i++)
            symbols += data[i];
        if (data[0] >= 0x20 || slot >= HUFFMAN_TABLES || symbols > 256 || symbols > size - 17)
            return FALSE;
        if (data[0] >= 0x10) {
            guint8 bit = (guint8)(1u << slot);

            stream->ac_tables &= (guint8)~bit;
            if (dc_planes_is_code(data + 1))
                stream->ac_tables |= bit;
        } else {
            dc_planes_set_table(&stream->dc, slot, data + 1);
        }
        data += 17 + symbols;
        size -= 17 + symbols;
    }
    return size == 0;
}

/* T.81, B.2.3: the components of a scan are in the order of the frame. A decoder may refuse any other order, and
 * must go on doing so if that scan is left out or written anew. */
static gboolean scan_read(Scan *scan, const Stream *stream, const Segment *segment)
{
    const guint8 *data = segment->data;
    const guint8 *rest;

    if (segment->size < 1 || data[0] < 1 || data[0] > MAX_COMPONENTS ||
        segment->size != 4 + 2 * (gsize)data[0])
        return FALSE;
    *scan = (Scan){.n_components = data[0], .ac_table = data[2] & 15};
    for (guint i = 0; i < scan->n_components; i++) {
        int component = stream_find(stream, data[1 + 2 * i]);

        if (component < 0 || (i > 0 && component <= scan->components[i - 1]))
            return FALSE;
        scan->components[i] = component;
        scan->dc_tables[i] = data[2 + 2 * i] >> 4;
    }
    rest = data + 1 + 2 * (gsize)scan->n_components;
    scan->first = rest[0];
    scan->last = rest[1];
    scan->high = (gint8)(rest[2] >> 4);
    scan->low = (gint8)(rest[2] & 15);
    return TRUE;
}

/* T.81, annex G: a scan has only DC coefficients, or a band of AC coefficients of one component. */
static gboolean scan_is_legal(const Scan *scan)
{
    if (scan->first == 0 ? scan->last != 0
                         : scan->last < scan->first || scan->last >= COEFFICIENTS || scan->n_components != 1)
        return FALSE;
    return scan->low <= MAX_AL && (scan->high == 0 || scan->low == scan->high - 1);
}

/* Each scan must deliver the bits that are missing next, in the order that encoders use: DC before AC, high
 * bits before low ones, nothing twice. */
static gboolean component_advance(Component *component, const Scan *scan)
{
    if (scan->first > 0 && component->missing[0] < 0)
        return FALSE;
    for (guint i = scan->first; i <= scan->last; i++) {
        if (scan->high == 0 ? component->missing[i] != -1 : component->missing[i] != scan->high)
            return FALSE;
        component->missing[i] = scan->low;
    }
    return TRUE;
}

static void take_dc_scan(Stream *stream, const Scan *scan, gsize data_begin)
{
    DcScan dc = {
        .n_components = scan->n_components, .is_refinement = scan->high > 0, .low = (guint)scan->low};

    for (guint i = 0; i < scan->n_components; i++) {
        dc.components[i] = (guint)scan->components[i];
        dc.tables[i] = scan->dc_tables[i];
    }
    dc_planes_take_scan(&stream->dc, &dc, stream->bytes + data_begin, stream->at - data_begin);
}

static gboolean take_scan(Stream *stream, const Segment *segment)
{
    const gsize data_begin = stream->at;
    Scan scan;

    if (stream->n_scans == 0)
        stream->scans_begin = segment->begin;
    if (stream->n_scans == DC_SCANS_MAX_SCANS || !scan_read(&scan, stream, segment) || !scan_is_legal(&scan))
        return FALSE;
    stream->n_scans++;
    for (guint i = 0; i < scan.n_components; i++)
        if (!component_advance(&stream->components[scan.components[i]], &scan))
            return FALSE;
    if (!stream_skip_data(stream))
        return FALSE;
    if (scan.first == 0)
        take_dc_scan(stream, &scan, data_begin);
    if (scan.first == 0 || !stream->components[scan.components[0]].dc_only)
        return TRUE;
    if (!stream->is_arithmetic &&
        (scan.ac_table >= HUFFMAN_TABLES || (stream->ac_tables >> scan.ac_table & 1) == 0))
        return FALSE;
    stream->cuts[stream->n_cuts++] = (Range){segment->begin, stream->at};
    return TRUE;
}

static void take_restart_interval(Stream *stream, const Segment *segment)
{
    if (segment->size == 2)
        stream->dc.restart_interval = read_u16(segment->data);
    else
        dc_planes_lose(&stream->dc);
}

static gboolean take_segment(Stream *stream, const Segment *segment)
{
    /* Such a segment would precede all scans in a sequential stream, where it would mean something else. */
    if (stream->n_scans > 0 && segment->marker != M_SOS && segment->marker != M_DHT &&
        segment->marker != M_DRI)
        dc_planes_lose(&stream->dc);
    switch (segment->marker) {
    case M_SOF2:
    case M_SOF10: return take_frame(stream, segment);
    case M_SOS: return take_scan(stream, segment);
    case M_DHT: return take_huffman_tables(stream, segment);
    case M_DRI: take_restart_interval(stream, segment); return TRUE;
    case M_DAC:
    case M_DQT:
    case M_COM: return TRUE;
    default: return segment->marker >= M_APP0 && segment->marker <= M_APP15;
    }
}

/* A decoder smooths the image if any component lacks bits of one of its first AC coefficients. Then no scan
 * may be replaced. */
static gboolean stream_is_complete(const Stream *stream)
{
    for (guint i = 0; i < stream->n_components; i++)
        for (guint k = 0; k < COEFFICIENTS; k++)
            if (stream->components[i].missing[k] != 0)
                return FALSE;
    return TRUE;
}

/* Returns TRUE if the whole stream is understood; *ret_end is the offset of EOI. */
static gboolean stream_parse(Stream *stream, gsize *ret_end)
{
    if (stream->size < 2 || stream->bytes[0] != 0xff || stream->bytes[1] != M_SOI)
        return FALSE;
    stream->at = 2;
    for (guint i = 0; i < DC_SCANS_MAX_SEGMENTS; i++) {
        Segment segment;

        if (!stream_next(stream, &segment))
            return FALSE;
        if (segment.marker == M_EOI) {
            *ret_end = segment.begin;
            return stream_is_complete(stream);
        }
        if (!take_segment(stream, &segment))
            return FALSE;
    }
    return FALSE;
}

/* Writes the tables for the empty scans: no restart interval, and an AC table whose 4-bit codes are the
 * numbers 0 to 14, for the symbols EOB0 to EOB14. */
static void write_tables(JpegWriter *writer, gboolean is_arithmetic)
{
    static const guint8 no_restarts[] = {0xff, M_DRI, 0, 4, 0, 0};
    static const guint8 table[] = {0xff, M_DHT, 0,    34,   0x10, 0,    0,    0,    15,   0,    0,    0,
                                   0,    0,     0,    0,    0,    0,    0,    0,    0,    0x00, 0x10, 0x20,
                                   0x30, 0x40,  0x50, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0, 0xd0, 0xe0};

    jpeg_write(writer, no_restarts, sizeof no_restarts);
    if (!is_arithmetic)
        jpeg_write(writer, table, sizeof table);
}

/* EOBn, followed by n bits, ends 2^n blocks plus the number in these bits, which is 0 here. */
static void write_empty_huffman(JpegWriter *writer, guint32 blocks)
{
    while (blocks > 0) {
        guint n = MIN((guint)g_bit_storage(blocks) - 1, 14);

        jpeg_write_bits(writer, n << n, 4 + n);
        blocks -= 1u << n;
    }
    jpeg_write_padding(writer);
}

/* One decision per block ends it. In the coder's initial state that is the less probable decision, whose code
 * is 0x10000 - 0x5a1d (T.81, annex D: Qe of index 0). From then on it is the more probable one, which adds
 * nothing to the code. When a decoder meets a marker, it supplies by itself the zero bits that are due. */
static void write_empty_arithmetic(JpegWriter *writer)
{
    static const guint8 code[] = {0xa5, 0xe3};

    jpeg_write(writer, code, sizeof code);
}

static void write_empty_scans(JpegWriter *writer, const Stream *stream)
{
    write_tables(writer, stream->is_arithmetic);
    for (guint i = 0; i < stream->n_components; i++) {
        const Component *component = &stream->components[i];
        const guint8 header[] = {0xff, M_SOS, 0, 8, 1, component->id, 0, 1, COEFFICIENTS - 1, 0};

        if (!component->dc_only)
            continue;
        jpeg_write(writer, header, sizeof header);
        if (stream->is_arithmetic)
            write_empty_arithmetic(writer);
        else
            write_empty_huffman(writer, component->blocks);
    }
}

/* The empty scans come last, where their tables affect no other scan. */
static void write_cut(JpegWriter *writer, const Stream *stream, gsize end)
{
    static const guint8 eoi[] = {0xff, M_EOI};
    gsize at = 0;

    for (guint i = 0; i < stream->n_cuts; i++) {
        jpeg_write(writer, stream->bytes + at, stream->cuts[i].begin - at);
        at = stream->cuts[i].end;
    }
    jpeg_write(writer, stream->bytes + at, end - at);
    write_empty_scans(writer, stream);
    jpeg_write(writer, eoi, sizeof eoi);
}

/* Writes what precedes the first scan, with another type of frame, and one scan. */
static void write_sequential(JpegWriter *writer, const Stream *stream)
{
    static const guint8 frame[] = {0xff, M_SOF1};
    static const guint8 eoi[] = {0xff, M_EOI};
    const gsize behind = stream->frame_begin + sizeof frame;

    jpeg_write(writer, stream->bytes, stream->frame_begin);
    jpeg_write(writer, frame, sizeof frame);
    jpeg_write(writer, stream->bytes + behind, stream->scans_begin - behind);
    dc_planes_write(&stream->dc, writer);
    jpeg_write(writer, eoi, sizeof eoi);
}

static void write_stream(JpegWriter *writer, const Stream *stream, gsize end)
{
    if (dc_planes_are_good(&stream->dc))
        write_sequential(writer, stream);
    else
        write_cut(writer, stream, end);
}

/* Returns NULL if the result would not be shorter. */
static guint8 *stream_shorten(const Stream *stream, gsize end, gsize *ret_size)
{
    JpegWriter measure = {0};
    JpegWriter writer = {0};

    write_stream(&measure, stream, end);
    if (measure.size >= stream->size)
        return NULL;
    writer.bytes = g_try_malloc(measure.size);
    if (writer.bytes == NULL)
        return NULL;
    write_stream(&writer, stream, end);
    *ret_size = writer.size;
    return writer.bytes;
}

guint8 *dc_scans_extract(const guint8 *bytes, gsize size, gsize *ret_size)
{
    Stream stream = {.bytes = bytes, .size = size};
    guint8 *extract = NULL;
    gsize end;

    if (stream_parse(&stream, &end) && stream.n_cuts > 0)
        extract = stream_shorten(&stream, end, ret_size);
    dc_planes_clear(&stream.dc);
    return extract;
}
