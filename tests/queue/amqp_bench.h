/* A queue at the broker that tests/servers/rabbitmq started, and its owner. */
#pragma once

#include "queue/amqp_library.h"
#include "queue/amqp_queue.h"
#include "tests/queue/owner.h"

typedef struct {
    Owner owner;
    amqp_connection_state_t publisher;
    char *name; /* of the queue; its dead letters are in NAME-dead */
} Bench;

const char *variable(const char *name);

/* A connection of its own, with one channel. */
amqp_connection_state_t bench_connect(void);

/* type: "classic" or "quorum". */
Bench *bench_new(const char *name, const char *type);
void bench_free(Bench *bench);

void bench_open(Bench *bench, guint16 prefetch, gboolean is_tls);

/* After the broker was away. */
void bench_reconnect(Bench *bench);

/* Publishes "0", "1", ... */
void bench_publish(const Bench *bench, guint count);
void bench_publish_body(const Bench *bench, const char *body, gsize size_bytes);

/* The messages that are ready, and with nobody. */
guint bench_ready(const Bench *bench, const char *suffix);

/* `tests/servers/rabbitmq COMMAND`, with the main loop standing still. */
void bench_server(const char *command);

/* Sends a signal to the broker. */
void bench_signal(int number);
