/* XMP of a picture that was made of another: without what is no longer true.
 *
 * Used by the imager, from metadata.c; a bounded parser over bytes from outside. Adobe, "XMP Specification",
 * parts 1 and 2 (ISO 16684-1). What is removed, and why, is in docs/adr/0023-metadata-that-is-kept.md.
 */
#pragma once

#include <glib.h>

/* Photoshop has written packets of several MiB. */
#define XMP_MAX_BYTES ((gsize)8 << 20)

/* More levels than any property has. */
#define XMP_MAX_DEPTH 64u

/* The XML in UTF-8, without the packet's wrapper and padding (libheif's readers take no wrapper), with all
 * properties but those that a rendering makes untrue: the orientation, sizes and coding of the pixels, colour
 * space and format; thumbnails, and what points into the original file or to places in its picture. NULL if
 * it is no well-formed XML, has a document type, or exceeds a limit, before or after (quotation marks and the
 * like are written as references). Owned by the caller. */
GBytes *xmp_clean(const void *bytes, gsize size);
