/* What a healthy server never does: a scripted peer that answers each connection with the next text of a list
 * and closes it. Failures end the test (Criterion). */
#pragma once

#include <glib.h>
#include <pthread.h>

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define FAILED   "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
#define DENIED                                                                                               \
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 76\r\n\r\n"                                                   \
    "<Error><Code>AccessDenied</Code><Message>No&#27;[31m\nway</Message></Error>  "

/* The list ends with NULL; "" closes without an answer. */
typedef struct {
    int listener;
    guint port;
    const char *const *script;
    GPtrArray *requests; /* of char: what came, whole */
    pthread_t thread;
} Peer;

void peer_start(Peer *peer, const char *const *script);

/* After as many connections as the script has. */
void peer_join(Peer *peer);

void peer_clear(Peer *peer);

/* What follows name ("Range: ") in the head of the request of this number; NULL: no such header. */
const char *peer_header(const Peer *peer, guint request, const char *name);
