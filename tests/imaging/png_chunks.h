/* Chunks of a PNG file, for files that are changed on purpose. */
#pragma once

#include <glib.h>

/* Makes those of all chunks right, as far as their lengths can be followed. */
void png_chunks_repair(guint8 *data, gsize size);

/* The file with one more chunk, of a right checksum, behind its header or, at_end, before its end. */
GBytes *png_chunks_insert(GBytes *png, const char *type, const void *data, guint32 size, gboolean at_end);
