#include "daemon/console/control_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "daemon/service/control_protocol.h"

/* A healthy daemon answers within milliseconds. */
#define PATIENCE_S 30

static int connect_to(const char *path, GError **error)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "cannot make a socket");
        return -1;
    }
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        error_set(error, ERROR_PERMANENT, "%s: too long for a socket address", path);
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "no daemon is listening on %s", path);
        return -1;
    }
    return fd_steal(&fd);
}

/* Reads one line, without its newline. FALSE with *error set. */
static gboolean read_line(int fd, GString *line, GError **error)
{
    char buffer[8192];

    while (line->len < CONTROL_MAX_ANSWER_BYTES) {
        const gssize n = recv(fd, buffer, sizeof buffer, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set(error, ERROR_TRANSIENT, "the daemon does not respond");
            return FALSE;
        }
        if (n == 0)
            break;
        g_string_append_len(line, buffer, n);
        if (line->str[line->len - 1] == '\n') {
            g_string_truncate(line, line->len - 1);
            return TRUE;
        }
    }
    error_set(error, ERROR_PERMANENT, "the daemon closed the connection");
    return FALSE;
}

json_t *control_client_ask(const char *path, const char *command, const char *value, GError **error)
{
    g_autofree char *request = control_request_format(command, value);
    g_autoptr(GString) line = g_string_new(NULL);
    autofd int fd = connect_to(path, error);
    json_t *answer;

    if (fd < 0)
        return NULL;
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (gssize)strlen(request)) {
        error_set(error, ERROR_PERMANENT, "the daemon closed the connection");
        return NULL;
    }
    if (!read_line(fd, line, error))
        return NULL;
    answer = json_loadb(line->str, line->len, 0, NULL);
    if (answer == NULL)
        error_set(error, ERROR_PERMANENT, "the daemon's response is not JSON");
    return answer;
}
