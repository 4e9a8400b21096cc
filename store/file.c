#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/quote.h"
#include "store/directory.h"

#define READ_BYTES (256u << 10)

/* Tries to find a free temporary name; a clash is one in 2^64. */
#define NAME_TRIES 10

static gboolean set_error(GError **error, int errno_value, const char *path)
{
    g_autofree char *quoted = quote_key(path);
    ErrorClass class = ERROR_TRANSIENT;

    switch (errno_value) {
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENXIO:
    case EEXIST:
    case ENAMETOOLONG: class = ERROR_PERMANENT; break;
    default: break;
    }
    error_set_errno(error, class, errno_value, "%s", quoted);
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
            return set_error(error, errno, path);
        if (n == 0)
            return TRUE;
        if ((guint64)n > max_bytes - blob_size(into)) { /* it grows while we read */
            error_set(error, ERROR_LIMIT, "%s: larger than %" G_GUINT64_FORMAT " bytes", path, max_bytes);
            return FALSE;
        }
        if (!blob_append(into, part, (gsize)n, error))
            return FALSE;
    }
}

gboolean file_read(const char *path, guint64 max_bytes, gint64 expected_bytes, Blob *into, GError **error)
{
    g_autofree char *quoted = quote_key(path);
    /* Not to wait for the other end of a pipe that took the file's place. */
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return set_error(error, errno, path);
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

char *file_version(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return NULL;
    return g_strdup_printf("%" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT,
                           (gint64)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (gint64)st.st_size,
                           (guint64)st.st_ino);
}

/* A name beside path that no listing shows. Owned by the caller. */
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    guint64 random = ((guint64)g_random_int() << 32) | g_random_int();

    return g_strdup_printf("%.*s" DIRECTORY_TEMPORARY_PREFIX "%016" G_GINT64_MODIFIER
                           "x" DIRECTORY_TEMPORARY_SUFFIX,
                           (int)(slash + 1 - path), path, random);
}

/* A file without a name, which the kernel drops when we die; -1 where there is no such thing. */
static int open_unnamed(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);

    return open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
}

static int link_unnamed(int fd, const char *path)
{
    char self[64];

    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static gboolean write_and_sync(int fd, const void *data, gsize size_bytes)
{
    return fd_write_all(fd, data, size_bytes) && fdatasync(fd) == 0;
}

/* Leaves a complete file at path, and *ret_temporary NULL, if nothing was there: whoever dies leaves nothing
 * else. Otherwise a complete temporary file. On failure there is none, and errno says why. */
static gboolean write_unnamed(const char *path, const void *data, gsize size_bytes, char **ret_temporary)
{
    autofd int fd = open_unnamed(path);

    if (fd < 0 || !write_and_sync(fd, data, size_bytes))
        return FALSE;
    if (link_unnamed(fd, path) == 0)
        return TRUE;
    for (int i = 0; i < NAME_TRIES && errno == EEXIST; i++) {
        g_autofree char *temporary = temporary_name(path);

        if (link_unnamed(fd, temporary) == 0) {
            *ret_temporary = g_steal_pointer(&temporary);
            return TRUE;
        }
    }
    return FALSE;
}

/* Leaves a complete temporary file. For file systems without O_TMPFILE, and where /proc is out of reach: the
 * name is there from the start, so a process that dies leaves the file to directory_walk_next(). */
static gboolean write_named(const char *path, const void *data, gsize size_bytes, char **ret_temporary)
{
    g_autofree char *temporary = temporary_name(path);
    autofd int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0)
        return FALSE;
    if (!write_and_sync(fd, data, size_bytes)) {
        int saved = errno;

        (void)unlink(temporary);
        errno = saved;
        return FALSE;
    }
    *ret_temporary = g_steal_pointer(&temporary);
    return TRUE;
}

/* Whether write_unnamed() failed for reasons that do not concern write_named(). */
static gboolean is_about_unnamed(int errno_value)
{
    return errno_value == EOPNOTSUPP || errno_value == EISDIR || errno_value == EINVAL ||
           errno_value == ENOENT || errno_value == EACCES || errno_value == EPERM || errno_value == EXDEV;
}

static gboolean make_parent(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);

    return g_mkdir_with_parents(directory, 0777) == 0;
}

gboolean file_write(const char *path, const void *data, gsize size_bytes, GError **error)
{
    g_autofree char *temporary = NULL;

    if (!make_parent(path))
        return set_error(error, errno, path);
    if (!write_unnamed(path, data, size_bytes, &temporary) &&
        (!is_about_unnamed(errno) || !write_named(path, data, size_bytes, &temporary)))
        return set_error(error, errno, path);
    if (temporary != NULL && rename(temporary, path) != 0) {
        int saved = errno;

        (void)unlink(temporary);
        return set_error(error, saved, path);
    }
    return TRUE;
}
