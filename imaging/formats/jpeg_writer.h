/* Writing the parts of a JPEG stream: bytes as they are, and entropy-coded bits.
 *
 * Used by the imager, from dc_scans.c and dc_planes.c; pure.
 */
#pragma once

#include <glib.h>

/* One without bytes only counts: a first pass with that tells how much memory a second one takes. */
typedef struct {
    guint8 *bytes;
    gsize size;
    guint32 bits; /* the last n_bits of it are not written yet */
    guint n_bits; /* less than 8 */
} JpegWriter;

void jpeg_write(JpegWriter *writer, const void *bytes, gsize size);

/* The last `count` bits of value, which has no others; up to 24. A zero follows each byte of ones (ITU-T
 * T.81, F.1.2.3). */
void jpeg_write_bits(JpegWriter *writer, guint32 value, guint count);

/* Ends what was written by bits: ones up to the next byte. */
void jpeg_write_padding(JpegWriter *writer);
