/* Tests the connection to a server, below the S3 protocol. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "s3/http/http.h"

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

/* A name with two addresses of the same family; names of S3 have many. They differ from those of localhost,
 * one of each family, of which libcurl may prefer one (ENGINE_CURL_FAMILIES). */
#define NAME_OF_TWO "two.thumbmill.test"

typedef int (*Resolver)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* Overrides the C library's function in this executable; libcurl calls it too. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret_addresses)
{
    Resolver resolve = NULL;
    struct addrinfo **end = ret_addresses;
    int result;

    *(void **)&resolve = dlsym(RTLD_NEXT, "getaddrinfo");
    if (g_strcmp0(name, NAME_OF_TWO) != 0)
        return resolve(name, service, hints, ret_addresses);
    result = resolve("127.0.0.1", service, hints, end);
    while (result == 0 && *end != NULL)
        end = &(*end)->ai_next;
    return result == 0 ? resolve("127.0.0.2", service, hints, end) : result;
}

/* Listens at *port; if that is 0, at a port that the kernel chooses, which is returned in *port. */
static int listen_at(in_addr_t address, guint16 *port)
{
    struct sockaddr_in place = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(address), .sin_port = htons(*port)};
    socklen_t size = sizeof place;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(fd, (struct sockaddr *)&place, size), 0);
    cr_assert_eq(listen(fd, 8), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&place, &size), 0);
    *port = ntohs(place.sin_port);
    return fd;
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

/* Runs the client until one of the descriptors is readable. */
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

/* Which of the listeners a new client, which has cached no address, connects to first. */
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
    enum { CLIENTS = 40 }; /* by chance all choose the same one once in 500 thousand million runs */
    guint16 port = 0;
    const int fds[2] = {listen_at(INADDR_LOOPBACK, &port), listen_at(INADDR_LOOPBACK + 1, &port)};
    g_autofree char *url = g_strdup_printf("http://" NAME_OF_TWO ":%u/", (guint)port);
    guint came[2] = {0};

    for (guint i = 0; i < CLIENTS; i++)
        came[choose(url, fds)]++;
    cr_expect_gt(came[0], 0, "all went to the second address");
    cr_expect_gt(came[1], 0, "all went to the first address");
    close(fds[0]);
    close(fds[1]);
}
