/* A queue at the broker that tests/servers/rabbitmq started, and somebody who owns messages of it. */
#pragma once

#include "queue/amqp_library.h"
#include "queue/amqp_queue.h"

typedef struct {
    GMainContext *context;
    amqp_connection_state_t publisher;
    char *name;      /* of the queue; its dead letters are in NAME-dead */
    Queue *queue;    /* or NULL */
    GPtrArray *held; /* QueueMessage * */
    GPtrArray *bodies;
    GString *errors;
    guint ups;
} Bench;

const char *variable(const char *name);

/* type: "classic" or "quorum". */
Bench *bench_new(const char *name, const char *type);
void bench_free(Bench *bench);

QueueListener bench_listener(Bench *bench);
void bench_open(Bench *bench, guint16 prefetch, gboolean is_tls);

/* After the broker was away. */
void bench_reconnect(Bench *bench);

/* Publishes "0", "1", ... */
void bench_publish(const Bench *bench, guint count);
void bench_publish_body(const Bench *bench, const char *body, gsize size_bytes);

/* The messages that are ready, and with nobody. */
guint bench_ready(const Bench *bench, const char *suffix);

/* Runs the main loop until so many messages are held, or the time has passed. */
void bench_run(Bench *bench, guint held, gint64 limit_us);

/* Finishes all that are held. */
void bench_finish_all(Bench *bench);

/* Closes the queue, and waits for it. */
void bench_close(Bench *bench);

/* `tests/servers/rabbitmq COMMAND`, with the main loop standing still. */
void bench_server(const char *command);
