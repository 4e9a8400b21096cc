/* Walks a directory like a bucket: lists every file below it, or in a range of keys, in the byte order in which
 * S3 would list the same keys. Memory is bounded by the names of one directory per level. Folders that have
 * nothing of the range are not opened.
 *
 * Symbolic links are followed unless they could lead in circles. In a source they must also stay below its
 * root, unless links_lead_out is set. In a destination, links to folders must have been made by someone
 * trusted (docs/adr/0032-what-a-listing-of-a-directory-leaves-out.md). Sockets, pipes and devices are
 * skipped, and so are our own temporary files. Parts that cannot be read are left out of the listing and
 * reported. Used by the supervisor; blocks on the disk. */
#pragma once

#include <glib.h>

/* Our temporary files are named "PREFIX<random>SUFFIX". */
#define DIRECTORY_TEMPORARY_PREFIX ".thumbmill-"
#define DIRECTORY_TEMPORARY_SUFFIX ".tmp"

/* Older temporary files were left behind: no upload takes this many seconds. */
#define DIRECTORY_STALE_S 600

/* Maximum number of levels that are open at a time, each with a descriptor. */
#define DIRECTORY_MAX_DEPTH 200

/* Maximum number of links to directories on one path. With more, a few directories that link to each other
 * would be listed in every order. */
#define DIRECTORY_MAX_LINKS 2

/* An output dated more seconds in the future than this was written before the clock was set back. */
#define DIRECTORY_FUTURE_S 300

/* The time of a source file is its ctime, which nobody can set: the last change of its content, name or
 * permissions, or of the link that leads to it. The time of an output is its mtime, or its ctime if that is
 * earlier; if it is in the future, it is 0, older than every source
 * (docs/adr/0031-the-time-of-a-file-is-its-ctime.md). */
typedef struct {
    char *key; /* relative to the root */
    guint64 size_bytes;
    gint64 time_s;   /* Unix seconds, truncated */
    guint32 time_ns; /* the fraction that was truncated */
} DirectoryEntry;

void directory_entry_clear(DirectoryEntry *entry);

typedef enum {
    DIRECTORY_SKIP_UNREADABLE, /* files may be missing from the listing */
    DIRECTORY_SKIP_LINK,       /* a link to a directory that is not followed */
    DIRECTORY_SKIP_LOOP,       /* as LINK, but the link's target is listed under its own name */
} DirectorySkipKind;

/* A part of the directory that its listing leaves out. */
typedef struct {
    DirectorySkipKind kind;
    char *part; /* relative to the root; a folder ends with '/' */
    char *reason;
} DirectorySkip;

/* NULL is allowed. */
void directory_skip_free(DirectorySkip *skip);

typedef struct {
    const char *root;        /* an absolute path that ends with '/'; copied */
    gboolean is_destination; /* a missing root is empty, stale temporary files are removed, links to folders
                              * are followed only if they are trusted and in the root (store/beneath.h), and
                              * times are those of outputs */
    gboolean links_lead_out; /* links in a source may lead out of it */
    gboolean needs_parent;   /* a missing root is an error if its parent directory is missing, too */
    const char
        *never_by_link; /* a directory that no link may lead into: the destination; copied. May be NULL */
    gboolean (*may_enter)(const char *folder, void *data); /* folder is relative to the root and ends with
                                                            * '/'. NULL: all are entered */
    void *data;
    const char *prefix; /* only keys that begin with this; copied. May be NULL */
    const char *after;  /* only keys greater than this; copied. May be NULL */
} DirectoryWalkOptions;

typedef struct DirectoryWalk DirectoryWalk;

/* Opens nothing yet. */
DirectoryWalk *directory_walk_new(const DirectoryWalkOptions *options);
void directory_walk_free(DirectoryWalk *walk);

/* Finds the next file. TRUE with *ret_found FALSE at the end. Class ERROR_PERMANENT, naming the root, if it
 * cannot be read; ERROR_TRANSIENT when out of descriptors or memory. Files that vanish meanwhile are
 * skipped. */
gboolean directory_walk_next(DirectoryWalk *walk, DirectoryEntry *ret_entry, gboolean *ret_found,
                             GError **error);

/* The parts that have been left out since the last call (of DirectorySkip), owned by the caller: unreadable
 * folders, folders that are too deep, and keys longer than LIMIT_KEY_BYTES. */
GPtrArray *directory_walk_take_skips(DirectoryWalk *walk);

/* Number of parts left out and not taken yet. */
guint directory_walk_n_skips(const DirectoryWalk *walk);

/* The fraction of the walk that is done, 0 to 1, estimated from the names on each level as if all had equally
 * much below them. */
double directory_walk_share(const DirectoryWalk *walk);

/* Finds one file, as a walk of a destination would; *ret_found is FALSE if it does not exist. Class
 * ERROR_PERMANENT or ERROR_TRANSIENT, as for directory_walk_next(). */
gboolean directory_find(const char *root, const char *key, DirectoryEntry *ret_entry, gboolean *ret_found,
                        GError **error);

/* Whether a file's name is that of one of our temporary files. */
gboolean directory_is_temporary(const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectoryWalk, directory_walk_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectorySkip, directory_skip_free)
