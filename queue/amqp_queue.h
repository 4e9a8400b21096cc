/* A queue at an AMQP 0-9-1 broker, such as RabbitMQ, by librabbitmq. The queue must exist: nothing is
 * declared. Classic and quorum queues.
 *
 * No call waits for the broker: the connection is made by a thread (queue/amqp_dial.h); then frames are read as
 * they come, and a frame is written only when the kernel says that its socket takes more, which for the small
 * frames of a consumer means at once. A broker that reads nothing for two heartbeats is given up.
 * (docs/adr/0069-queues-without-waiting.md) */
#pragma once

#include "base/secret.h"
#include "queue/queue.h"

/* RabbitMQ's own advice is 5 to 20 s. */
#define AMQP_HEARTBEAT_S 10

typedef struct {
    const char *url; /* amqp[s]://HOST[:PORT][/VHOST], percent-encoded, without user and password */
    const char *user;
    const Secret *password;
    const char *queue;
    const char *ca_file; /* PEM, for amqps */
    guint16 prefetch;    /* messages that the broker hands out before they are ended; at least 1 */
} AmqpOptions;

/* Connects at once. All options are copied. Class ERROR_CONFIG. */
Queue *amqp_queue_new(const AmqpOptions *options, GMainContext *context, const QueueListener *listener,
                      GError **error);
