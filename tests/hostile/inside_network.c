/* A compromised worker tries to connect to servers other than its own. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "attempts.h"
#include "base/fd.h"
#include "sandbox/landlock.h"
#include "worker_inside.h"

static int connect_ipv4(const char *address, guint16 port, int protocol)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};

    if (fd < 0)
        return errno;
    (void)inet_pton(AF_INET, address, &peer.sin_addr);
    return connect(fd, (const struct sockaddr *)&peer, sizeof peer) == 0 || errno == EINPROGRESS ? 0 : errno;
}

static int connect_to_http(const char *address)
{
    return connect_ipv4(address, 80, 0);
}

static int connect_to_shell(const char *address)
{
    return connect_ipv4(address, 22, 0);
}

static int connect_by_mptcp(const char *address)
{
    return connect_ipv4(address, 80, 262);
}

static int connect_ipv6(const char *address)
{
    autofd int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = htons(80)};

    if (fd < 0)
        return errno;
    (void)inet_pton(AF_INET6, address, &peer.sin6_addr);
    return connect(fd, (const struct sockaddr *)&peer, sizeof peer) == 0 || errno == EINPROGRESS ? 0 : errno;
}

/* Connects without connect(2). */
static int send_to_http(const char *address)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(80)};

    if (fd < 0)
        return errno;
    (void)inet_pton(AF_INET, address, &peer.sin_addr);
    return sendto(fd, "GET", 3, MSG_FASTOPEN, (const struct sockaddr *)&peer, sizeof peer) >= 0 ||
                   errno == EINPROGRESS
               ? 0
               : errno;
}

static int bind_port(const char *address)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(INSIDE_PORT)};

    (void)inet_pton(AF_INET, address, &own.sin_addr);
    return attempt_failure(bind(fd, (const struct sockaddr *)&own, sizeof own));
}

static int listen_anywhere(const char *argument)
{
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)argument;
    return attempt_failure(listen(fd, 1));
}

static int open_socket(const char *family)
{
    autofd int fd = socket(atoi(family), SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return attempt_failure(fd);
}

static int open_netlink(const char *protocol)
{
    autofd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, atoi(protocol));

    return attempt_failure(fd);
}

/* path of a socket, or its abstract name after '@' */
static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    if (address.sun_path[0] == '@')
        address.sun_path[0] = '\0';
    return address;
}

static int connect_to_service(const char *path)
{
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_un address = unix_address(path);

    return fd < 0 ? errno : attempt_failure(connect(fd, (const struct sockaddr *)&address, sizeof address));
}

/* Sends from a socket that was not created by socket(2). */
static int send_to_service(const char *path)
{
    const struct sockaddr_un address = unix_address(path);
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    return attempt_failure(sendto(ends[0], "x", 1, 0, (const struct sockaddr *)&address, sizeof address));
}

static int open_raw_socket(const char *argument)
{
    autofd int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

    (void)argument;
    return attempt_failure(fd);
}

Test(worker_inside, other_servers_are_refused)
{
    const Attempt always[] = {
        {"listen", listen_anywhere, NULL},
        {"a raw socket", open_raw_socket, NULL},
        {"packets", open_socket, "17"},
        {"a virtual machine's host", open_socket, "40"},
        {"the kernel's ciphers", open_socket, "38"},
        {"Bluetooth", open_socket, "31"},
        {"CAN", open_socket, "29"},
        {"TIPC", open_socket, "30"},
        {"XDP", open_socket, "44"},
        {"RDS", open_socket, "21"},
        {"SMC", open_socket, "43"},
        {"multipath TCP", connect_by_mptcp, "127.0.0.1"},
        {"connecting by sending", send_to_http, "127.0.0.1"},
        {"the control socket", connect_to_service, machine.control},
        {"an abstract socket", connect_to_service, "@thumbmill-hostile"},
        {"the session's bus", connect_to_service, "/run/user/0/bus"},
        {"the system's bus", connect_to_service, "/run/dbus/system_bus_socket"},
        {"Docker", connect_to_service, "/run/docker.sock"},
        {"the log", send_to_service, "/dev/log"},
        {"the service manager", send_to_service, "/run/systemd/notify"},
        {"netlink's list of sockets", open_netlink, "4"},
        {"netlink's rules of IPsec", open_netlink, "6"},
        {"netlink's audit", open_netlink, "9"},
        {"netlink's firewall", open_netlink, "12"},
        {"netlink's events of devices", open_netlink, "15"},
        {"netlink's families", open_netlink, "16"},
    };
    const Attempt by_ports[] = {
        {"EC2's metadata", connect_to_http, "169.254.169.254"},
        {"ECS's credentials", connect_to_http, "169.254.170.2"},
        {"EKS's credentials", connect_to_http, "169.254.170.23"},
        {"Alibaba's metadata", connect_to_http, "100.100.100.200"},
        {"EC2's metadata", connect_ipv6, "fd00:ec2::254"},
        {"EC2's metadata", connect_ipv6, "::ffff:169.254.169.254"},
        {"this host", connect_to_http, "127.0.0.1"},
        {"this host", connect_ipv6, "::1"},
        {"this host's shell", connect_to_shell, "127.0.0.1"},
        {"a server", connect_to_http, "192.0.2.1"},
        {"a port of its own", bind_port, "127.0.0.1"},
    };

    attempts_expect_refused(inside_enter, always, G_N_ELEMENTS(always));
    if (landlock_abi() >= LANDLOCK_ABI_NETWORK)
        attempts_expect_refused(inside_enter, by_ports, G_N_ELEMENTS(by_ports));
}
