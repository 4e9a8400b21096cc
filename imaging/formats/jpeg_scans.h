/* How many scans a JPEG has.
 *
 * Used by the imager, from probe.c; a bounded reader of markers, without libvips. */
#pragma once

#include <glib.h>

/* Whether there are more than this many before the end of the image. Markers are found as libjpeg finds them
 * (libjpeg-turbo 2.1, jdmarker.c: next_marker()), so that both count alike, also in a damaged file. Takes
 * time in proportion to size. */
gboolean jpeg_scans_exceed(const void *bytes, gsize size, guint most);
