/* Reads the directories of a TIFF file: the properties of each picture, and which of them to show.
 *
 * Used by the imager, from signature.c, probe.c and load.c, for what libvips does not report; a bounded
 * parser of untrusted bytes, without libvips. TIFF 6.0, section 2; its supplements for SubIFDs; BigTIFF is
 * the same with 8 bytes for a count and an offset.
 */
#pragma once

#include <glib.h>

#include "imaging/planning/planner.h"

/* The most directories that are read: their chain may be a loop. */
#define TIFF_MAX_PAGES 64u

/* A pyramid that begins with 65535 pixels a side ends with one. */
#define TIFF_MAX_LEVELS 17u

/* The most extra samples of a pixel that are stored. */
#define TIFF_MAX_EXTRAS 16u

/* PhotometricInterpretation */
typedef enum {
    TIFF_WHITE_IS_ZERO = 0,
    TIFF_BLACK_IS_ZERO = 1,
    TIFF_RGB = 2,
    TIFF_PALETTE = 3,
    TIFF_MASK = 4,
    TIFF_SEPARATED = 5,
    TIFF_YCBCR = 6,
    TIFF_CIELAB = 8,
    TIFF_ICCLAB = 9,
    TIFF_ITULAB = 10,
    TIFF_CFA = 32803,
    TIFF_LOG_L = 32844,
    TIFF_LOG_LUV = 32845,
    TIFF_LINEAR_RAW = 34892,
    TIFF_NOT_SAID = 65536, /* the tag is missing */
} TiffPhotometric;

typedef enum {
    TIFF_UNSIGNED = 1,
    TIFF_SIGNED = 2,
    TIFF_FLOAT = 3,
    TIFF_VOID = 4, /* read as unsigned */
    TIFF_COMPLEX_INTEGER = 5,
    TIFF_COMPLEX_FLOAT = 6,
} TiffSampleFormat;

/* ExtraSamples */
typedef enum { TIFF_UNSPECIFIED = 0, TIFF_ASSOCIATED_ALPHA = 1, TIFF_UNASSOCIATED_ALPHA = 2 } TiffExtra;

typedef enum {
    TIFF_NO_COMPRESSION = 1,
    TIFF_OLD_JPEG = 6,
    TIFF_JPEG = 7,
    TIFF_JPEG_2000_YCBCR = 33003,
} TiffCompression;

/* One directory, with defaults for the tags that it omits. Numbers are unchecked, as stored. */
typedef struct {
    gboolean is_reduced; /* by NewSubfileType or SubfileType: a smaller version of another picture */
    gboolean is_mask;    /* a transparency mask for another picture */
    gboolean is_dng;
    gboolean has_profile;
    gboolean is_planar; /* each band is stored separately */
    gsize planar_at;    /* offset of the two bytes that declare it, or 0 */
    gboolean is_cmyk;   /* by InkSet or InkNames; for separated colours only */
    PlanSize size;
    PlanSize tile;       /* 0 x 0 if it is in strips */
    guint32 photometric; /* TiffPhotometric, or an unknown number */
    guint32 compression;
    guint32 samples; /* per pixel */
    guint32 bits;    /* per sample */
    guint32 sample_format;
    gboolean is_mixed; /* samples differ in their bits or formats */
    guint32 n_extras;  /* number of entries in extras */
    guint32 extras[TIFF_MAX_EXTRAS];
    guint32 subsampling[2];
    double coefficients[3]; /* YCbCrCoefficients; 0 if missing */
    double reference[6];    /* ReferenceBlackWhite; 0 if missing */
    guint32 n_subifds;
} TiffPage;

/* A picture in the file, as libvips numbers it. */
typedef struct {
    int page;
    int subifd; /* index of a SubIFD of that page, or -1 for the page itself */
    PlanSize size;
} TiffLevel;

typedef struct {
    gboolean is_raw; /* a camera's raw file: the pictures that can be shown are previews */
    TiffPage page;   /* the picture to show: the first that is neither reduced nor a mask, else the largest */
    guint n_levels;  /* 1 or more; the first is the picture itself, and each further one has half the size of
                      * the one before */
    TiffLevel levels[TIFF_MAX_LEVELS];
} TiffFile;

/* Reads the file. The levels are the picture's SubIFDs if it has any, else the pages that follow it as long
 * as they are declared as reduced; each has half the size of the one before, rounded either way, and is
 * otherwise like the picture. FALSE if there is no readable directory. */
gboolean tiff_file_read(const void *bytes, gsize size, TiffFile *ret_file);
