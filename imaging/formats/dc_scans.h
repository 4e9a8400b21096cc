/* Of a progressive JPEG, the scans that a decoder looks at when it reduces by 8, and nothing else.
 *
 * Used by the imager, from load.c; pure, without libvips. At that reduction a block of 8 x 8 coefficients
 * becomes one pixel, its DC coefficient, in every component that is not subsampled on both axes. The scans
 * with the AC coefficients of such a component are most of the file, take time to decode, and decide nothing.
 * They are left out.
 *
 * If no component needs any, the DC coefficients are written anew as a sequential stream (dc_planes.h), for
 * which the decoder needs no memory: of a progressive one it keeps 2 bytes for each of all coefficients, and
 * to clear that is most of the time that decoding would still take.
 *
 * Otherwise (4:2:0, arithmetic coding, anything odd) the other scans stay as they are, and in place of those
 * left out comes one which says that all of their coefficients are zero, because libjpeg-turbo would take the
 * image for an unfinished one and smooth its blocks. (ITU-T T.81, annexes B, F and G; libjpeg-turbo 2.1,
 * jdmaster.c for the sizes of blocks, jdcoefct.c for the smoothing.)
 *
 * The pixels are the same, to the bit, and so is the refusal of a file whose structure is wrong. But damage
 * inside the data of a scan that is left out, which libjpeg-turbo warns about and libvips then fails on, is
 * no longer seen: nothing of it is in those pixels.
 */
#pragma once

#include <glib.h>

/* The reduction that this is for. */
#define DC_SCANS_SHRINK 8u

/* A colour profile takes up to 255 segments, other metadata some dozens, each scan two or three. */
#define DC_SCANS_MAX_SEGMENTS 4096u

/* Encoders write about 10. */
#define DC_SCANS_MAX_SCANS 100u

/* The shorter stream, from SOI to EOI, with all tables and metadata of the original; free with g_free(). NULL
 * if these bytes are to be decoded as they are: not progressive, not understood in every detail (damaged,
 * truncated, with scans missing or in a surprising order), over a limit above, nothing to gain, or no memory
 * for it. Takes time in proportion to size. */
guint8 *dc_scans_extract(const guint8 *bytes, gsize size, gsize *ret_size);
