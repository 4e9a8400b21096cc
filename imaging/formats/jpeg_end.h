/* Detects JPEG files that lack their end marker but no scan.
 *
 * Used by the imager, from render.c; a bounded reader of markers, without libvips. Cameras and transfers lose
 * the last bytes of files; if that is only the marker, all pixels are there, and browsers show them without
 * complaint. */
#pragma once

#include <glib.h>

/* Size of the marker EOI. */
#define JPEG_END_BYTES 2u

/* TRUE if the file ends within or behind the data of a scan, without the marker EOI, and its scans up to
 * there deliver all that the image needs: every component, and every coefficient of a progressive one to its
 * last bit. Only the decoder can tell whether the data of the last scan is complete (with the marker added,
 * libjpeg warns of missing data). With arithmetic coding it cannot, so the result is FALSE. Takes time in
 * proportion to size. */
gboolean jpeg_lacks_only_end(const void *bytes, gsize size);

/* Returns a copy with the marker, owned by the caller (g_free); NULL if memory is short. */
guint8 *jpeg_with_end(const void *bytes, gsize size);
