#include "daemon/service/unix_listener.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"

static gboolean fill_address(const char *path, struct sockaddr_un *address, GError **error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (g_strlcpy(address->sun_path, path, sizeof address->sun_path) < sizeof address->sun_path)
        return TRUE;
    error_set(error, ERROR_CONFIG, "%s: longer than the %zu bytes of a socket address", path,
              sizeof address->sun_path - 1);
    return FALSE;
}

/* Whether a process listens on this address. */
static gboolean is_alive(const struct sockaddr_un *address)
{
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
}

/* Binds with the most restrictive mode from the start. Sets errno on failure. */
static gboolean bind_narrowly(int fd, const struct sockaddr_un *address)
{
    const mode_t old = umask(0177);
    const gboolean bound = bind(fd, (const struct sockaddr *)address, sizeof *address) == 0;

    umask(old);
    return bound;
}

/* Replaces the socket of a daemon that died without removing it, but no other file. */
static gboolean bind_again(int fd, const struct sockaddr_un *address, GError **error)
{
    const char *path = address->sun_path;
    struct stat info;

    if (lstat(path, &info) == 0 && !S_ISSOCK(info.st_mode)) {
        error_set(error, ERROR_CONFIG, "%s: exists and is not a socket", path);
        return FALSE;
    }
    if (is_alive(address)) {
        error_set(error, ERROR_CONFIG, "%s: another daemon is listening there", path);
        return FALSE;
    }
    if (unlink(path) == 0 && bind_narrowly(fd, address))
        return TRUE;
    error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
    return FALSE;
}

int unix_listener_bind(const char *path, GError **error)
{
    autofd int fd = -1;
    struct sockaddr_un address;

    if (!fill_address(path, &address, error))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind_narrowly(fd, &address))
        return fd_steal(&fd);
    if (errno != EADDRINUSE) {
        error_set_errno(error, ERROR_CONFIG, errno, "%s", path);
        return -1;
    }
    return bind_again(fd, &address, error) ? fd_steal(&fd) : -1;
}
