#include "daemon/site/site_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "config/listen_address.h"
#include "daemon/service/unix_listener.h"

#define BACKLOG 128

/* The first descriptor that systemd passes (sd_listen_fds(3)). */
#define SYSTEMD_FD 3

/* Everyone who may enter the folder may connect: nothing can be changed over this socket. */
#define UNIX_MODE 0666

static int take_systemd_socket(GError **error)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    int accepts = 0;
    socklen_t size = sizeof accepts;

    if (pid == NULL || count == NULL || strtoll(pid, NULL, 10) != getpid() || strtoll(count, NULL, 10) != 1 ||
        getsockopt(SYSTEMD_FD, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) != 0 || accepts == 0) {
        error_set(error, ERROR_CONFIG, "http.listen: systemd has not passed one listening socket");
        return -1;
    }
    return fcntl(SYSTEMD_FD, F_DUPFD_CLOEXEC, SYSTEMD_FD + 1);
}

static int open_ip(const ListenAddress *address)
{
    autofd int fd = socket(address->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (address->kind == LISTEN_IPV6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, &address->address.any, address->address_bytes) != 0)
        return -1;
    return fd_steal(&fd);
}

int site_listen_open(const char *listen_at, GError **error)
{
    autofd int fd = -1;
    ListenAddress address;

    if (!listen_address_parse(listen_at, &address, error))
        return -1;
    if (address.kind == LISTEN_SYSTEMD) {
        fd = take_systemd_socket(error);
        return fd < 0 ? -1 : fd_steal(&fd);
    }
    if (address.kind == LISTEN_UNIX) {
        fd = unix_listener_bind(address.path, error);
        if (fd < 0) {
            g_prefix_error(error, "http.listen: ");
            return -1;
        }
    } else {
        fd = open_ip(&address);
    }
    if (fd >= 0 && (address.kind != LISTEN_UNIX || chmod(address.path, UNIX_MODE) == 0) &&
        listen(fd, BACKLOG) == 0)
        return fd_steal(&fd);
    error_set_errno(error, ERROR_CONFIG, errno, "http.listen: %s", listen_at);
    return -1;
}

void site_listen_remove(const char *listen_at)
{
    ListenAddress address;

    if (listen_address_parse(listen_at, &address, NULL) && address.kind == LISTEN_UNIX)
        (void)unlink(address.path);
}
