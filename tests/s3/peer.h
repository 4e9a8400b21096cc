/* The other side of a connection, in a thread of its own: answers one connection after another with what its
 * script says, and keeps what it was asked. Failures end the test (Criterion). */
#pragma once

#include <glib.h>
#include <pthread.h>

/* The list ends with NULL; "" closes without an answer. */
typedef struct {
    int listener;
    guint port;
    const char *const *script;
    GPtrArray *requests; /* of char: what came, whole; to be read after peer_join() */
    pthread_t thread;
} Peer;

/* On a port of its own of 127.0.0.1. */
void peer_start(Peer *peer, const char *const *script);

/* After as many connections as the script has. */
void peer_join(Peer *peer);

void peer_clear(Peer *peer);
