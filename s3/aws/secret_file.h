/* Reads a file that holds a secret without leaving copies of it in memory, as a growing buffer would.
 * Supervisor only. */
#pragma once

#include <glib.h>

/* Reads up to capacity bytes. Returns the number of bytes, or -1 with errno. The caller must wipe buffer. */
gssize secret_file_read(const char *path, char *buffer, gsize capacity);
