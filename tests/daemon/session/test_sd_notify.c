#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "daemon/session/sd_notify.h"

/* Opens a service manager's socket at this address ('@' for an abstract one), which NOTIFY_SOCKET names. */
static int manager(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, path, strlen(path));
    if (*path == '@')
        address.sun_path[0] = '\0';
    cr_assert_eq(bind(fd, (struct sockaddr *)&address,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))),
                 0);
    setenv("NOTIFY_SOCKET", path, TRUE);
    return fd;
}

static void assert_heard(int fd, const char *wanted)
{
    char text[256] = "";

    cr_assert_eq(recv(fd, text, sizeof text - 1, 0), (gssize)strlen(wanted));
    cr_assert_str_eq(text, wanted);
}

Test(notify, a_socket_with_a_name)
{
    g_autofree char *folder = g_dir_make_tmp("notify-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "socket", NULL);
    autofd int fd = manager(path);

    sd_notify_send("READY=1\nSTATUS=%d of %s", 3, "four");
    assert_heard(fd, "READY=1\nSTATUS=3 of four");
    unlink(path);
    rmdir(folder);
}

Test(notify, an_abstract_socket)
{
    g_autofree char *name = g_strdup_printf("@thumbmill-test-%d", (int)getpid());
    autofd int fd = manager(name);

    sd_notify_send("WATCHDOG=1");
    assert_heard(fd, "WATCHDOG=1");
}

Test(notify, nobody_to_tell)
{
    g_autofree char *endless = g_strnfill(200, 'x');

    unsetenv("NOTIFY_SOCKET");
    sd_notify_send("READY=1");
    setenv("NOTIFY_SOCKET", "", TRUE);
    sd_notify_send("READY=1");
    setenv("NOTIFY_SOCKET", "/nonexistent/socket", TRUE);
    sd_notify_send("READY=1");
    setenv("NOTIFY_SOCKET", endless, TRUE);
    sd_notify_send("READY=1");
}

Test(notify, the_watchdog_is_for_one_process)
{
    g_autofree char *own = g_strdup_printf("%d", (int)getpid());

    cr_assert_eq(sd_notify_watchdog_us(), 0);
    setenv("WATCHDOG_USEC", "3000000", TRUE);
    cr_assert_eq(sd_notify_watchdog_us(), 3000000);
    setenv("WATCHDOG_PID", own, TRUE);
    cr_assert_eq(sd_notify_watchdog_us(), 3000000);
    setenv("WATCHDOG_PID", "1", TRUE);
    cr_assert_eq(sd_notify_watchdog_us(), 0);
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", "-5", TRUE);
    cr_assert_eq(sd_notify_watchdog_us(), 0);
}
