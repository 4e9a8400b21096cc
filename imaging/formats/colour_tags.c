#include "imaging/formats/colour_tags.h"

#include <math.h>
#include <string.h>

/* clang-format off */
#define WHITE_D65 {0.3127, 0.3290}
#define WHITE_C   {0.310, 0.316}
/* clang-format on */

/* The smallest area of the primaries' triangle on the chromaticity diagram; a smaller one is a mistake.
 * sRGB's has 0.11. */
#define LEAST_AREA 0.001

const ColourTags colour_tags_srgb = {
    TRANSFER_SRGB, 0.0, WHITE_D65, {{0.640, 0.330}, {0.300, 0.600}, {0.150, 0.060}}};

/* ITU-T H.273 (07/2024), table 2. */
static const struct {
    guint code;
    Chromaticity white;
    Chromaticity primaries[3];
} primaries_of_codes[] = {
    {1, WHITE_D65, {{0.640, 0.330}, {0.300, 0.600}, {0.150, 0.060}}},       /* BT.709, sRGB */
    {4, WHITE_C, {{0.670, 0.330}, {0.210, 0.710}, {0.140, 0.080}}},         /* BT.470 System M */
    {5, WHITE_D65, {{0.640, 0.330}, {0.290, 0.600}, {0.150, 0.060}}},       /* BT.470 System B, G */
    {6, WHITE_D65, {{0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}}},       /* SMPTE ST 170 */
    {7, WHITE_D65, {{0.630, 0.340}, {0.310, 0.595}, {0.155, 0.070}}},       /* SMPTE ST 240 */
    {8, WHITE_C, {{0.681, 0.319}, {0.243, 0.692}, {0.145, 0.049}}},         /* film */
    {9, WHITE_D65, {{0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}}},       /* BT.2020 */
    {10, {1.0 / 3, 1.0 / 3}, {{1.0, 0.0}, {0.0, 1.0}, {0.0, 0.0}}},         /* CIE XYZ */
    {11, {0.314, 0.351}, {{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}}}, /* DCI P3 */
    {12, WHITE_D65, {{0.680, 0.320}, {0.265, 0.690}, {0.150, 0.060}}},      /* Display P3 */
    {22, WHITE_D65, {{0.630, 0.340}, {0.295, 0.605}, {0.155, 0.077}}},      /* EBU Tech. 3213 */
};

/* ITU-T H.273 (07/2024), table 3. The transfer functions of video are those of a camera; displays of video,
 * and Chromium, use a power of 2.4 instead (ITU-R BT.1886). */
static const struct {
    guint code;
    Transfer transfer;
    double gamma;
} transfers_of_codes[] = {
    {1, TRANSFER_GAMMA, 2.4},                                /* BT.709 */
    {4, TRANSFER_GAMMA, 2.2},                                /* BT.470 System M */
    {5, TRANSFER_GAMMA, 2.8},                                /* BT.470 System B, G */
    {6, TRANSFER_GAMMA, 2.4},                                /* BT.601 */
    {7, TRANSFER_SMPTE_240, 0.0}, {8, TRANSFER_GAMMA, 1.0},  /* linear */
    {11, TRANSFER_GAMMA, 2.4},                               /* IEC 61966-2-4 */
    {13, TRANSFER_SRGB, 0.0},     {14, TRANSFER_GAMMA, 2.4}, /* BT.2020, 10 bits */
    {15, TRANSFER_GAMMA, 2.4},                               /* BT.2020, 12 bits */
    {16, TRANSFER_PQ, 0.0},       {17, TRANSFER_SMPTE_428, 0.0}, {18, TRANSFER_HLG, 0.0},
};

gboolean colour_tags_set_primaries(ColourTags *tags, guint code)
{
    for (guint i = 0; i < G_N_ELEMENTS(primaries_of_codes); i++) {
        if (primaries_of_codes[i].code == code) {
            tags->white = primaries_of_codes[i].white;
            memcpy(tags->primaries, primaries_of_codes[i].primaries, sizeof tags->primaries);
            return TRUE;
        }
    }
    return FALSE;
}

gboolean colour_tags_set_transfer(ColourTags *tags, guint code)
{
    for (guint i = 0; i < G_N_ELEMENTS(transfers_of_codes); i++) {
        if (transfers_of_codes[i].code == code) {
            tags->transfer = transfers_of_codes[i].transfer;
            tags->gamma = transfers_of_codes[i].gamma;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean colour_tags_set_codes(ColourTags *tags, const guint8 codes[4])
{
    return codes[2] == 0 && codes[3] == 1 && colour_tags_set_primaries(tags, codes[0]) &&
           colour_tags_set_transfer(tags, codes[1]);
}

static gboolean is_equal(Chromaticity a, Chromaticity b)
{
    return a.x == b.x && a.y == b.y;
}

gboolean colour_tags_equal(const ColourTags *a, const ColourTags *b)
{
    return a->transfer == b->transfer && a->gamma == b->gamma && is_equal(a->white, b->white) &&
           is_equal(a->primaries[0], b->primaries[0]) && is_equal(a->primaries[1], b->primaries[1]) &&
           is_equal(a->primaries[2], b->primaries[2]);
}

const char *colour_tags_hdr_name(const ColourTags *tags)
{
    switch (tags->transfer) {
    case TRANSFER_PQ: return "PQ";
    case TRANSFER_HLG: return "HLG";
    default: return NULL;
    }
}

static gboolean is_sane(Chromaticity c)
{
    const double largest = 2.0; /* some cameras' primaries are imaginary colours */

    return isfinite(c.x) && isfinite(c.y) && fabs(c.x) <= largest && fabs(c.y) <= largest;
}

static double area(Chromaticity a, Chromaticity b, Chromaticity c)
{
    return fabs((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)) / 2.0;
}

gboolean colour_tags_are_sane(const ColourTags *tags)
{
    const Chromaticity *p = tags->primaries;

    return is_sane(tags->white) && is_sane(p[0]) && is_sane(p[1]) && is_sane(p[2]) &&
           tags->white.y >= LEAST_AREA && area(p[0], p[1], p[2]) >= LEAST_AREA &&
           area(tags->white, p[0], p[1]) >= LEAST_AREA && area(tags->white, p[1], p[2]) >= LEAST_AREA &&
           area(tags->white, p[2], p[0]) >= LEAST_AREA;
}
