/* The two fields of IPTC metadata that say whose a picture is.
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
