#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

void fd_clear(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

int fd_steal(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

gboolean fd_write_all(int fd, const void *data, gsize size_bytes)
{
    const char *p = data;

    while (size_bytes > 0) {
        gssize n = write(fd, p, size_bytes);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FALSE;
        p += n;
        size_bytes -= (gsize)n;
    }
    return TRUE;
}

char *fd_read_all(int fd, gsize max_bytes, const char *what, gsize *ret_size, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 part[16384];

    for (;;) {
        gssize n = read(fd, part, sizeof part);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set_errno(error, ERROR_PERMANENT, errno, "%s", what);
            return NULL;
        }
        if (n == 0)
            break;
        if (bytes->len + (gsize)n > max_bytes) {
            error_set(error, ERROR_LIMIT, "%s: larger than %" G_GSIZE_FORMAT " bytes", what, max_bytes);
            return NULL;
        }
        g_byte_array_append(bytes, part, (guint)n);
    }
    if (ret_size != NULL)
        *ret_size = bytes->len;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

char *fd_read_file(const char *path, gsize max_bytes, gsize *ret_size, GError **error)
{
    autofd int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
        return NULL;
    }
    return fd_read_all(fd, max_bytes, path, ret_size, error);
}
