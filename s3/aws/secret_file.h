/* Reads a file that holds a secret, without leaving copies of it behind: no buffer that grows. Supervisor
 * only. */
#pragma once

#include <glib.h>

/* Reads up to capacity bytes. The number of bytes, or -1 with errno. Wiping buffer is the caller's duty. */
gssize secret_file_read(const char *path, char *buffer, gsize capacity);
