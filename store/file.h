/* Reading and writing one file of a directory store. For the workers, and for the
 * previews of the main process; blocks on the disk. */
#pragma once

#include <glib.h>

#include "base/blob.h"

/* A path, and the part of it, up to and with a '/', that is the operator's: below that no symbolic link that
 * leads out is followed (store/beneath.h). root_bytes 0: links may lead anywhere. */
typedef struct {
    const char *name;
    gsize root_bytes;
} FilePath;

/* Appends a regular file to into. expected_bytes: -1, or its size must be this. Class ERROR_INPUT: not a
 * regular file, or another one in the way; ERROR_LIMIT: over max_bytes; ERROR_PERMANENT: missing or not
 * readable; ERROR_TRANSIENT: it has changed, or we are out of descriptors or memory; ERROR_UNAVAILABLE: the
 * disk, or the server that has it, failed. */
gboolean file_read(const FilePath *path, guint64 max_bytes, gint64 expected_bytes, Blob *into,
                   GError **error);

/* A text that changes whenever somebody changes or replaces the file (its ctime, size, device and inode).
 * NULL if the file is missing or cannot be examined. Owned by the caller. */
char *file_version(const char *path);

/* Whether the file system answers: opens path, a file or a directory, and reads a byte of it. What may pass
 * (see file_read()) is FALSE; that path is missing, or may not be read, is an answer, and TRUE. */
gboolean file_touch(const char *path, GError **error);

/* Whether path is a directory that this process may list, or else (is_write) write into. */
gboolean file_allows(const char *path, gboolean is_write);

/* How a file is written, whatever the umask. */
typedef struct {
    guint file_mode;  /* 0: FILE_DEFAULT_MODE */
    guint dir_mode;   /* of directories that are made; 0: FILE_DEFAULT_DIR_MODE */
    gsize base_bytes; /* the part of a path, up to and with a '/', that must be there: only directories below
                       * it are made */
    gsize root_bytes; /* the store's own part of it: below that symbolic links are in the way
                       * (beneath_open_folder()). 0: "/" */
} FilePlace;

#define FILE_DEFAULT_MODE     0644u
#define FILE_DEFAULT_DIR_MODE 0755u

/* The place as the query of a file: URL, "?base=9&root=12&file=644&dir=755". Owned by the caller. */
char *file_place_format(const FilePlace *place);

/* What a worker needs to know in order to read: "?root=12". Owned by the caller; file_root_parse() reads it.
 */
char *file_root_format(gsize root_bytes);
gboolean file_root_parse(const char *query, gsize *ret_root_bytes);

/* Reads what file_place_format() wrote. FALSE if it is something else. */
gboolean file_place_parse(const char *query, FilePlace *ret_place);

/* Makes a directory and those above it, as far as the place allows. FALSE with errno; what is there already,
 * and a directory that is missing above the place's base, are no failure. */
gboolean file_make_directory(const char *directory, const FilePlace *place);

/* Writes path, complete or not at all; replaces what was there. Makes missing directories. The bytes are on
 * disk before the name is there. Class ERROR_PERMANENT (no permission, read-only, no directory above),
 * ERROR_INPUT (another file, a directory or a link is in the way; a name is too long), ERROR_FULL (no room,
 * or no inodes, or a quota is used up: the text says how much there is), ERROR_TRANSIENT or ERROR_UNAVAILABLE
 * (as above). */
gboolean file_write(const char *path, const FilePlace *place, const void *data, gsize size_bytes,
                    GError **error);
