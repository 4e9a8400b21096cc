/* Reads and edits the container of a WebP file (Google, "WebP Container Specification"): how its pictures are
 * coded, and which metadata to remove.
 *
 * Used by the imager, from probe.c, because lossy and lossless coding need very different amounts of memory;
 * and from encode.c, because of ENGINE_WEBP_IGNORES_STRIP: an EXIF block of 200 bytes can be a tenth of a
 * thumbnail.
 */
#pragma once

#include <glib.h>

/* Removes the EXIF and XMP chunks in place, also the ICCP chunk unless keep_profile, and the extended header
 * if nothing else needs it. Returns the new size, which is size if there is nothing to remove or the file is
 * no WebP. */
gsize webp_strip(guint8 *bytes, gsize size, gboolean keep_profile);

/* Whether the first picture in the file is lossless (VP8L). */
gboolean webp_is_lossless(const void *bytes, gsize size);

/* The length in bytes that the file's header declares; 0 if it is no WebP. */
guint64 webp_announced_bytes(const void *bytes, gsize size);
