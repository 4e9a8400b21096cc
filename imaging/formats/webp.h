/* The container of a WebP file (Google, "WebP Container Specification"): how its pictures are coded, and
 * metadata to take out of it.
 *
 * Used by the imager, from probe.c, because the two codecs need very different amounts of memory; and from
 * encode.c, because of ENGINE_WEBP_IGNORES_STRIP: an EXIF block of 200 bytes is as much as a tenth
 * of a thumbnail.
 */
#pragma once

#include <glib.h>

/* Removes the EXIF and XMP chunks of the file in place, the ICCP chunk too unless the colour profile is to be
 * kept, and the extended header with them if nothing else needs it. Returns the new size, which is size if
 * there is nothing to remove or the file is no WebP. */
gsize webp_strip(guint8 *bytes, gsize size, gboolean keep_profile);

/* Whether the first picture in the file is coded without loss (VP8L). */
gboolean webp_is_lossless(const void *bytes, gsize size);

/* How many bytes the file says that it has; 0 if it is none of WebP. */
guint64 webp_announced_bytes(const void *bytes, gsize size);
