/* Files that a user names for a result to be written to: `run --report FILE`, `preview -o FILE`. Used by the
 * main process. Single-threaded.
 *
 *   -                         standard output
 *   nothing there, or a file  is replaced in one step, once its new content is on the disk
 *   a symbolic link           stays; what it points to is treated as the other rows say
 *   /dev/stdout, /dev/fd/N    that descriptor of this process, whatever it is: a file is appended to where
 *                             the descriptor stands
 *   a device, a FIFO          is written into; a FIFO that nobody reads is an error
 *
 * A file whose folder allows no replacement (a read-only folder, a file that is a mount point) is written in
 * place. A file that is replaced keeps its mode, and its owner as far as we may set it. */
#pragma once

#include <glib.h>

/* What stands for standard output. */
#define OUTPUT_FILE_STDOUT "-"

/* Whether path can be written as far as it can be told without touching it; to be asked before hours of work.
 * Class ERROR_CONFIG: there is no such folder, it is not writable, or path is a directory. */
gboolean output_file_check(const char *path, GError **error);

/* Whether what is written to path comes out at standard output: then nothing else should. */
gboolean output_file_is_stdout(const char *path);

/* Writes data. Class ERROR_PERMANENT; then a file that was there is as it was, unless it had to be written in
 * place. */
gboolean output_file_write(const char *path, const void *data, gsize size_bytes, GError **error);
