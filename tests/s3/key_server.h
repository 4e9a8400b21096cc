/* A bucket that is only a list of keys: answers listings of either version, and requests for an object by one byte
 * or a refusal; one connection per request.
 * Failures end the test (Criterion). */
#pragma once

#include <glib.h>
#include <pthread.h>

typedef enum {
    KEY_SERVER_HEALTHY,
    KEY_SERVER_IGNORES_START,
    KEY_SERVER_IGNORES_START_ONCE_PROVEN, /* from the third request with start-after on */
    KEY_SERVER_STARTS_EMPTY,              /* wrongly returns no keys for any start-after */
    KEY_SERVER_REFUSES_START,
    KEY_SERVER_FAILS_AT_FIRST_START, /* but at no other */
    KEY_SERVER_FAILS_AT_STARTS,
} KeyServerManner;

typedef struct {
    GPtrArray *keys; /* of char, ascending; borrowed */
    guint page_keys;
    KeyServerManner manner;
    const char *refused; /* objects whose keys begin with this are refused; NULL for none */
    int listener;
    guint port;
    guint requests;
    guint starts; /* listings with a start-after */
    pthread_t thread;
} KeyServer;

/* Call with keys, page_keys and manner set. */
void key_server_start(KeyServer *server);
void key_server_stop(KeyServer *server);
