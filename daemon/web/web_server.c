#include "daemon/web/web_server.h"

#include <glib-unix.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer.h"
#include "daemon/protocol/messages.h"

typedef struct {
    char *path;
    guint status;
    gboolean is_alarm;
    struct MHD_Response *response;
} Document;

typedef struct {
    int fd;
    gint64 since_us;
} Connection;

struct WebServer {
    GMainContext *context;
    struct MHD_Daemon *daemon; /* NULL before web_server_listen() */
    GSource *readiness;
    Timer *timer;         /* when the library wants to be called, or a connection is too old */
    GPtrArray *documents; /* of Document */
    GArray *connections;  /* of Connection, the oldest first */
    gint64 published_us;
    struct MHD_Response *missing, *refused, *stale;
};

/* Documents */

static void document_free(void *data)
{
    Document *document = data;

    MHD_destroy_response(document->response);
    g_free(document->path);
    g_free(document);
}

/* The bytes are copied. policy: Content-Security-Policy, or "". */
static struct MHD_Response *response_new(const void *data, gsize size_bytes, const char *type,
                                         const char *policy)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size_bytes, (void *)data, MHD_RESPMEM_MUST_COPY);

    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "X-Frame-Options", "DENY");
    (void)MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    (void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    (void)MHD_add_response_header(response, "Connection", "close");
    if (policy[0] != '\0')
        (void)MHD_add_response_header(response, "Content-Security-Policy", policy);
    return response;
}

static struct MHD_Response *plain_response(const char *text)
{
    return response_new(text, strlen(text), "text/plain; charset=utf-8", "default-src 'none'");
}

gboolean web_server_publish(WebServer *server, GVariant *documents, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(document_free);
    g_autoptr(GVariantIter) iter = NULL;
    const char *path, *type, *policy;
    GVariant *bytes;
    guint32 status;
    gboolean is_alarm;

    g_variant_get(documents, "(a" WEB_DOCUMENT_TYPE ")", &iter);
    while (g_variant_iter_next(iter, "(&sub&s&s@ay)", &path, &status, &is_alarm, &type, &policy, &bytes)) {
        Document *document = g_new0(Document, 1);
        gsize size_bytes;
        const void *data = g_variant_get_fixed_array(bytes, &size_bytes, 1);

        *document = (Document){.path = g_strdup(path),
                               .status = status,
                               .is_alarm = is_alarm,
                               .response = response_new(data, size_bytes, type, policy)};
        g_variant_unref(bytes);
        g_ptr_array_add(list, document);
    }
    if (list->len > WEB_MAX_DOCUMENTS) {
        error_set(error, ERROR_INTERNAL, "%u documents", list->len);
        return FALSE;
    }
    g_ptr_array_unref(server->documents); /* a response lives until its last connection has ended */
    server->documents = g_steal_pointer(&list);
    server->published_us = clock_now_us();
    return TRUE;
}

static const Document *find_document(const WebServer *server, const char *path)
{
    for (guint i = 0; i < server->documents->len; i++) {
        const Document *document = server->documents->pdata[i];

        if (strcmp(document->path, path) == 0)
            return document;
    }
    return NULL;
}

/* Requests */

/* Never reads a body: the answer is queued as soon as the header is complete, and the connection closed. */
/* NOLINTNEXTLINE(readability-function-size): its parameters are the library's */
static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_bytes, void **state)
{
    const WebServer *server = data;
    const Document *document = find_document(server, path);

    (void)version;
    (void)body;
    (void)body_bytes;
    (void)state;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return MHD_queue_response(connection, MHD_HTTP_METHOD_NOT_ALLOWED, server->refused);
    if (document == NULL)
        return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->missing);
    if (document->is_alarm && clock_now_us() - server->published_us > WEB_STALE_S * CLOCK_US_PER_S)
        return MHD_queue_response(connection, MHD_HTTP_SERVICE_UNAVAILABLE, server->stale);
    return MHD_queue_response(connection, document->status, document->response);
}

/* Connections */

static int descriptor_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info != NULL ? info->connect_fd : -1;
}

static void on_connection(void *data, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    const WebServer *server = data;
    const Connection entry = {descriptor_of(connection), clock_now_us()};

    (void)state;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        g_array_append_val(server->connections, entry);
        return;
    }
    for (guint i = 0; i < server->connections->len; i++) {
        if (g_array_index(server->connections, Connection, i).fd == entry.fd) {
            g_array_remove_index(server->connections, i);
            return;
        }
    }
}

/* The library's own time limit starts again with every byte. It notices that a socket was shut down. */
static void end_old_connections(const WebServer *server, gint64 now_us)
{
    for (guint i = 0; i < server->connections->len; i++) {
        const Connection *connection = &g_array_index(server->connections, Connection, i);

        if (now_us - connection->since_us < WEB_MAX_AGE_S * CLOCK_US_PER_S)
            return;
        (void)shutdown(connection->fd, SHUT_RDWR);
    }
}

static void set_timer(WebServer *server)
{
    gint64 wait_us = CLOCK_US_PER_S;
    MHD_UNSIGNED_LONG_LONG wait_ms;

    if (MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES)
        wait_us = MIN(wait_us, (gint64)MIN(wait_ms, 1000ull) * CLOCK_US_PER_MS);
    if (server->connections->len > 0 || wait_us < CLOCK_US_PER_S)
        timer_set(server->timer, clock_now_us() + wait_us);
}

static void work(void *data)
{
    WebServer *server = data;

    end_old_connections(server, clock_now_us());
    (void)MHD_run(server->daemon);
    set_timer(server);
}

static gboolean on_readiness(gint fd, GIOCondition condition, void *data)
{
    (void)fd;
    (void)condition;
    work(data);
    return G_SOURCE_CONTINUE;
}

/* The library has nothing to tell that is of use: clients break off, and send nonsense. */
static void be_silent(void *data, const char *format, va_list arguments)
{
    (void)data;
    (void)format;
    (void)arguments;
}

/* A path stays as it was sent: no document has a name that would need decoding. */
static size_t keep_escaped(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strlen(text);
}

gboolean web_server_listen(WebServer *server, int fd, GError **error)
{
    const union MHD_DaemonInfo *info = NULL;

    if (server->daemon == NULL)
        server->daemon = MHD_start_daemon(
            MHD_USE_EPOLL, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, be_silent, NULL,
            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL,
            MHD_OPTION_CONNECTION_LIMIT, WEB_MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, WEB_IDLE_S,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_MAX_REQUEST_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
            on_connection, server, MHD_OPTION_END);
    if (server->daemon != NULL)
        info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || server->readiness != NULL) {
        error_set(error, ERROR_INTERNAL, "the socket cannot be served");
        return FALSE;
    }
    server->readiness = g_unix_fd_source_new(info->epoll_fd, G_IO_IN);
    g_source_set_callback(server->readiness, G_SOURCE_FUNC(on_readiness), server, NULL);
    g_source_attach(server->readiness, server->context);
    work(server);
    return TRUE;
}

WebServer *web_server_new(GMainContext *context)
{
    WebServer *server = g_new0(WebServer, 1);

    server->context = g_main_context_ref(context);
    server->timer = timer_new(context, work, server);
    server->documents = g_ptr_array_new_with_free_func(document_free);
    server->connections = g_array_new(FALSE, FALSE, sizeof(Connection));
    server->missing = plain_response("there is no such page\n");
    server->refused = plain_response("only GET and HEAD\n");
    server->stale = plain_response("the main process does not report\n");
    (void)MHD_add_response_header(server->refused, "Allow", "GET, HEAD");
    return server;
}

void web_server_free(WebServer *server)
{
    if (server == NULL)
        return;
    if (server->readiness != NULL) {
        g_source_destroy(server->readiness);
        g_source_unref(server->readiness);
    }
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    timer_free(server->timer);
    g_ptr_array_unref(server->documents);
    g_array_unref(server->connections);
    MHD_destroy_response(server->missing);
    MHD_destroy_response(server->refused);
    MHD_destroy_response(server->stale);
    g_main_context_unref(server->context);
    g_free(server);
}
