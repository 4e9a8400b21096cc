/* IPTC metadata: the two fields that say whose a picture is, and what of the rest is true of a picture that
 * was made of another.
 *
 * Used by the imager, from metadata.c; a bounded parser over bytes from outside.
 */
#pragma once

#include <glib.h>

typedef enum {
    IPTC_BY_LINE = 80,    /* its author */
    IPTC_COPYRIGHT = 116, /* the copyright notice */
} IptcField;

/* The field of the application record (IPTC, "Information Interchange Model" 4.2, chapter 6), as UTF-8
 * without control characters, or NULL if it has none. bytes are such records, as in TIFF, or a Photoshop
 * resource block that holds them, as in JPEG. The first of several authors. Owned by the caller. */
char *iptc_get(const void *bytes, gsize size, IptcField field);

/* The records without those about the original's pixels: its orientation (2:131), a preview (2:200 to 2:202),
 * and the records 3 to 9 of image data. They are returned in a Photoshop resource block, as JPEG has them,
 * the only one there: others are a thumbnail, paths, slices and copies of EXIF and XMP. NULL if there is
 * none. Owned by the caller. */
GBytes *iptc_clean(const void *bytes, gsize size);
