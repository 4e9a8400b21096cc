/* TIFF files for tests, byte by byte, of any samples: four quarters of 4 x 4 pixels each. */
#pragma once

#include <glib.h>

#define TIFFS_SIDE       8
#define TIFFS_QUARTERS   4
#define TIFFS_MAX_BANDS  6
#define TIFFS_MAX_PAGES  5
#define TIFFS_MAX_EXTRAS 3

typedef struct {
    guint side; /* pixels; 0: TIFFS_SIDE */
    guint photometric, bits, format, samples;
    guint n_extras, extras[TIFFS_MAX_EXTRAS];
    gboolean is_planar;
    gboolean is_tiled;      /* one tile of twice the side */
    const guint16 *map;     /* ColorMap: 3 for each number that has as many bits; or NULL */
    guint compression;      /* 0: none. Pixels are never compressed, whatever is said here */
    guint subfile_type;     /* NewSubfileType; 0: not said */
    guint old_subfile_type; /* SubfileType; 0: not said */
    guint ink_set;          /* 0: not said */
    const char *ink_names;  /* may be NULL; each ends with a zero byte */
    gsize ink_names_size;
    guint subsampling;          /* of YCbCr, both ways; 0: 1 x 1 */
    const double *coefficients; /* 3, or NULL */
    const double *reference;    /* 6, or NULL */
    gboolean has_profile;       /* says so; it is none that can be read */
    gboolean is_subifd;         /* of the last page before it that is none */
    gboolean has_mixed_depths;  /* says that the last sample has twice the bits, which is a lie */
    double values[TIFFS_QUARTERS][TIFFS_MAX_BANDS]; /* of each sample: 0 to 1 of its range; of floating point
                                                     * and 32-bit integers, as they are if is_absolute */
    gboolean is_absolute;
} TiffsPage;

typedef enum { TIFFS_LITTLE = 0, TIFFS_BIG_ENDIAN = 1, TIFFS_BIGTIFF = 2 } TiffsKind;

GBytes *tiffs_make(const TiffsPage *pages, guint n_pages, guint kind);
