/* Serves documents that it was given over HTTP, on one listening socket, from a main loop. It reads nothing but
 * requests, and no request has an effect. Used by thumbmill-web. Single-threaded.
 *
 * A connection carries one request, of limited size, and is closed when it is idle or too old, whatever its
 * client does; the number of connections is limited. */
#pragma once

#include <glib.h>

/* A client that is slower takes the place of another one. */
#define WEB_MAX_CONNECTIONS   128u
#define WEB_IDLE_S            5u
#define WEB_MAX_AGE_S         15
#define WEB_MAX_REQUEST_BYTES 8192u

/* The documents that an alarm belongs to are answered with 503 if nothing was published for so long. */
#define WEB_STALE_S       30

#define WEB_MAX_DOCUMENTS 16u

typedef struct WebServer WebServer;

WebServer *web_server_new(GMainContext *context);

/* Serves this listening socket, which is taken; once. Class ERROR_INTERNAL. */
gboolean web_server_listen(WebServer *server, int fd, GError **error);

/* Replaces the documents: PUBLISH_ARGS_TYPE. Class ERROR_INTERNAL for too many of them. */
gboolean web_server_publish(WebServer *server, GVariant *documents, GError **error);

void web_server_free(WebServer *server);
