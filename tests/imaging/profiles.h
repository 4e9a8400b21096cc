/* ICC profiles with tables, made by lcms. */
#pragma once

#include <glib.h>

/* The effect of a table on red, green and blue. */
typedef enum {
    TABLE_NONE, /* no table */
    TABLE_PLAIN,
    TABLE_SWAPPED, /* red and green are swapped */
    TABLE_LIFTED,  /* black is as light as in the perceptual intent's reference medium (ICC.1, 6.3.3) */
} Table;

/* An RGB profile of version 4 with a table for the perceptual (A2B0) and the relative colorimetric intent
 * (A2B1): sRGB's primaries, with a gamma of 2.2. */
GBytes *profile_of_tables(Table perceptual, Table relative);

/* The profile of XYB JPEG files as jpegli writes it (libjxl, CreateICCLutAtoBTagForXYB): A2B0 only. */
GBytes *profile_xyb(void);

/* Converts sRGB to that space. */
void profile_to_xyb(const int rgb[3], double ret_xyb[3]);
