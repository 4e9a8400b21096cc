#include "base/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

/* As many consecutive links as the kernel follows. */
#define MAX_LINKS 40

/* The destination of the data. */
typedef struct {
    char *path; /* without a symbolic link as its last part; or NULL */
    int fd;     /* a descriptor of this process, if path is NULL */
} Target;

static void target_clear(Target *target)
{
    g_free(target->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Target, target_clear)

/* Whether both describe the same file. */
static gboolean is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Returns the descriptor N if link is /proc/self/fd/N and refers to the file that info describes; else -1.
 * The text of such a link is not a usable path: "pipe:[4711]", "/tmp/report.json (deleted)". */
static int descriptor_of(const char *link, const struct stat *info)
{
    autofd int fd = open(link, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    g_autofree char *name = g_path_get_basename(link);
    struct statfs file_system;
    struct stat own;
    guint64 number;

    if (fd < 0 || fstatfs(fd, &file_system) != 0 || file_system.f_type != PROC_SUPER_MAGIC)
        return -1;
    if (!g_ascii_string_to_unsigned(name, 10, 0, INT_MAX, &number, NULL))
        return -1;
    return fstat((int)number, &own) == 0 && is_same(&own, info) ? (int)number : -1;
}

/* The target of a link, owned by the caller; NULL if link is not a symbolic link or cannot be read. */
static char *next_of(const char *link)
{
    g_autofree char *text = g_file_read_link(link, NULL);
    g_autofree char *folder = g_path_get_dirname(link);

    if (text == NULL)
        return NULL;
    return g_path_is_absolute(text) ? g_steal_pointer(&text) : g_build_filename(folder, text, NULL);
}

/* Follows path. info describes the file at its end, or is NULL if there is none. On failure returns FALSE and
 * sets errno. */
static gboolean target_find(const char *path, const struct stat *info, Target *ret_target)
{
    g_autofree char *at = g_strdup(path);

    for (int i = 0; i <= MAX_LINKS; i++) {
        g_autofree char *next = next_of(at);
        const int fd = next != NULL && info != NULL ? descriptor_of(at, info) : -1;

        if (next == NULL || fd >= 0) {
            *ret_target = (Target){.path = fd < 0 ? g_steal_pointer(&at) : NULL, .fd = fd};
            return TRUE;
        }
        g_free(at);
        at = g_steal_pointer(&next);
    }
    errno = ELOOP;
    return FALSE;
}

/* Writes into an existing file. O_NONBLOCK, since opening a FIFO without a reader would block. */
static gboolean write_into(const char *path, int flags, const void *data, gsize size_bytes)
{
    autofd int fd = open(path, flags | O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    return fd >= 0 && fcntl(fd, F_SETFL, 0) == 0 && fd_write_all(fd, data, size_bytes);
}

/* Whether a file that cannot be replaced, for this reason, might still be written in place. */
static gboolean is_about_folder(int errno_value)
{
    return errno_value == EACCES || errno_value == EPERM || errno_value == EROFS || errno_value == EBUSY;
}

static gboolean fill(int fd, const struct stat *former, const void *data, gsize size_bytes)
{
    if (former != NULL) {
        (void)!fchown(fd, former->st_uid, former->st_gid);
        if (fchmod(fd, former->st_mode & 0777) != 0)
            return FALSE;
    }
    return fd_write_all(fd, data, size_bytes) && fdatasync(fd) == 0;
}

/* Writes a temporary file next to path and renames it. former describes the existing file; NULL if there is
 * none. On failure nothing has changed, and errno is set. */
static gboolean replace(const char *path, const struct stat *former, const void *data, gsize size_bytes)
{
    g_autofree char *temporary = g_strdup_printf("%s.%08x.tmp", path, g_random_int());
    autofd int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    int saved;

    if (fd < 0)
        return FALSE;
    if (fill(fd, former, data, size_bytes) && rename(temporary, path) == 0)
        return TRUE;
    saved = errno;
    (void)unlink(temporary);
    errno = saved;
    return FALSE;
}

static gboolean write_regular(const char *path, const struct stat *former, const void *data, gsize size_bytes)
{
    if (replace(path, former, data, size_bytes))
        return TRUE;
    return former != NULL && is_about_folder(errno) && write_into(path, O_TRUNC, data, size_bytes);
}

static gboolean fail(const char *path, const struct stat *info, int errno_value, GError **error)
{
    if (info != NULL && S_ISFIFO(info->st_mode) && errno_value == ENXIO)
        error_set(error, ERROR_PERMANENT, "%s: no process reads from this FIFO", path);
    else
        error_set_errno(error, ERROR_PERMANENT, errno_value, "%s", path);
    return FALSE;
}

gboolean output_file_write(const char *path, const void *data, gsize size_bytes, GError **error)
{
    g_auto(Target) target = {0};
    struct stat status;
    const struct stat *info = NULL;
    gboolean written;

    if (strcmp(path, OUTPUT_FILE_STDOUT) == 0)
        return fd_write_all(STDOUT_FILENO, data, size_bytes) || fail("standard output", NULL, errno, error);
    /* stat() before target_find(): the kernel refuses to follow links of other users in /tmp */
    if (stat(path, &status) == 0)
        info = &status;
    else if (errno != ENOENT)
        return fail(path, NULL, errno, error);
    if (!target_find(path, info, &target))
        return fail(path, info, errno, error);
    if (target.path == NULL)
        written = fd_write_all(target.fd, data, size_bytes);
    else if (info == NULL || S_ISREG(info->st_mode))
        written = write_regular(target.path, info, data, size_bytes);
    else
        written = write_into(path, 0, data, size_bytes);
    return written || fail(path, info, errno, error);
}

gboolean output_file_is_stdout(const char *path)
{
    struct stat info, own;

    return strcmp(path, OUTPUT_FILE_STDOUT) == 0 ||
           (stat(path, &info) == 0 && fstat(STDOUT_FILENO, &own) == 0 && is_same(&info, &own));
}

gboolean output_file_check(const char *path, GError **error)
{
    g_autofree char *folder = NULL;
    g_auto(Target) target = {0};
    struct stat info;
    const gboolean is_there = stat(path, &info) == 0;

    if (strcmp(path, OUTPUT_FILE_STDOUT) == 0)
        return TRUE;
    if (*path == '\0' || (!is_there && errno != ENOENT) ||
        !target_find(path, is_there ? &info : NULL, &target)) {
        error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
        return FALSE;
    }
    if (is_there && S_ISDIR(info.st_mode)) {
        error_set_errno(error, ERROR_CONFIG, EISDIR, "%s", path);
        return FALSE;
    }
    if (target.path == NULL || (is_there && access(path, W_OK) == 0))
        return TRUE;
    if (is_there && !S_ISREG(info.st_mode)) {
        error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
        return FALSE;
    }
    folder = g_path_get_dirname(target.path);
    if (access(folder, W_OK) == 0)
        return TRUE;
    error_set_errno(error, ERROR_CONFIG, errno, "%s: %s", path, folder);
    return FALSE;
}
