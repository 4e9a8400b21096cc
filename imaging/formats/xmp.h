/* Removes from XMP what is untrue for a picture made from another one.
 *
 * Used by the imager, from metadata.c; a bounded parser of untrusted bytes. Adobe, "XMP Specification", parts
 * 1 and 2 (ISO 16684-1). docs/adr/0023-metadata-that-is-kept.md explains what is removed and why.
 */
#pragma once

#include <glib.h>

/* Photoshop has written packets of several MiB. */
#define XMP_MAX_BYTES ((gsize)8 << 20)

/* Nested elements beyond this depth are refused; no property has that many. */
#define XMP_MAX_DEPTH 64u

/* Returns the XML in UTF-8, without the packet's wrapper and padding (libheif's readers accept no wrapper),
 * and without the properties that would be untrue for the output: the orientation, sizes and coding of the
 * pixels, colour space and format; thumbnails; references into the original file or to places in its picture.
 * NULL if the XML is not well-formed, has a document type, or exceeds a limit, before or after (quotation
 * marks and the like are written as references). Owned by the caller. */
GBytes *xmp_clean(const void *bytes, gsize size);
