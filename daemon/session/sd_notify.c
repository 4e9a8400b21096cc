#include "daemon/session/sd_notify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

void sd_notify_send(const char *format, ...)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const gsize length = path != NULL ? strlen(path) : 0;
    g_autofree char *text = NULL;
    autofd int fd = -1;
    va_list args;

    if (length < 2 || length >= sizeof address.sun_path)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    memcpy(address.sun_path, path, length);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0'; /* a leading '@' stands for the abstract namespace */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        (void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

gint64 sd_notify_watchdog_us(void)
{
    const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

    if (interval == NULL || (pid != NULL && g_ascii_strtoll(pid, NULL, 10) != getpid()))
        return 0;
    return MAX(g_ascii_strtoll(interval, NULL, 10), 0);
}
