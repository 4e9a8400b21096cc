/* A queue at the emulator that tests/servers/sqs started, and its owner. */
#pragma once

#include "queue/sqs_queue.h"
#include "tests/queue/owner.h"

typedef struct {
    Owner owner;
    RequestCounters counters;
    HttpClient *http;
    CredentialsKeeper *keeper;
    char *endpoint;
    char *url; /* of the queue; its dead letters, after 3 receives, are in dead_url */
    char *dead_url;
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
