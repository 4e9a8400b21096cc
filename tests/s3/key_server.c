#include "tests/s3/key_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "s3/aws/uri.h"

#define REFUSAL "HTTP/1.1 400 Bad Request\r\n\r\n<Error><Code>InvalidArgument</Code></Error>"

#define DENIAL  "HTTP/1.1 403 Forbidden\r\n\r\n<Error><Code>AccessDenied</Code></Error>"

#define FAILURE "HTTP/1.1 503 Service Unavailable\r\n\r\n<Error><Code>ServiceUnavailable</Code></Error>"

/* A decoded parameter of the request's first line, or NULL. */
static char *parameter(const char *request, const char *name)
{
    g_autofree char *line = g_strndup(request, strcspn(request, "\r"));
    const char *query = strchr(line, '?');
    g_auto(GStrv) pairs = g_strsplit_set(query != NULL ? query + 1 : "", "& ", -1);
    gsize length = strlen(name);

    for (gsize i = 0; pairs[i] != NULL; i++) {
        if (strncmp(pairs[i], name, length) == 0 && pairs[i][length] == '=')
            return uri_decode_form(pairs[i] + length + 1, NULL) ? g_strdup(pairs[i] + length + 1) : NULL;
    }
    return NULL;
}

static const char *key_at(const KeyServer *server, guint i)
{
    return g_ptr_array_index(server->keys, i);
}

/* The index of the first key of the response. */
static guint first_key(KeyServer *server, const char *request)
{
    g_autofree char *token = parameter(request, "continuation-token");
    g_autofree char *start_after = parameter(request, "start-after");
    g_autofree char *marker = parameter(request, "marker");
    const char *after = marker != NULL ? marker : start_after;
    guint i = 0;

    if (token != NULL)
        return (guint)g_ascii_strtoull(token, NULL, 10);
    if (after == NULL)
        return 0;
    server->starts += start_after != NULL;
    if (server->manner == KEY_SERVER_IGNORES_START ||
        (server->manner == KEY_SERVER_IGNORES_START_ONCE_PROVEN && server->starts > 2))
        return 0;
    if (server->manner == KEY_SERVER_STARTS_EMPTY)
        return server->keys->len;
    while (i < server->keys->len && strcmp(key_at(server, i), after) <= 0)
        i++;
    return i;
}

static gboolean fails_at_start(const KeyServer *server)
{
    return server->manner == KEY_SERVER_FAILS_AT_STARTS ||
           (server->manner == KEY_SERVER_FAILS_AT_FIRST_START && server->starts == 1);
}

/* For the object that the path names, below the bucket; keys need no encoding. */
static char *answer_for_object(const KeyServer *server, const char *request)
{
    const char *path = strchr(request, ' ') + 2;
    const char *key = strchr(path, '/') + 1;

    if (server->refused != NULL && g_str_has_prefix(key, server->refused))
        return g_strdup(DENIAL);
    return g_strdup("HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx");
}

static char *answer(KeyServer *server, const char *request)
{
    g_autofree char *prefix = parameter(request, "prefix");
    g_autofree char *start_after = parameter(request, "start-after");
    GString *text;
    guint i, given = 0;

    if (prefix == NULL)
        return answer_for_object(server, request);
    if (start_after != NULL && server->manner == KEY_SERVER_REFUSES_START)
        return g_strdup(REFUSAL);
    i = first_key(server, request);
    if (start_after != NULL && fails_at_start(server))
        return g_strdup(FAILURE);
    text = g_string_new("HTTP/1.1 200 OK\r\n\r\n<ListBucketResult><EncodingType>url</EncodingType>");
    for (; i < server->keys->len && given < server->page_keys; i++) {
        g_autofree char *encoded = uri_encode(key_at(server, i), URI_ENCODE_SLASH);

        if (!g_str_has_prefix(key_at(server, i), prefix))
            continue;
        g_string_append_printf(text, "<Contents><Key>%s</Key><Size>1</Size></Contents>", encoded);
        given++;
    }
    while (i < server->keys->len && !g_str_has_prefix(key_at(server, i), prefix))
        i++;
    if (i < server->keys->len)
        g_string_append_printf(
            text, "<IsTruncated>true</IsTruncated><NextContinuationToken>%u</NextContinuationToken>", i);
    g_string_append(text, "</ListBucketResult>");
    return g_string_free(text, FALSE);
}

static void serve(KeyServer *server, int fd)
{
    char request[16384];
    gsize size = 0;

    do {
        gssize n = read(fd, request + size, sizeof request - 1 - size);

        if (n <= 0)
            return;
        size += (gsize)n;
        request[size] = '\0';
    } while (strstr(request, "\r\n\r\n") == NULL);
    {
        g_autofree char *text = answer(server, request);

        server->requests++;
        (void)!write(fd, text, strlen(text));
        (void)shutdown(fd, SHUT_WR);
    }
}

static void *server_run(void *data)
{
    KeyServer *server = data;
    int fd;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        serve(server, fd);
        close(fd);
    }
    return NULL;
}

void key_server_start(KeyServer *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    server->requests = server->starts = 0;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(server->listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(server->listener, 64), 0);
    cr_assert_eq(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&server->thread, NULL, server_run, server), 0);
}

void key_server_stop(KeyServer *server)
{
    (void)shutdown(server->listener, SHUT_RDWR); /* wakes accept() */
    cr_assert_eq(pthread_join(server->thread, NULL), 0);
    close(server->listener);
}
