/* TIFF files for tests, byte by byte, with any kind of samples: four quarters of 4 x 4 pixels each. */
#pragma once

#include <glib.h>

#define TIFFS_SIDE       8
#define TIFFS_QUARTERS   4
#define TIFFS_MAX_BANDS  6
#define TIFFS_MAX_PAGES  5
#define TIFFS_MAX_EXTRAS 3

typedef struct {
    guint side; /* pixels; 0 means TIFFS_SIDE */
    guint photometric, bits, format, samples;
    guint n_extras, extras[TIFFS_MAX_EXTRAS];
    gboolean is_planar;
    gboolean is_tiled;      /* one tile of twice the side */
    const guint16 *map;     /* ColorMap: 3 values for each number of that many bits; or NULL */
    guint compression;      /* 0 means none. Pixels are never compressed, whatever this says */
    guint subfile_type;     /* NewSubfileType; 0 omits the tag */
    guint old_subfile_type; /* SubfileType; 0 omits the tag */
    guint ink_set;          /* 0 omits the tag */
    const char *ink_names;  /* may be NULL; each ends with a zero byte */
    gsize ink_names_size;
    guint subsampling;          /* of YCbCr, on both axes; 0 means 1 x 1 */
    const double *coefficients; /* 3, or NULL */
    const double *reference;    /* 6, or NULL */
    gboolean has_profile;       /* announces a profile, which cannot be read */
    gboolean is_subifd;         /* of the last page before it that is not a SubIFD */
    gboolean has_mixed_depths;  /* announces twice the bits for the last sample, which is wrong */
    /* Value of each sample: 0 to 1 of its range; floating-point numbers and 32-bit integers are taken as
     * they are if is_absolute. */
    double values[TIFFS_QUARTERS][TIFFS_MAX_BANDS];
    gboolean is_absolute;
} TiffsPage;

typedef enum { TIFFS_LITTLE = 0, TIFFS_BIG_ENDIAN = 1, TIFFS_BIGTIFF = 2 } TiffsKind;

GBytes *tiffs_make(const TiffsPage *pages, guint n_pages, guint kind);
