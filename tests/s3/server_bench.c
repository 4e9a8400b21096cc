#include "tests/s3/server_bench.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/transfer.h"
#include "store/open.h"

#define PATIENCE_US (30 * CLOCK_US_PER_S)

const char *variable(const char *name)
{
    const char *value = g_getenv(name);

    cr_assert_not_null(value, "%s is not set: start a server with tests/servers/rgw and source its env file",
                       name);
    return value;
}

CredentialsKeeper *keeper_with(const Bench *bench, const char *secret)
{
    g_autoptr(Credentials) credentials =
        credentials_new(variable("AWS_ACCESS_KEY_ID"), secret_new(secret, strlen(secret)), NULL, "test");

    return credentials_keeper_new_fixed(credentials, bench->context);
}

Bench bench_open(const char *name)
{
    Bench bench = {.context = g_main_context_new(),
                   .prefix = g_strdup_printf("s3-test-%d/%s/", getpid(), name)};

    variable("S3_ENDPOINT");
    bench.keeper = keeper_with(&bench, variable("AWS_SECRET_ACCESS_KEY"));
    return bench;
}

void bench_connect(Bench *bench, const char *ca_file)
{
    bench->http = http_client_new(bench->context, ca_file, &bench->counters, NULL);
    cr_assert_not_null(bench->http);
}

void bench_close(Bench *bench)
{
    http_client_free(bench->http);
    credentials_keeper_free(bench->keeper);
    g_main_context_unref(bench->context);
    g_free(bench->prefix);
}

static gboolean wake(void *data)
{
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

void run_until(Bench *bench, const gboolean *done)
{
    g_autoptr(GSource) timeout = g_timeout_source_new((guint)(PATIENCE_US / 1000));
    gboolean is_late = FALSE;

    g_source_set_callback(timeout, wake, &is_late, NULL);
    g_source_attach(timeout, bench->context);
    while (!*done && !is_late)
        g_main_context_iteration(bench->context, TRUE);
    g_source_destroy(timeout);
    cr_assert(*done, "no callback came");
}

void run_for(Bench *bench, guint ms)
{
    g_autoptr(GSource) timeout = g_timeout_source_new(ms);
    gboolean is_over = FALSE;

    g_source_set_callback(timeout, wake, &is_over, NULL);
    g_source_attach(timeout, bench->context);
    while (!is_over)
        g_main_context_iteration(bench->context, TRUE);
}

Store *bench_store(Bench *bench, const char *endpoint, EndpointAddressing addressing)
{
    g_autofree char *url = g_strdup_printf("s3://%s/%s", variable("S3_BUCKET"), bench->prefix);
    StoreOptions options = {.url = url,
                            .context = bench->context,
                            .counters = &bench->counters,
                            .endpoint = endpoint,
                            .addressing = addressing,
                            .keeper = bench->keeper,
                            .http = bench->http,
                            .attempts = 3};
    g_autoptr(GError) error = NULL;
    Store *store = store_open(&options, &error);

    cr_assert_not_null(store, "%s", error != NULL ? error->message : "");
    return store;
}

void on_outcome(const GError *error, void *data)
{
    Outcome *outcome = data;

    outcome->done = TRUE;
    outcome->calls++;
    g_clear_error(&outcome->error);
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

GError *put(Bench *bench, const char *reference, const char *const *headers, const void *data, gsize size)
{
    g_autoptr(ReferenceIo) io = reference_io_new(bench->context, bench->http, &bench->counters, 3);
    /* not signed, but the server must accept it */
    ReferencePut options = {.reference = reference,
                            .headers = headers,
                            .content_type = "image/webp",
                            .data = data,
                            .size_bytes = size};
    Outcome outcome = {0};

    cr_assert_not_null(reference_put(io, &options, on_outcome, &outcome));
    cr_assert_eq(outcome.calls, 0, "the callback came from reference_put()");
    run_until(bench, &outcome.done);
    cr_assert_eq(outcome.calls, 1);
    return outcome.error;
}

GError *get(Bench *bench, const ReferenceGet *options)
{
    g_autoptr(ReferenceIo) io = reference_io_new(bench->context, bench->http, &bench->counters, 3);
    Outcome outcome = {0};

    cr_assert_not_null(reference_get(io, options, on_outcome, &outcome));
    run_until(bench, &outcome.done);
    cr_assert_eq(outcome.calls, 1);
    return outcome.error;
}

void store_put(Bench *bench, Store *store, const char *key, const void *data, gsize size)
{
    g_autofree char *reference = store_put_reference(store, key, NULL, 300, NULL);
    g_autoptr(GError) error = put(bench, reference, NULL, data, size);

    cr_assert_null(error, "%s", error != NULL ? error->message : "");
}

GError *store_get(Bench *bench, Store *store, const char *key, Blob *into)
{
    g_autofree char *reference = store_get_reference(store, key, 300, NULL);
    ReferenceGet options = {.reference = reference, .into = into, .max_bytes = 1 << 24, .expected_bytes = -1};

    return get(bench, &options);
}

void assert_content(Bench *bench, Store *store, const char *key, const void *data, gsize size)
{
    g_autoptr(Blob) blob = blob_new("t", 1 << 24, NULL);
    g_autoptr(GError) error = store_get(bench, store, key, blob);

    cr_assert_null(error, "%s", error != NULL ? error->message : "");
    cr_assert(blob_seal(blob, NULL));
    cr_assert_eq(blob_size(blob), size);
    cr_assert(size == 0 || memcmp(blob_data(blob), data, size) == 0);
}

void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Listed *listed = data;

    listed->done = TRUE;
    listed->pages++;
    listed->is_last = is_last || error != NULL;
    if (error != NULL)
        listed->error = g_error_copy(error);
    while (objects != NULL && objects->len > 0)
        g_ptr_array_add(listed->objects, g_ptr_array_steal_index(objects, 0));
}

Listed list_all(Bench *bench, Store *store)
{
    Listed listed = {.objects = g_ptr_array_new_with_free_func((GDestroyNotify)store_object_free)};
    g_autoptr(StoreListing) listing = store_list(store, STORE_LIST_SOURCE, on_page, &listed);

    while (!listed.is_last) {
        listed.done = FALSE;
        store_listing_next(listing);
        cr_assert_not(listed.done, "the callback came from store_listing_next()");
        run_until(bench, &listed.done);
    }
    return listed;
}

void listed_clear(Listed *listed)
{
    g_ptr_array_unref(listed->objects);
    g_clear_error(&listed->error);
}
