#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/beat.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/quote.h"
#include "store/beneath.h"
#include "store/directory.h"

#define READ_BYTES (256u << 10)

/* Attempts to find a free temporary name; the probability of a clash is 1 in 2^64. */
#define NAME_TRIES 10

static ErrorClass class_of(int errno_value)
{
    switch (errno_value) {
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT: return ERROR_PERMANENT;
    case ENOTDIR: /* concerns only this path, whose name comes from the key */
    case EISDIR:
    case ELOOP:
    case ENXIO:
    case EEXIST:
    case ENAMETOOLONG: return ERROR_INPUT;
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return ERROR_TRANSIENT;
    case ENOSPC:
    case EDQUOT: return ERROR_FULL;
    default: return ERROR_UNAVAILABLE; /* EIO, and errors of a network file system whose server is away */
    }
}

/* Describes what the file system of path (or of its nearest existing parent directory) has run out of. The
 * kernel has one error for both bytes and inodes, and "no space" is confusing when df shows plenty. */
static char *describe_room(const char *path)
{
    g_autofree char *above = g_path_get_dirname(path);
    struct statvfs fs;

    if (statvfs(path, &fs) != 0)
        return strcmp(above, path) != 0 ? describe_room(above) : g_strdup("");
    if (fs.f_files > 0 && fs.f_favail == 0)
        return g_strdup_printf(" (all %" G_GUINT64_FORMAT " inodes of its file system are used)",
                               (guint64)fs.f_files);
    return g_strdup_printf(" (its file system has %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " MB free)",
                           (guint64)fs.f_bavail * fs.f_frsize / 1000000,
                           (guint64)fs.f_blocks * fs.f_frsize / 1000000);
}

gboolean file_set_error(GError **error, int errno_value, const char *path)
{
    g_autofree char *quoted = quote_key(path);
    const ErrorClass class = class_of(errno_value);
    g_autofree char *room = class == ERROR_FULL ? describe_room(path) : g_strdup("");

    error_set(error, class, "%s: %s%s", quoted, g_strerror(errno_value), room);
    return FALSE;
}

static gboolean copy_to_blob(int fd, const char *path, guint64 max_bytes, Blob *into, GError **error)
{
    g_autofree guint8 *part = g_malloc(READ_BYTES);

    for (;;) {
        gssize n = read(fd, part, READ_BYTES);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_set_error(error, errno, path);
        if (n == 0)
            return TRUE;
        if ((guint64)n > max_bytes - blob_size(into)) { /* the file grows while we read it */
            error_set(error, ERROR_LIMIT, "%s: larger than %" G_GUINT64_FORMAT " bytes", path, max_bytes);
            return FALSE;
        }
        if (!blob_append(into, part, (gsize)n, error))
            return FALSE;
        beat();
    }
}

static int open_to_read(const FilePath *path)
{
    g_autofree char *root = g_strndup(path->name, path->root_bytes);

    if (path->root_bytes > 0)
        return beneath_open_file(root, path->name + path->root_bytes);
    /* O_NONBLOCK: a pipe may have taken the file's place; do not wait for its other end. */
    return open(path->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

gboolean file_read(const FilePath *path, guint64 max_bytes, gint64 expected_bytes, Blob *into, GError **error)
{
    g_autofree char *quoted = quote_key(path->name);
    autofd int fd = open_to_read(path);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return file_set_error(error, errno, path->name);
    if (!S_ISREG(st.st_mode)) {
        error_set(error, ERROR_INPUT, "%s: not a regular file", quoted);
        return FALSE;
    }
    if ((guint64)st.st_size > max_bytes) {
        error_set(error, ERROR_LIMIT, "%s: larger than %" G_GUINT64_FORMAT " bytes", quoted, max_bytes);
        return FALSE;
    }
    if (!copy_to_blob(fd, quoted, max_bytes, into, error))
        return FALSE;
    if (expected_bytes >= 0 && blob_size(into) != (guint64)expected_bytes) {
        error_set(error, ERROR_TRANSIENT, "%s: the file has changed since it was listed", quoted);
        return FALSE;
    }
    return TRUE;
}

gboolean file_touch(const char *path, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char byte;

    if ((fd >= 0 && read(fd, &byte, 1) >= 0) || class_of(errno) == ERROR_PERMANENT ||
        class_of(errno) == ERROR_INPUT)
        return TRUE;
    return file_set_error(error, errno, path);
}

gboolean file_allows(const char *path, gboolean is_write)
{
    autofd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return is_write ? faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 : fd >= 0;
}

char *file_version_of(const struct stat *st)
{
    return g_strdup_printf("%" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT
                           ":%" G_GUINT64_FORMAT,
                           (gint64)st->st_ctim.tv_sec, st->st_ctim.tv_nsec, (gint64)st->st_size,
                           (guint64)st->st_dev, (guint64)st->st_ino);
}

char *file_version(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? file_version_of(&st) : NULL;
}

/* Where a file is written: a descriptor of its folder, and its name there. */
typedef struct {
    int folder;
    const char *name;
} Target;

/* A temporary name in the same folder, which listings skip. Owned by the caller. */
static char *temporary_name(void)
{
    guint64 random = ((guint64)g_random_int() << 32) | g_random_int();

    return g_strdup_printf(DIRECTORY_TEMPORARY_PREFIX "%016" G_GINT64_MODIFIER "x" DIRECTORY_TEMPORARY_SUFFIX,
                           random);
}

/* Opens a file without a name, which the kernel removes if we die. -1 if the file system has no O_TMPFILE. */
static int open_unnamed(int folder)
{
    return openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

static int link_unnamed(int fd, int folder, const char *name)
{
    char self[64];

    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, self, folder, name, AT_SYMLINK_FOLLOW);
}

/* Bytes to write, and the mode of the file. */
typedef struct {
    guint mode;
    const void *data;
    gsize size_bytes;
} Content;

static gboolean write_and_sync(int fd, const Content *content)
{
    return fd_write_all(fd, content->data, content->size_bytes) && fchmod(fd, content->mode) == 0 &&
           fdatasync(fd) == 0;
}

/* Writes an unnamed file and links it to the target's name if that is free; a process that dies leaves
 * nothing else. If the name is taken, leaves a complete file under *ret_temporary. FALSE with errno, and no
 * file. */
static gboolean write_unnamed(const Target *target, const Content *content, char **ret_temporary)
{
    autofd int fd = open_unnamed(target->folder);

    if (fd < 0 || !write_and_sync(fd, content))
        return FALSE;
    if (link_unnamed(fd, target->folder, target->name) == 0)
        return TRUE;
    for (int i = 0; i < NAME_TRIES && errno == EEXIST; i++) {
        g_autofree char *temporary = temporary_name();

        if (link_unnamed(fd, target->folder, temporary) == 0) {
            *ret_temporary = g_steal_pointer(&temporary);
            return TRUE;
        }
    }
    return FALSE;
}

/* Writes a complete file under *ret_temporary, for file systems without O_TMPFILE, and where /proc is
 * inaccessible. The name exists from the start, so directory_walk_next() must remove the file of a process
 * that died. */
static gboolean write_named(const Target *target, const Content *content, char **ret_temporary)
{
    g_autofree char *temporary = temporary_name();
    autofd int fd =
        openat(target->folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return FALSE;
    if (!write_and_sync(fd, content)) {
        int saved = errno;

        (void)unlinkat(target->folder, temporary, 0);
        errno = saved;
        return FALSE;
    }
    *ret_temporary = g_steal_pointer(&temporary);
    return TRUE;
}

/* Whether write_unnamed() failed for a reason that does not affect write_named(). */
static gboolean is_about_unnamed(int errno_value)
{
    return errno_value == EOPNOTSUPP || errno_value == EISDIR || errno_value == EINVAL ||
           errno_value == ENOENT || errno_value == EACCES || errno_value == EPERM || errno_value == EXDEV;
}

/* TRUE if the directory exists now; if it was made here, with that mode. */
static gboolean make_one(const char *directory, guint mode)
{
    autofd int fd = -1;

    if (mkdir(directory, 0700) != 0)
        return errno == EEXIST;
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && fchmod(fd, mode) == 0; /* not chmod(): a worker's sandbox only allows fchmod() */
}

/* Makes a directory and its parents, as far as they are below the base. An existing file of that name is no
 * failure here, and neither is a missing directory above the base: opening the output then fails and says
 * why. */
static gboolean make_directory(const char *directory, const FilePlace *place)
{
    const guint mode = place->dir_mode != 0 ? place->dir_mode : FILE_DEFAULT_DIR_MODE;
    g_autofree char *above = NULL;

    if (strlen(directory) < place->base_bytes)
        return TRUE;
    if (make_one(directory, mode))
        return TRUE;
    if (errno != ENOENT)
        return FALSE;
    above = g_path_get_dirname(directory);
    return make_directory(above, place) && make_one(directory, mode);
}

gboolean file_make_directory(const char *directory, const FilePlace *place)
{
    return make_directory(directory, place);
}

/* Opens the folder of path, and makes missing folders. -1 with errno. */
static int open_parent(const char *path, const FilePlace *place)
{
    const char *slash = strrchr(path, '/');
    const gsize root_bytes = MAX(place->root_bytes, 1);
    const gsize folder_bytes = MAX((gsize)(slash - path), root_bytes);
    g_autofree char *root = g_strndup(path, root_bytes);
    g_autofree char *bare = g_strndup(path, MAX(root_bytes - 1, 1));
    g_autofree char *folder = g_strndup(path + root_bytes, folder_bytes - root_bytes);
    const guint mode = place->dir_mode != 0 ? place->dir_mode : FILE_DEFAULT_DIR_MODE;
    autofd int root_fd = beneath_open_root(root);

    if (root_fd < 0 && (errno != ENOENT || !make_directory(bare, place)))
        return -1;
    if (root_fd < 0)
        root_fd = beneath_open_root(root);
    return root_fd >= 0 ? beneath_open_folder(root_fd, folder, mode) : -1;
}

char *file_place_format(const FilePlace *place)
{
    return g_strdup_printf("?base=%" G_GSIZE_FORMAT "&root=%" G_GSIZE_FORMAT "&file=%o&dir=%o",
                           place->base_bytes, place->root_bytes, place->file_mode, place->dir_mode);
}

/* Parses "name=NUMBER" and moves *text past it. */
static gboolean take_number(const char **text, const char *name, guint base, guint64 max, guint64 *ret_number)
{
    char *end = NULL;

    if (!g_str_has_prefix(*text, name) || !g_ascii_isdigit((*text)[strlen(name)]))
        return FALSE;
    *ret_number = g_ascii_strtoull(*text + strlen(name), &end, base);
    *text = end;
    return *ret_number <= max;
}

gboolean file_place_parse(const char *query, FilePlace *ret_place)
{
    guint64 base, root, file, dir;

    if (!take_number(&query, "?base=", 10, PATH_MAX, &base) ||
        !take_number(&query, "&root=", 10, PATH_MAX, &root) ||
        !take_number(&query, "&file=", 8, 0777, &file) || !take_number(&query, "&dir=", 8, 07777, &dir) ||
        *query != '\0')
        return FALSE;
    *ret_place = (FilePlace){.file_mode = (guint)file,
                             .dir_mode = (guint)dir,
                             .base_bytes = (gsize)base,
                             .root_bytes = (gsize)root};
    return TRUE;
}

char *file_root_format(gsize root_bytes)
{
    return g_strdup_printf("?root=%" G_GSIZE_FORMAT, root_bytes);
}

gboolean file_root_parse(const char *query, gsize *ret_root_bytes)
{
    guint64 root;

    if (!take_number(&query, "?root=", 10, PATH_MAX, &root) || *query != '\0')
        return FALSE;
    *ret_root_bytes = (gsize)root;
    return TRUE;
}

static gboolean is_directory(const Target *target)
{
    const int saved = errno;
    struct stat st;
    const gboolean is =
        fstatat(target->folder, target->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);

    errno = saved;
    return is;
}

gboolean file_write(const char *path, const FilePlace *place, const void *data, gsize size_bytes,
                    GError **error)
{
    const Content content = {place->file_mode != 0 ? place->file_mode : FILE_DEFAULT_MODE, data, size_bytes};
    g_autofree char *temporary = NULL;
    autofd int folder = open_parent(path, place);
    const Target target = {folder, strrchr(path, '/') + 1};

    if (folder < 0)
        return file_set_error(error, errno, path);
    if (!write_unnamed(&target, &content, &temporary) &&
        (!is_about_unnamed(errno) || !write_named(&target, &content, &temporary)))
        return file_set_error(error, errno, path);
    if (temporary != NULL && renameat(folder, temporary, folder, target.name) != 0) {
        int saved = is_directory(&target) ? EISDIR : errno; /* a sandbox reports EACCES instead */

        (void)unlinkat(folder, temporary, 0);
        return file_set_error(error, saved, path);
    }
    return TRUE;
}
