/* The directories of a TIFF file: what each of its pictures is, and which of them is the one to show.
 *
 * Used by the imager, from signature.c, probe.c and load.c, for what libvips does not tell; a bounded parser
 * over bytes from outside, without libvips. TIFF 6.0, section 2; its supplements for SubIFDs; BigTIFF has the
 * same with 8 bytes for a count and an offset.
 */
#pragma once

#include <glib.h>

#include "imaging/planning/planner.h"

/* Directories that are looked at, of a chain that may run in a circle. */
#define TIFF_MAX_PAGES 64u

/* A pyramid that starts at 65535 pixels ends at one. */
#define TIFF_MAX_LEVELS 17u

/* Extra samples of a pixel that are remembered. */
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
    TIFF_VOID = 4, /* taken for unsigned */
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

/* One directory, with the defaults of what it leaves out. Numbers are as stored: anything. */
typedef struct {
    gboolean is_reduced; /* NewSubfileType or SubfileType: a smaller version of another one */
    gboolean is_mask;    /* the shape of another one */
    gboolean is_dng;
    gboolean has_profile;
    gboolean is_planar; /* each band by itself */
    gsize planar_at;    /* where the file says so: the offset of the two bytes of a number, or 0 */
    gboolean is_cmyk;   /* by InkSet or InkNames; of separated ones only */
    PlanSize size;
    PlanSize tile;       /* 0 x 0: in strips */
    guint32 photometric; /* TiffPhotometric, or a number that is not known */
    guint32 compression;
    guint32 samples; /* per pixel */
    guint32 bits;    /* per sample */
    guint32 sample_format;
    gboolean is_mixed; /* samples differ in their bits or formats */
    guint32 n_extras;  /* of ExtraSamples: as many as are remembered */
    guint32 extras[TIFF_MAX_EXTRAS];
    guint32 subsampling[2];
    double coefficients[3]; /* YCbCrCoefficients; 0 if there are none */
    double reference[6];    /* ReferenceBlackWhite; 0 if there is none */
    guint32 n_subifds;
} TiffPage;

/* A place in the file as libvips has it. */
typedef struct {
    int page;
    int subifd; /* of that page; -1: the page itself */
    PlanSize size;
} TiffLevel;

typedef struct {
    gboolean is_raw; /* a camera's: the pictures that can be shown are previews */
    TiffPage page;   /* the picture: the first that is neither reduced nor a mask, else the largest */
    guint n_levels;  /* 1 or more; the first is the picture, others are halves of each other */
    TiffLevel levels[TIFF_MAX_LEVELS];
} TiffFile;

/* Levels are SubIFDs of the picture if it has any, else the pages behind it as long as they say that they are
 * reduced; each half as large as the one before, rounded either way, and otherwise like the picture. FALSE if
 * there is no directory that can be read. */
gboolean tiff_file_read(const void *bytes, gsize size, TiffFile *ret_file);
