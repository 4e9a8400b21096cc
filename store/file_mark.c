#include "store/file_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "store/beneath.h"

/* The folder of path, opened. *ret_name is the part after it. -1 with errno. */
static int open_folder(const FilePath *path, const char **ret_name)
{
    const char *name = strrchr(path->name, '/') + 1;
    const gsize folder_bytes = MAX((gsize)(name - path->name), path->root_bytes + 1) - path->root_bytes - 1;
    g_autofree char *root = g_strndup(path->name, path->root_bytes);
    g_autofree char *relative = g_strndup(path->name + path->root_bytes, folder_bytes);
    autofd int root_fd = beneath_open_root(root);

    *ret_name = name;
    return root_fd >= 0 ? beneath_open_folder(root_fd, relative, 0) : -1;
}

/* Opens a regular file. -1 with errno; EISDIR if it is something else. */
static int open_regular(int folder, const char *name, struct stat *ret_stat)
{
    autofd int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, ret_stat) != 0)
        return -1;
    if (!S_ISREG(ret_stat->st_mode)) {
        errno = EISDIR;
        return -1;
    }
    return fd_steal(&fd);
}

gboolean file_mark(const FilePath *path, const char *const *lines)
{
    g_autofree char *text = g_strjoinv("\n", (GStrv)lines);
    const char *name;
    struct stat st;
    autofd int folder = open_folder(path, &name);
    autofd int fd = folder >= 0 ? open_regular(folder, name, &st) : -1;

    if (strlen(text) > FILE_MARK_MAX_BYTES) {
        errno = E2BIG;
        return FALSE;
    }
    return fd >= 0 && fsetxattr(fd, FILE_MARK_ATTRIBUTE, text, strlen(text), 0) == 0;
}

void file_description_clear(FileDescription *description)
{
    g_clear_pointer(&description->version, g_free);
    g_clear_pointer(&description->lines, g_strfreev);
}

/* The lines of an open file. A mark of somebody else, too long, or not text, counts as none. */
static GStrv read_lines(int fd)
{
    char text[FILE_MARK_MAX_BYTES + 1];
    const gssize n = fgetxattr(fd, FILE_MARK_ATTRIBUTE, text, FILE_MARK_MAX_BYTES);

    if (n <= 0 || !g_utf8_validate_len(text, (gsize)n, NULL))
        return g_new0(char *, 1);
    text[n] = '\0';
    return g_strsplit(text, "\n", -1);
}

static gboolean is_missing(int errno_value)
{
    return errno_value == ENOENT || errno_value == ENOTDIR || errno_value == EISDIR || errno_value == ELOOP;
}

gboolean file_describe(const FilePath *path, FileDescription *ret_description, GError **error)
{
    const char *name;
    struct stat st;
    autofd int folder = open_folder(path, &name);
    autofd int fd = folder >= 0 ? open_regular(folder, name, &st) : -1;

    if (fd < 0 && is_missing(errno))
        return FALSE;
    if (fd < 0)
        return file_set_error(error, errno, path->name);
    *ret_description = (FileDescription){
        .version = file_version_of(&st), .size_bytes = (guint64)st.st_size, .lines = read_lines(fd)};
    return TRUE;
}

FileRemoval file_remove(const FilePath *path, const char *version, GError **error)
{
    const char *name;
    struct stat st;
    g_autofree char *now = NULL;
    autofd int folder = open_folder(path, &name);

    if (folder < 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (is_missing(errno))
            return FILE_REMOVED;
        file_set_error(error, errno, path->name);
        return FILE_REMOVE_FAILED;
    }
    now = file_version_of(&st);
    if (!S_ISREG(st.st_mode) || strcmp(now, version) != 0)
        return FILE_CHANGED;
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return FILE_REMOVED;
    file_set_error(error, errno, path->name);
    return FILE_REMOVE_FAILED;
}
