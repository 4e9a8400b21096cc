/* Reading and writing one file of a directory store. For the workers, and for the
 * previews of the main process; blocks on the disk. */
#pragma once

#include <glib.h>

#include "base/blob.h"

/* Appends a regular file to into. expected_bytes: -1, or its size must be this. Class ERROR_INPUT: not a
 * regular file; ERROR_LIMIT: over max_bytes; ERROR_PERMANENT: missing or not readable; ERROR_TRANSIENT: it
 * has changed, or the disk failed. */
gboolean file_read(const char *path, guint64 max_bytes, gint64 expected_bytes, Blob *into, GError **error);

/* What changes whenever somebody changes or replaces the file; NULL: there is none, or it cannot be told.
 * Owned by the caller. */
char *file_version(const char *path);

/* Writes path, complete or not at all, with mode 0644 less the umask; replaces what was there. Makes missing
 * directories. The bytes are on disk before the name is there. Class ERROR_PERMANENT (no permission,
 * read-only, a directory in the way) or ERROR_TRANSIENT (disk full or failing). */
gboolean file_write(const char *path, const void *data, gsize size_bytes, GError **error);
