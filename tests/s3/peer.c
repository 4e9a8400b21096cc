#include "tests/s3/peer.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads head and body of one request. */
static char *read_request(int fd)
{
    GString *text = g_string_new(NULL);
    gsize wanted = G_MAXSIZE;
    char part[65536];

    while (text->len < wanted) {
        gssize n = read(fd, part, sizeof part);
        const char *end, *length;

        if (n <= 0)
            break;
        g_string_append_len(text, part, n);
        end = strstr(text->str, "\r\n\r\n");
        length = strstr(text->str, "Content-Length: ");
        if (end != NULL)
            wanted = (gsize)(end + 4 - text->str) +
                     (length != NULL && length < end ? g_ascii_strtoull(length + 16, NULL, 10) : 0);
    }
    return g_string_free(text, FALSE);
}

static void *peer_run(void *data)
{
    Peer *peer = data;

    for (gsize i = 0; peer->script[i] != NULL; i++) {
        int fd = accept(peer->listener, NULL, NULL);
        gsize size = strlen(peer->script[i]);

        if (fd < 0)
            break;
        g_ptr_array_add(peer->requests, read_request(fd));
        (void)!write(fd, peer->script[i], size);
        (void)shutdown(fd, SHUT_WR);
        close(fd);
    }
    return NULL;
}

void peer_start(Peer *peer, const char *const *script)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(peer->listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(peer->listener, 16), 0);
    cr_assert_eq(getsockname(peer->listener, (struct sockaddr *)&address, &size), 0);
    peer->port = ntohs(address.sin_port);
    peer->script = script;
    peer->requests = g_ptr_array_new_with_free_func(g_free);
    cr_assert_eq(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

void peer_join(Peer *peer)
{
    (void)shutdown(peer->listener, SHUT_RDWR); /* wakes accept() */
    cr_assert_eq(pthread_join(peer->thread, NULL), 0);
    close(peer->listener);
}

void peer_clear(Peer *peer)
{
    g_ptr_array_unref(peer->requests);
}

const char *peer_header(const Peer *peer, guint request, const char *name)
{
    const char *text = g_ptr_array_index(peer->requests, request);
    const char *found = strstr(text, name);

    return found != NULL && found < strstr(text, "\r\n\r\n") ? found + strlen(name) : NULL;
}
