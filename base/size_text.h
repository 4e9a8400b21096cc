/* Formats sizes for people. Any thread. */
#pragma once

#include <glib.h>

/* Formats as "1 byte", "999 bytes", "1.0 kB", "7.7 MB": powers of 1000, in ASCII, with a decimal point in
 * every locale. (g_format_size() inserts a no-break space, which a terminal without a locale shows as a
 * question mark.) Owned by the caller. */
char *size_text(guint64 size_bytes);
