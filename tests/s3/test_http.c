/* What the way to a server is like, below all that S3 means. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "s3/http.h"

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

/* -1: this machine has no such address, or the port is taken. *port 0: any, which is then told. */
static int listen_at(const struct sockaddr *address, socklen_t size)
{
    autofd int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, address, size) != 0 || listen(fd, 8) != 0)
        return -1;
    return fd_steal(&fd);
}

/* The two addresses of localhost, at one port. FALSE: there are no two. */
static gboolean listen_twice(int fds[2], guint *ret_port)
{
    struct sockaddr_in old = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 new = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    socklen_t size = sizeof old;

    fds[0] = listen_at((struct sockaddr *)&old, sizeof old);
    cr_assert_geq(fds[0], 0);
    cr_assert_eq(getsockname(fds[0], (struct sockaddr *)&old, &size), 0);
    new.sin6_port = old.sin_port;
    fds[1] = listen_at((struct sockaddr *)&new, sizeof new);
    *ret_port = ntohs(old.sin_port);
    return fds[1] >= 0;
}

static void on_response(const HttpResponse *response, void *user)
{
    cr_assert_eq(http_response_status(response), 200, "%s", http_response_curl_text(response));
    *(gboolean *)user = TRUE;
}

static gboolean is_readable(int fd)
{
    struct pollfd polled = {fd, POLLIN, 0};

    return poll(&polled, 1, 0) > 0;
}

/* Runs the client until something is to be read. */
static void run_until_readable(GMainContext *context, const int *fds, guint count, guint *ret_which)
{
    for (;;) {
        for (guint i = 0; i < count; i++) {
            if (is_readable(fds[i])) {
                *ret_which = i;
                return;
            }
        }
        if (!g_main_context_iteration(context, FALSE))
            g_usleep(1000);
    }
}

/* Which of the listeners a client of its own, that knows no address yet, comes to first. */
static guint choose(const char *url, const int fds[2])
{
    g_autoptr(GMainContext) context = g_main_context_new();
    RequestCounters counters = {0};
    g_autoptr(HttpClient) client = http_client_new(context, NULL, &counters, NULL);
    char request[4096];
    gboolean done = FALSE;
    guint came = 0, only = 0;
    autofd int fd = -1;

    (void)http_request(client, &(HttpOptions){.kind = HTTP_GET, .url = url}, on_response, &done);
    run_until_readable(context, fds, 2, &came);
    fd = accept(fds[came], NULL, NULL);
    run_until_readable(context, &fd, 1, &only);
    cr_assert_gt(read(fd, request, sizeof request), 0);
    cr_assert_eq(write(fd, OK_EMPTY, sizeof OK_EMPTY - 1), (gssize)sizeof OK_EMPTY - 1);
    while (!done)
        g_main_context_iteration(context, TRUE);
    return came;
}

Test(http, clients_spread_over_the_addresses_of_a_name)
{
    enum { CLIENTS = 40 }; /* all at one of two by chance: once in 500 thousand million times */
    guint came[2] = {0}, port = 0;
    g_autofree char *url = NULL;
    int fds[2];

    if (!listen_twice(fds, &port))
        cr_skip_test("localhost has one address here");
    url = g_strdup_printf("http://localhost:%u/", port);
    for (guint i = 0; i < CLIENTS; i++)
        came[choose(url, fds)]++;
    cr_assert_gt(came[0], 0, "all went to ::1");
    cr_assert_gt(came[1], 0, "all went to 127.0.0.1");
    close(fds[0]);
    close(fds[1]);
}
