/* A directory walked like a bucket: every file below it, in the byte order that S3 would list the same keys
 * in. Memory is bounded by the names of one directory per level.
 *
 * Symbolic links to files are followed, to directories not (loops); sockets, pipes and devices are skipped,
 * and so are our own temporary files. Used by the supervisor; blocks on the disk. */
#pragma once

#include <glib.h>

/* A temporary file of ours is "PREFIX<random>SUFFIX". */
#define DIRECTORY_TEMPORARY_PREFIX ".thumbmill-"
#define DIRECTORY_TEMPORARY_SUFFIX ".tmp"

/* No upload takes so long: older temporary files were left behind. */
#define DIRECTORY_STALE_S 600

/* Levels that are open at a time, each with a descriptor. */
#define DIRECTORY_MAX_DEPTH 200u

typedef struct {
    char *key; /* relative to the root */
    guint64 size_bytes;
    gint64 mtime_s;   /* Unix seconds, truncated */
    guint32 mtime_ns; /* and what was cut off */
} DirectoryEntry;

void directory_entry_clear(DirectoryEntry *entry);

typedef struct DirectoryWalk DirectoryWalk;

/* root: an absolute path that ends with '/'. Nothing is opened yet. is_destination: a missing root is empty,
 * and stale temporary files are removed. */
DirectoryWalk *directory_walk_new(const char *root, gboolean is_destination);
void directory_walk_free(DirectoryWalk *walk);

/* The next file. TRUE with *ret_found FALSE at the end. Class ERROR_PERMANENT, naming the directory or file
 * that cannot be read, is too deep, or whose key is over LIMIT_KEY_BYTES; ERROR_TRANSIENT when out of
 * descriptors or memory. What vanishes meanwhile is skipped. */
gboolean directory_walk_next(DirectoryWalk *walk, DirectoryEntry *ret_entry, gboolean *ret_found,
                             GError **error);

/* One file, as a walk of a destination would find it; *ret_found is FALSE if there is none. Errors as of
 * directory_walk_next(). */
gboolean directory_find(const char *root, const char *key, DirectoryEntry *ret_entry, gboolean *ret_found,
                        GError **error);

/* Whether a file's name is that of a temporary file. */
gboolean directory_is_temporary(const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectoryWalk, directory_walk_free)
