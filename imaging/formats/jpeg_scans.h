/* Counts the scans of a JPEG.
 *
 * Used by the imager, from probe.c; a bounded reader of markers, without libvips. */
#pragma once

#include <glib.h>

/* Whether there are more than `most` scans before the end of the image. Markers are found as libjpeg finds
 * them (libjpeg-turbo 2.1, jdmarker.c: next_marker()), so that both count alike, even in a damaged file.
 * Takes time in proportion to size. */
gboolean jpeg_scans_exceed(const void *bytes, gsize size, guint most);
