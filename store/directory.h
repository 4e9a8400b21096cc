/* A directory walked like a bucket: every file below it, in the byte order that S3 would list the same keys
 * in. Memory is bounded by the names of one directory per level.
 *
 * Symbolic links are followed as far as that cannot run in circles and, in a source, stays below its root,
 * unless it may not; in a destination, links to folders only if whoever may write there has not made them
 * (docs/adr/0032-what-a-listing-of-a-directory-leaves-out.md). Sockets, pipes and devices are skipped, and so
 * are our own temporary files. What cannot be read is left out of the listing and told. Used by the
 * supervisor; blocks on the disk. */
#pragma once

#include <glib.h>

/* A temporary file of ours is "PREFIX<random>SUFFIX". */
#define DIRECTORY_TEMPORARY_PREFIX ".thumbmill-"
#define DIRECTORY_TEMPORARY_SUFFIX ".tmp"

/* No upload takes so long: older temporary files were left behind. */
#define DIRECTORY_STALE_S 600

/* Levels that are open at a time, each with a descriptor. */
#define DIRECTORY_MAX_DEPTH 200

/* Links to directories on one path. With more, a few directories that link to each other would be listed in
 * every order of theirs. */
#define DIRECTORY_MAX_LINKS 2

/* An output dated further in the future than this was written before the clock was set back. */
#define DIRECTORY_FUTURE_S 300

/* The time of a source file is its ctime, which nobody can set: when its content, its name or its rights were
 * last changed, or the link that leads to it. The time of an output is its mtime, or its ctime if that is
 * earlier; 0, older than every source, if it is in the future
 * (docs/adr/0031-the-time-of-a-file-is-its-ctime.md). */
typedef struct {
    char *key; /* relative to the root */
    guint64 size_bytes;
    gint64 time_s;   /* Unix seconds, truncated */
    guint32 time_ns; /* and what was cut off */
} DirectoryEntry;

void directory_entry_clear(DirectoryEntry *entry);

typedef enum {
    DIRECTORY_SKIP_UNREADABLE, /* files may be missing from the listing */
    DIRECTORY_SKIP_LINK,       /* a link to a directory that is not followed */
    DIRECTORY_SKIP_LOOP,       /* the same, but what it leads to is listed under its own name */
} DirectorySkipKind;

/* A part of the directory that is left out of its listing. */
typedef struct {
    DirectorySkipKind kind;
    char *part; /* relative to the root; a folder ends with '/' */
    char *reason;
} DirectorySkip;

/* NULL is allowed. */
void directory_skip_free(DirectorySkip *skip);

typedef struct {
    const char *root;        /* an absolute path that ends with '/'; copied */
    gboolean is_destination; /* a missing root is empty, stale temporary files are removed, of links to
                              * folders only trusted ones in the root are followed (store/beneath.h), and
                              * times are those of outputs */
    gboolean links_lead_out; /* of a source: whether links may lead out of it */
    gboolean needs_parent;   /* a missing root is an error if the directory above it is missing too */
    const char
        *never_by_link; /* a directory that no link may lead into: the destination; copied. May be NULL */
    gboolean (*may_enter)(const char *folder, void *data); /* relative to the root, with its '/'; NULL: all */
    void *data;
} DirectoryWalkOptions;

typedef struct DirectoryWalk DirectoryWalk;

/* Nothing is opened yet. */
DirectoryWalk *directory_walk_new(const DirectoryWalkOptions *options);
void directory_walk_free(DirectoryWalk *walk);

/* The next file. TRUE with *ret_found FALSE at the end. Class ERROR_PERMANENT if the root cannot be read,
 * naming it; ERROR_TRANSIENT when out of descriptors or memory. What vanishes meanwhile is skipped. */
gboolean directory_walk_next(DirectoryWalk *walk, DirectoryEntry *ret_entry, gboolean *ret_found,
                             GError **error);

/* The parts that have been left out since the last call: of DirectorySkip; owned by the caller. What is below
 * an unreadable folder, too deep, or longer than LIMIT_KEY_BYTES. */
GPtrArray *directory_walk_take_skips(DirectoryWalk *walk);

/* How many have not been taken. */
guint directory_walk_n_skips(const DirectoryWalk *walk);

/* The share of the walk that is done, 0 to 1: by the names of each level, as if all had as much below them.
 */
double directory_walk_share(const DirectoryWalk *walk);

/* One file, as a walk of a destination would find it; *ret_found is FALSE if there is none. Class
 * ERROR_PERMANENT or ERROR_TRANSIENT, as above. */
gboolean directory_find(const char *root, const char *key, DirectoryEntry *ret_entry, gboolean *ret_found,
                        GError **error);

/* Whether a file's name is that of a temporary file. */
gboolean directory_is_temporary(const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectoryWalk, directory_walk_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DirectorySkip, directory_skip_free)
