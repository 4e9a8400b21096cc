/* Changes chunks of a PNG file, for files that are wrong on purpose. */
#pragma once

#include <glib.h>

/* Corrects the checksums of all chunks, as far as their lengths are consistent. */
void png_chunks_repair(guint8 *data, gsize size);

/* Returns the file with one more chunk, with a correct checksum, behind its header or, if at_end, before its
 * end. */
GBytes *png_chunks_insert(GBytes *png, const char *type, const void *data, guint32 size, gboolean at_end);
