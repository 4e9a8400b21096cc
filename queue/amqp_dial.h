/* Makes a connection to an AMQP broker, up to its first delivery, without stopping the main loop.
 *
 * librabbitmq resolves names, connects, shakes hands and logs in by calls that wait; so one short-lived
 * thread makes them, and hands the finished connection over to the main loop, which uses it alone from then
 * on. Private to queue/amqp_queue.c. */
#pragma once

#include <glib.h>

#include "base/secret.h"
#include "queue/amqp_library.h"

/* Each of connecting, the handshake, and the answer to one request. */
#define AMQP_DIAL_STEP_S 10

#define AMQP_CHANNEL     1

typedef struct {
    char *host;
    guint16 port;
    char *vhost;
    char *user;
    Secret *password;
    char *queue;
    gboolean is_tls;
    char *ca_file; /* PEM */
    guint16 prefetch;
    guint heartbeat_s;
} AmqpTarget;

typedef struct AmqpDial AmqpDial;

/* Called once, from the main loop, never from amqp_dial_start(). The connection belongs to the receiver:
 * its queue is being consumed on AMQP_CHANNEL. NULL with an error: ERROR_UNAVAILABLE or ERROR_TRANSIENT, or
 * ERROR_PERMANENT if the broker refuses (login, virtual host, queue). The dial is already freed. */
typedef void (*AmqpDialled)(amqp_connection_state_t connection, const GError *error, void *user);

/* Copies target. */
AmqpDial *amqp_dial_start(const AmqpTarget *target, GMainContext *context, AmqpDialled done, void *user);

/* The thread goes on until its current step ends, and then closes the connection. dial may be NULL. */
void amqp_dial_cancel(AmqpDial *dial);

void amqp_target_copy(const AmqpTarget *target, AmqpTarget *ret_copy);
void amqp_target_clear(AmqpTarget *target);

/* Sets *error from a method that closes a channel or the connection. what names the queue. */
void amqp_set_closed(GError **error, const char *what, const amqp_method_t *method);
