/* Reads and writes single files of a directory store. Used by the workers, and by the previews of the main
 * process; blocks on the disk. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

#include "base/blob.h"

/* A path. Its first root_bytes, up to and including a '/', are the operator's: below that, symbolic links
 * that lead out are not followed (store/beneath.h). root_bytes 0: links may lead anywhere. */
typedef struct {
    const char *name;
    gsize root_bytes;
} FilePath;

/* Appends the content of a regular file to into. expected_bytes: the size that the file must have, or -1.
 * Class ERROR_INPUT: not a regular file, or another file is in the way; ERROR_LIMIT: over max_bytes;
 * ERROR_PERMANENT: missing or not readable; ERROR_TRANSIENT: the file has changed, or we are out of
 * descriptors or memory; ERROR_UNAVAILABLE: the disk, or the server of a network file system, failed. */
gboolean file_read(const FilePath *path, guint64 max_bytes, gint64 expected_bytes, Blob *into,
                   GError **error);

/* A text that changes whenever the file is changed or replaced (its ctime, size, device and inode). NULL if
 * the file is missing or cannot be examined. Owned by the caller. */
char *file_version(const char *path);
char *file_version_of(const struct stat *st);

/* Sets the error of a system call on path, of a class of file_read() or file_write(). Always returns FALSE. */
gboolean file_set_error(GError **error, int errno_value, const char *path);

/* Whether the file system answers: opens path, a file or a directory, and reads one byte. FALSE for errors
 * that may pass (see file_read()). A missing or unreadable path is an answer, too, and gives TRUE. */
gboolean file_touch(const char *path, GError **error);

/* Whether path is a directory that this process may list (is_write FALSE) or write to (TRUE). */
gboolean file_allows(const char *path, gboolean is_write);

/* How and where a file is written, whatever the umask. */
typedef struct {
    guint file_mode;  /* 0: FILE_DEFAULT_MODE */
    guint dir_mode;   /* of directories that are made; 0: FILE_DEFAULT_DIR_MODE */
    gsize base_bytes; /* the part of a path, up to and including a '/', that must exist: only directories
                       * below it are made */
    gsize root_bytes; /* the store's own part of the path: below it symbolic links are an error
                       * (beneath_open_folder()). 0: "/" */
} FilePlace;

#define FILE_DEFAULT_MODE     0644u
#define FILE_DEFAULT_DIR_MODE 0755u

/* The place as the query of a file: URL, "?base=9&root=12&file=644&dir=755". Owned by the caller. */
char *file_place_format(const FilePlace *place);

/* The query of a file: URL for reading: "?root=12". Owned by the caller; file_root_parse() reads it. */
char *file_root_format(gsize root_bytes);
gboolean file_root_parse(const char *query, gsize *ret_root_bytes);

/* Parses the output of file_place_format(). FALSE if the syntax is wrong. */
gboolean file_place_parse(const char *query, FilePlace *ret_place);

/* Makes a directory and its parents, as far as the place allows. FALSE with errno. An existing name, and a
 * directory that is missing above the place's base, are no failures. */
gboolean file_make_directory(const char *directory, const FilePlace *place);

/* Writes path atomically, replacing an existing file. Makes missing directories. The bytes are on disk before
 * the name exists. Class ERROR_PERMANENT (no permission, read-only, no parent directory), ERROR_INPUT
 * (another file, a directory or a link is in the way; a name is too long), ERROR_FULL (no space, no inodes,
 * or a quota is used up: the message says how much there is), ERROR_TRANSIENT or ERROR_UNAVAILABLE (as for
 * file_read()). */
gboolean file_write(const char *path, const FilePlace *place, const void *data, gsize size_bytes,
                    GError **error);
