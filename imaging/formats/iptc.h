/* IPTC metadata: reads the two fields about authorship, and removes the fields that are untrue for a picture
 * made from another one.
 *
 * Used by the imager, from metadata.c; a bounded parser of untrusted bytes.
 */
#pragma once

#include <glib.h>

typedef enum {
    IPTC_BY_LINE = 80,    /* the author */
    IPTC_COPYRIGHT = 116, /* the copyright notice */
} IptcField;

/* Returns a field of the application record (IPTC, "Information Interchange Model" 4.2, chapter 6), as UTF-8
 * without control characters, or NULL. bytes are such records, as in TIFF, or a Photoshop resource block that
 * holds them, as in JPEG. If there are several authors, the first one. Owned by the caller. */
char *iptc_get(const void *bytes, gsize size, IptcField field);

/* Returns the records without those about the original's pixels: its orientation (2:131), a preview (2:200 to
 * 2:202), and the records 3 to 9 of image data. The result is a Photoshop resource block, as in JPEG, with no
 * other resources: these hold a thumbnail, paths, slices and copies of EXIF and XMP. NULL if no record is
 * left. Owned by the caller. */
GBytes *iptc_clean(const void *bytes, gsize size);
