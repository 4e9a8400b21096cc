/* A scripted peer that behaves as no healthy server does: it answers each connection with the next text of a
 * list and closes it. Failures end the test (Criterion). */
#pragma once

#include <glib.h>
#include <pthread.h>

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define FAILED   "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
#define DENIED                                                                                               \
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 76\r\n\r\n"                                                   \
    "<Error><Code>AccessDenied</Code><Message>No&#27;[31m\nway</Message></Error>  "

/* The list ends with NULL; "" closes the connection without a response. */
typedef struct {
    int listener;
    guint port;
    const char *const *script;
    GPtrArray *requests; /* char *: the complete requests */
    pthread_t thread;
} Peer;

void peer_start(Peer *peer, const char *const *script);

/* Waits until the peer has served as many connections as the script has entries. */
void peer_join(Peer *peer);

void peer_clear(Peer *peer);

/* The text after name ("Range: ") in the head of the request with this number, or NULL if it has no such
 * header. */
const char *peer_header(const Peer *peer, guint request, const char *name);
