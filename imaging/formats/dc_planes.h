/* The DC coefficients of a progressive JPEG, read from its scans and written again as a sequential stream
 * without any AC coefficient. A decoder makes the same pixels of that, if it makes one of each block, and
 * needs no memory for it: of a progressive stream it keeps all 64 coefficients of every block.
 *
 * Used by the imager, from dc_scans.c; pure. A large image takes 1/32 byte per pixel and component while this
 * lives. (ITU-T T.81: annex F for Huffman codes, G.1.2.1 for DC scans, A.2 for the order of blocks.)
 *
 *   1. all zero is an empty one; tables and restart intervals may come at any time
 *   2. dc_planes_begin() with the frame, then each scan of DC coefficients
 *   3. dc_planes_write(), if dc_planes_are_good()
 *   4. dc_planes_clear()
 *
 * What surprises makes it no good, for good: damaged data, codes or values that no encoder writes, no memory.
 */
#pragma once

#include <glib.h>

#include "imaging/formats/jpeg_writer.h"

#define DC_PLANES_MAX_COMPONENTS 4u
#define DC_PLANES_MAX_TABLES     4u

/* Differences of DC coefficients of 8-bit images have no more bits. */
#define DC_PLANES_MAX_CATEGORY 11u

typedef struct {
    guint8 id;
    guint8 horizontal; /* sampling factors */
    guint8 vertical;
    guint32 columns; /* blocks in it */
    guint32 rows;
    guint32 stride; /* columns, filled up to whole MCUs */
    gint16 *values;
} DcPlane;

typedef struct {
    gboolean is_known;
    guint32 limits[17]; /* of codes of each length, filled up to 16 bits: they are below it */
    gint32 offsets[17]; /* from a code of each length to its symbol's index */
    guint8 symbols[256];
} DcTable;

typedef struct {
    gboolean is_lost; /* no good */
    guint n_planes;   /* 0: not begun */
    DcPlane planes[DC_PLANES_MAX_COMPONENTS];
    guint32 mcu_columns;
    guint32 mcu_rows;
    DcTable tables[DC_PLANES_MAX_TABLES];
    guint restart_interval; /* MCUs; 0: none */
} DcPlanes;

typedef struct {
    guint n_components;
    guint components[DC_PLANES_MAX_COMPONENTS]; /* indices; none twice */
    guint8 tables[DC_PLANES_MAX_COMPONENTS];    /* their DC tables, which a refinement does not use */
    gboolean is_refinement;
    guint low; /* Al, up to 13 */
} DcScan;

/* A Huffman table: 16 counts, then as many symbols as they add up to, 256 at most. slot is below
 * DC_PLANES_MAX_TABLES. */
void dc_planes_set_table(DcPlanes *planes, guint slot, const guint8 *counts);

/* The id and the sampling factors (1 .. 4) of n_components (1 .. 4) components are read from `components`. */
void dc_planes_begin(DcPlanes *planes, guint width, guint height, const DcPlane *components,
                     guint n_components);

/* data: of the scan, from behind its header to the next marker that is no restart. */
void dc_planes_take_scan(DcPlanes *planes, const DcScan *scan, const guint8 *data, gsize size);

/* Given up. */
void dc_planes_lose(DcPlanes *planes);

gboolean dc_planes_are_good(const DcPlanes *planes);

/* Tables, header and data of the one scan of a sequential stream (T.81, SOF1); what comes before it, and the
 * EOI behind it, are the caller's. */
void dc_planes_write(const DcPlanes *planes, JpegWriter *writer);

/* Whether Huffman codes of these 16 lengths exist: the code of all ones is reserved, at each length. */
gboolean dc_planes_is_code(const guint8 *counts);

void dc_planes_clear(DcPlanes *planes);
