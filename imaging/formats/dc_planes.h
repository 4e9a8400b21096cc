/* The DC coefficients of a progressive JPEG, read from its scans and rewritten as a sequential stream without
 * any AC coefficient. A decoder that makes one pixel of each block makes the same pixels of that stream, and
 * needs no memory for it: of a progressive stream it keeps all 64 coefficients of every block.
 *
 * Used by the imager, from dc_scans.c; pure. A large image takes 1/32 byte per pixel and component while this
 * exists. (ITU-T T.81: annex F for Huffman codes, G.1.2.1 for DC scans, A.2 for the order of blocks.)
 *
 *   1. A zeroed struct is empty; tables and restart intervals may be set at any time.
 *   2. dc_planes_begin() with the frame, then dc_planes_take_scan() with each scan of DC coefficients.
 *   3. dc_planes_write(), if dc_planes_are_good().
 *   4. dc_planes_clear().
 *
 * Anything unexpected makes the struct unusable for good: damaged data, codes or values that no encoder
 * writes, no memory.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/jpeg_writer.h"

#define DC_PLANES_MAX_COMPONENTS 4u
#define DC_PLANES_MAX_TABLES     4u

/* The most bits of a difference of DC coefficients in 8-bit images. */
#define DC_PLANES_MAX_CATEGORY 11u

typedef struct {
    guint8 id;
    guint8 horizontal; /* sampling factors */
    guint8 vertical;
    guint32 columns; /* number of blocks on each axis */
    guint32 rows;
    guint32 stride; /* columns, rounded up to whole MCUs */
    gint16 *values;
} DcPlane;

typedef struct {
    gboolean is_known;
    guint32 limits[17]; /* for each code length: all its codes, extended to 16 bits, are below this */
    gint32 offsets[17]; /* for each code length: added to a code, yields its symbol's index */
    guint8 symbols[256];
} DcTable;

typedef struct {
    gboolean is_lost; /* unusable */
    guint n_planes;   /* 0 before dc_planes_begin() */
    DcPlane planes[DC_PLANES_MAX_COMPONENTS];
    guint32 mcu_columns;
    guint32 mcu_rows;
    DcTable tables[DC_PLANES_MAX_TABLES];
    guint restart_interval; /* MCUs; 0 if there are no restarts */
} DcPlanes;

typedef struct {
    guint n_components;
    guint components[DC_PLANES_MAX_COMPONENTS]; /* their indices, without duplicates */
    guint8 tables[DC_PLANES_MAX_COMPONENTS];    /* their DC tables; not used by a refinement */
    gboolean is_refinement;
    guint low; /* Al, up to 13 */
} DcScan;

/* Sets a Huffman table. counts is followed by the symbols: 16 counts, then as many symbols as they add up to,
 * at most 256. slot is below DC_PLANES_MAX_TABLES. */
void dc_planes_set_table(DcPlanes *planes, guint slot, const guint8 *counts);

/* Begins a frame. Of `components`, n_components (1 .. 4) in number, only the id and the sampling factors (1
 * .. 4) are read. */
void dc_planes_begin(DcPlanes *planes, guint width, guint height, const DcPlane *components,
                     guint n_components);

/* Reads a scan. data: from behind its header to the next marker that is not a restart. */
void dc_planes_take_scan(DcPlanes *planes, const DcScan *scan, const guint8 *data, gsize size);

/* Makes the struct unusable. */
void dc_planes_lose(DcPlanes *planes);

gboolean dc_planes_are_good(const DcPlanes *planes);

/* Writes tables, header and data of the only scan of a sequential stream (T.81, SOF1). The caller writes what
 * precedes it, and the EOI behind it. */
void dc_planes_write(const DcPlanes *planes, JpegWriter *writer);

/* Whether a Huffman code with these 16 counts of lengths exists. The code of all ones is reserved, at each
 * length. */
gboolean dc_planes_is_code(const guint8 *counts);

void dc_planes_clear(DcPlanes *planes);
