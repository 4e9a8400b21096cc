/* A queue at the emulator that tests/servers/sqs started, and somebody who owns messages of it. */
#pragma once

#include "queue/sqs_queue.h"

typedef struct {
    GMainContext *context;
    RequestCounters counters;
    HttpClient *http;
    CredentialsKeeper *keeper;
    char *endpoint;
    char *url; /* of the queue; its dead letters, after 3 receives, are in dead_url */
    char *dead_url;
    Queue *queue;       /* or NULL */
    GPtrArray *held;    /* QueueMessage * */
    GHashTable *bodies; /* set of char *: all that was received */
    guint received;
    GString *errors;
} SqsBench;

SqsBench *sqs_bench_new(const char *name);
void sqs_bench_free(SqsBench *bench);

void sqs_bench_open(SqsBench *bench, guint visibility_s, guint held_max);

/* One request, waited for. Returns the response, owned by the caller; ends the test if it fails. */
char *sqs_bench_ask(SqsBench *bench, const char *operation, const char *body);

/* Sends "0", "1", ... */
void sqs_bench_send(SqsBench *bench, guint count);

/* An attribute of a queue that is a number, such as ApproximateNumberOfMessages. */
guint sqs_bench_count(SqsBench *bench, const char *url, const char *attribute);

/* Runs the main loop until so many messages are held, or the time has passed. */
void sqs_bench_run(SqsBench *bench, guint held, gint64 limit_us);

void sqs_bench_finish_all(SqsBench *bench);
void sqs_bench_close(SqsBench *bench);
