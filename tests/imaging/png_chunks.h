/* The checksums of a PNG file, for files that are changed on purpose. */
#pragma once

#include <glib.h>

/* Makes those of all chunks right, as far as their lengths can be followed. */
void png_chunks_repair(guint8 *data, gsize size);
