/* Metadata of a file in a directory store: the lines that an upload to a bucket would carry as
 * metadata, kept in the extended attribute "user.thumbmill". Not every file system has extended attributes.
 * Used by the supervisor (a worker's sandbox refuses to set attributes); blocks on the disk. */
#pragma once

#include "store/file.h"

#define FILE_MARK_ATTRIBUTE "user.thumbmill"

/* The lines of a mark have at most this many bytes. */
#define FILE_MARK_MAX_BYTES 4000u

/* Below, path->root_bytes is not 0, and no symbolic link below the root is followed (beneath_open_folder()). */

/* Sets the file's lines "Name: value", those that were there before are dropped. Changes the file's ctime.
 * FALSE with errno: ENOTSUP if the file system has no extended attributes; E2BIG. */
gboolean file_mark(const FilePath *path, const char *const *lines);

typedef struct {
    char *version;      /* as file_version() */
    guint64 size_bytes; /* of a regular file */
    GStrv lines;        /* its mark; empty if it has none */
} FileDescription;

void file_description_clear(FileDescription *description);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FileDescription, file_description_clear)

/* Describes a regular file. FALSE with *error NULL if there is none (a folder or a link is none); otherwise
 * classes as for file_read(). */
gboolean file_describe(const FilePath *path, FileDescription *ret_description, GError **error);

typedef enum {
    FILE_REMOVED, /* or it was missing */
    FILE_CHANGED, /* it has another version, and stays */
    FILE_REMOVE_FAILED,
} FileRemoval;

/* Removes the file if it has this version. (Somebody who replaces it between the comparison and the removal,
 * some microseconds, loses the new file: no system call removes a file on a condition.) */
FileRemoval file_remove(const FilePath *path, const char *version, GError **error);
