/* Shared code of the tests against a real S3 server: clients, stores, and operations that are awaited.
 * Failures end the test (Criterion). The server is the one that tests/servers/rgw starts, with S3_ENDPOINT,
 * S3_TLS_ENDPOINT, S3_CA, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, S3_BUCKET in the environment. */
#pragma once

#include <glib.h>

#include "s3/client.h"
#include "store/reference.h"
#include "store/store.h"

/* The objects that a test uses. */
typedef struct {
    GMainContext *context;
    HttpClient *http;
    CredentialsKeeper *keeper;
    RequestCounters counters;
    char *prefix; /* prefix of this test's keys, ends with '/' */
} Bench;

typedef struct {
    gboolean done;
    guint calls;
    GError *error;
} Outcome;

typedef struct {
    gboolean done;
    gboolean is_last;
    guint pages;
    GPtrArray *objects; /* of StoreObject or S3Object */
    GError *error;
} Listed;

const char *variable(const char *name);

/* Credentials with the access key id of the environment and this secret. */
CredentialsKeeper *keeper_with(const Bench *bench, const char *secret);

Bench bench_open(const char *name);

/* Connects a client. Separate from bench_open(), because the client keeps the address of the counters in
 * bench. */
void bench_connect(Bench *bench, const char *ca_file);

void bench_close(Bench *bench);

/* Runs the loop until *done, or fails the test. */
void run_until(Bench *bench, const gboolean *done);

void run_for(Bench *bench, guint ms);

Store *bench_store(Bench *bench, const char *endpoint, EndpointAddressing addressing);

void on_outcome(const GError *error, void *data);

GError *put(Bench *bench, const char *reference, const char *const *headers, const void *data, gsize size);

GError *get(Bench *bench, const ReferenceGet *options);

void store_put(Bench *bench, Store *store, const char *key, const void *data, gsize size);

GError *store_get(Bench *bench, Store *store, const char *key, Blob *into);

void assert_content(Bench *bench, Store *store, const char *key, const void *data, gsize size);

void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

Listed list_all(Bench *bench, Store *store);

void listed_clear(Listed *listed);
