/* What the first directory of a TIFF file says, for those few questions that libvips does not answer.
 *
 * Used by the imager, from signature.c and probe.c; a bounded parser over bytes from outside. TIFF 6.0,
 * section 2; BigTIFF has the same with 8 bytes for a count and an offset.
 */
#pragma once

#include <glib.h>

typedef enum {
    TIFF_NEW_SUBFILE_TYPE = 254,
    TIFF_TILE_WIDTH = 322,
    TIFF_TILE_LENGTH = 323,
    TIFF_DNG_VERSION = 50706,
} TiffTag;

/* The number that the tag has, or the first bytes of what it has otherwise. FALSE if the directory does not
 * have the tag or cannot be read. */
gboolean tiff_tag_get(const void *bytes, gsize size, TiffTag tag, guint32 *ret_value);
