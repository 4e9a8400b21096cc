/* What the tests against a real S3 server share: clients, stores, and operations that are waited for.
 * Failures end the test (Criterion). The server is as tests/servers/rgw starts it: S3_ENDPOINT,
 * S3_TLS_ENDPOINT, S3_CA, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, S3_BUCKET in the environment. */
#pragma once

#include <glib.h>

#include "s3/client.h"
#include "store/reference.h"
#include "store/store.h"

/* What a test works with. */
typedef struct {
    GMainContext *context;
    HttpClient *http;
    CredentialsKeeper *keeper;
    RequestCounters counters;
    char *prefix; /* of this test's keys, ends with '/' */
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

/* With the key of the environment and this secret. */
CredentialsKeeper *keeper_with(const Bench *bench, const char *secret);

Bench bench_open(const char *name);

/* The counters' address must last, so the client comes second. */
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
