/* Whether a JPEG whose end marker is missing has all its scans nevertheless.
 *
 * Used by the imager, from render.c; a bounded reader of markers, without libvips. Cameras and transfers lose
 * the last bytes of files; where that is only the marker, all pixels are there, and browsers show them
 * without a word. */
#pragma once

#include <glib.h>

/* Of two bytes, in its place. */
#define JPEG_END_BYTES 2u

/* TRUE if the file ends within or behind the data of a scan, without the marker EOI, and its scans up to
 * there are all that the image needs: every component, and of a progressive one every coefficient to its last
 * bit. Whether the data of the last scan is complete only its decoder can say (with the marker in place,
 * libjpeg warns of data that is missing); with arithmetic coding it does not, and this is FALSE. Takes time
 * in proportion to size. */
gboolean jpeg_lacks_only_end(const void *bytes, gsize size);

/* A copy with the marker. The caller's (g_free); NULL if there is no memory for it. */
guint8 *jpeg_with_end(const void *bytes, gsize size);
