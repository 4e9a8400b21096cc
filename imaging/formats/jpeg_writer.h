/* Writes the parts of a JPEG stream: raw bytes, and entropy-coded bits.
 *
 * Used by the imager, from dc_scans.c and dc_planes.c; pure.
 */
#pragma once

#include <glib.h>

/* If bytes is NULL, writing only counts: a first pass tells how much memory the second one needs. */
typedef struct {
    guint8 *bytes;
    gsize size;
    guint32 bits; /* the lowest n_bits are not written yet */
    guint n_bits; /* less than 8 */
} JpegWriter;

void jpeg_write(JpegWriter *writer, const void *bytes, gsize size);

/* Writes the lowest `count` bits of value, at most 24; its other bits must be 0. A zero byte follows each
 * byte of ones (ITU-T T.81, F.1.2.3). */
void jpeg_write_bits(JpegWriter *writer, guint32 value, guint count);

/* Pads the bits with ones up to the next byte. */
void jpeg_write_padding(JpegWriter *writer);
