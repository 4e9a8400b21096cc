/* The colours of a file that describes them by other means than an ICC profile: primaries, white and transfer
 * function, as numbers (PNG's gAMA and cHRM) or as code points of ITU-T H.273 (PNG's cICP; nclx in AVIF and
 * HEIC).
 *
 * Used by the imager, from png_tags.c, heif_tags.c and tagged_profile.c. Pure. The choice of what is read and
 * what is ignored follows Chromium (docs/adr/0022-colours-without-a-profile.md).
 */
#pragma once

#include <glib.h>

typedef enum {
    TRANSFER_SRGB,      /* IEC 61966-2-1 */
    TRANSFER_GAMMA,     /* a power */
    TRANSFER_SMPTE_240, /* SMPTE ST 240 */
    TRANSFER_SMPTE_428, /* SMPTE ST 428-1: digital cinema */
    TRANSFER_PQ,        /* SMPTE ST 2084: high dynamic range */
    TRANSFER_HLG,       /* ARIB STD-B67: high dynamic range */
} Transfer;

/* CIE 1931 chromaticities. */
typedef struct {
    double x, y;
} Chromaticity;

typedef struct {
    Transfer transfer;
    double gamma; /* exponent of TRANSFER_GAMMA: light = value ^ gamma */
    Chromaticity white;
    Chromaticity primaries[3]; /* red, green, blue */
} ColourTags;

/* The code point of the widest primaries in common use. */
#define COLOUR_TAGS_BT_2020 9u

/* sRGB. */
extern const ColourTags colour_tags_srgb;

/* Set the primaries and the white, or the transfer function, of a code point of H.273 (tables 2 and 3).
 * FALSE, and nothing is set, if the code point is reserved, unspecified or not supported. */
gboolean colour_tags_set_primaries(ColourTags *tags, guint code);
gboolean colour_tags_set_transfer(ColourTags *tags, guint code);

/* Sets both from the four bytes of PNG's cICP and ICC's cicp: primaries, transfer function, matrix
 * coefficients, full range or not. FALSE also for YCbCr and a narrow range; the tags may have changed
 * then. */
gboolean colour_tags_set_codes(ColourTags *tags, const guint8 codes[4]);

gboolean colour_tags_equal(const ColourTags *a, const ColourTags *b);

/* "PQ" or "HLG", or NULL if the tags are not of high dynamic range. */
const char *colour_tags_hdr_name(const ColourTags *tags);

/* Whether primaries and white span a colour space: finite numbers, y above 0, not all on one line. */
gboolean colour_tags_are_sane(const ColourTags *tags);
