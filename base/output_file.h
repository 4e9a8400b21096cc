/* Writes results to a file that the user names: `run --report FILE`, `preview -o FILE`. Used by the main
 * process. Single-threaded.
 *
 *   -                         standard output
 *   no file, or a file        replaced atomically, once the new content is on the disk
 *   a symbolic link           stays; its target is treated as in the other rows
 *   /dev/stdout, /dev/fd/N    that descriptor of this process, whatever it is: a file is written from the
 *                             descriptor's position on
 *   a device, a FIFO          written into; a FIFO that nobody reads is an error
 *
 * A file that cannot be replaced (in a read-only folder, or a mount point) is written in place. A file that
 * is replaced keeps its mode, and its owner as far as we may set it. */
#pragma once

#include <glib.h>

/* The name that stands for standard output. */
#define OUTPUT_FILE_STDOUT "-"

/* Whether path can be written, as far as it can be told without touching it; for a check before hours of
 * work. Class ERROR_CONFIG if its folder is missing or not writable, or if path is a directory. */
gboolean output_file_check(const char *path, GError **error);

/* Whether path is standard output: then nothing else should be printed there. */
gboolean output_file_is_stdout(const char *path);

/* Writes data. Class ERROR_PERMANENT; an existing file is then unchanged, unless it had to be written in
 * place. */
gboolean output_file_write(const char *path, const void *data, gsize size_bytes, GError **error);
