/* Extracts from a progressive JPEG the scans that a decoder uses when it reduces by 8.
 *
 * Used by the imager, from load.c; pure, without libvips. At that reduction a block of 8 x 8 coefficients
 * becomes one pixel, its DC coefficient, in every component that is not subsampled on both axes. The scans
 * with the AC coefficients of such a component are most of the file, take time to decode, and have no effect.
 * They are left out.
 *
 * If no component needs any AC coefficient, the DC coefficients are rewritten as a sequential stream
 * (dc_planes.h), for which the decoder needs no memory. For a progressive stream it keeps 2 bytes for each
 * coefficient, and clearing these is most of the time that decoding would still take.
 *
 * Otherwise (4:2:0, arithmetic coding, anything unusual) the other scans stay as they are. The scans that are
 * left out are replaced by one which says that all of their coefficients are zero, because libjpeg-turbo
 * would take the image for an unfinished one and smooth its blocks. (ITU-T T.81, annexes B, F and G;
 * libjpeg-turbo 2.1, jdmaster.c for the sizes of blocks, jdcoefct.c for the smoothing.)
 *
 * The pixels are identical to the bit, and files with an invalid structure are still refused. But damage
 * inside the data of a scan that is left out, which libjpeg-turbo warns about and libvips then fails on, is
 * no longer detected: it does not affect those pixels.
 */
#pragma once

#include <glib.h>

/* The reduction that these functions are for. */
#define DC_SCANS_SHRINK 8u

/* The most marker segments. A colour profile takes up to 255, other metadata some dozens, each scan two or
 * three. */
#define DC_SCANS_MAX_SEGMENTS 4096u

/* The most scans. Encoders write about 10. */
#define DC_SCANS_MAX_SCANS 100u

/* Returns the shorter stream, from SOI to EOI, with all tables and metadata of the original; free with
 * g_free(). Returns NULL if these bytes are to be decoded as they are: if they are not progressive, not
 * understood in every detail (damaged, truncated, with scans missing or in an unexpected order), over a limit
 * above, would not get shorter, or memory is short. Takes time in proportion to size. */
guint8 *dc_scans_extract(const guint8 *bytes, gsize size, gsize *ret_size);
