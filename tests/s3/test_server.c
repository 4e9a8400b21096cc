/* Tests against a real S3 server: see server_bench.h. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/client.h"
#include "s3/listing.h"
#include "s3/transfer.h"
#include "tests/s3/server_bench.h"

static const char *const odd_keys[] = {
    "!(x)'*~.jpg",
    "%41 literal percent%.jpg",
    "+plus + and space.jpg",
    "a//double//.jpg",
    "a/../dots/./.jpg",
    "amp&eq=semi;colon:comma,at@hash#question?.jpg",
    "caf\xc3\xa9/\xe6\x97\xa5\xe6\x9c\xac.png",
    "cafe\xcc\x81.png",
    "quote\"'<tag>&amp;\\.gif",
    "tab\tand\nnewline\r.jpg",
    "trailing/",
    "\001\037control.jpg",
    "\xf0\x9f\x8c\xbb.webp",
};

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void round_trip_odd_keys(Bench *bench, Store *store)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    GString *longest = g_string_new("long/");
    Listed listed;

    for (gsize i = 0; i < G_N_ELEMENTS(odd_keys); i++)
        g_ptr_array_add(keys, g_strdup(odd_keys[i]));
    while (longest->len < 900)
        g_string_append(longest, "\xc3\xa9/ +%");
    g_ptr_array_add(keys, g_string_free(longest, FALSE));
    g_ptr_array_sort(keys, compare_text);
    for (guint i = 0; i < keys->len; i++) {
        const char *key = g_ptr_array_index(keys, i);

        store_put(bench, store, key, key, strlen(key));
        assert_content(bench, store, key, key, strlen(key));
    }
    listed = list_all(bench, store);
    cr_assert_null(listed.error, "%s", listed.error != NULL ? listed.error->message : "");
    cr_assert_eq(listed.objects->len, keys->len);
    for (guint i = 0; i < keys->len; i++) {
        const StoreObject *object = g_ptr_array_index(listed.objects, i);
        gint64 age = clock_wall_us() / CLOCK_US_PER_S - object->mtime_s;

        cr_assert_str_eq(object->key, g_ptr_array_index(keys, i));
        cr_assert_eq(object->size_bytes, strlen(object->key));
        cr_assert(age >= -1 && age < 60, "age %ld", (long)age);
        cr_assert_eq(strlen(object->etag), 32);
    }
    listed_clear(&listed);
}

Test(server, odd_keys_over_http_path_style)
{
    Bench bench = bench_open("path");
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    round_trip_odd_keys(&bench, store);
    store_close(store);
    bench_close(&bench);
}

Test(server, odd_keys_over_https_with_its_own_ca)
{
    Bench bench = bench_open("tls");
    Store *store;

    bench_connect(&bench, variable("S3_CA"));
    store = bench_store(&bench, variable("S3_TLS_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    round_trip_odd_keys(&bench, store);
    store_close(store);
    bench_close(&bench);
}

/* libcurl resolves *.localhost by itself. */
Test(server, odd_keys_over_http_virtual_hosted)
{
    Bench bench = bench_open("virtual");
    g_autofree char *endpoint =
        g_strdup_printf("http://s3.localhost%s", strrchr(variable("S3_ENDPOINT"), ':'));
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, endpoint, ENDPOINT_ADDRESSING_VIRTUAL);
    round_trip_odd_keys(&bench, store);
    store_close(store);
    bench_close(&bench);
}

Test(server, an_unknown_ca_is_permanent_and_not_retried)
{
    Bench bench = bench_open("ca");
    Listed listed;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_TLS_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    listed = list_all(&bench, store);
    cr_assert_not_null(listed.error);
    cr_assert_eq(error_class(listed.error), ERROR_PERMANENT, "%s", listed.error->message);
    cr_assert_eq(bench.counters.retries, 0);
    listed_clear(&listed);
    store_close(store);
    bench_close(&bench);
}

static S3Client *bench_client(Bench *bench, CredentialsKeeper *keeper, const char *bucket)
{
    Endpoint *endpoint = endpoint_new(&(EndpointOptions){.url = variable("S3_ENDPOINT")}, bucket, NULL);

    cr_assert_not_null(endpoint);
    return s3_client_new(endpoint, keeper, bench->http, 3);
}

static Listed list_client(Bench *bench, S3Client *client, guint max_keys)
{
    Listed listed = {.objects = g_ptr_array_new_with_free_func((GDestroyNotify)s3_object_free)};
    g_autoptr(S3Listing) listing = s3_listing_new(
        client, &(S3ListOptions){.prefix = bench->prefix, .max_keys = max_keys}, on_page, &listed);

    while (!listed.is_last) {
        listed.done = FALSE;
        s3_listing_next(listing);
        run_until(bench, &listed.done);
    }
    return listed;
}

Test(server, lists_page_by_page_in_order)
{
    Bench bench = bench_open("pages");
    g_autoptr(S3Client) client = NULL;
    Listed listed;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    for (int i = 9; i >= 0; i--) {
        g_autofree char *key = g_strdup_printf("%d", i);

        store_put(&bench, store, key, key, 1);
    }
    client = bench_client(&bench, bench.keeper, variable("S3_BUCKET"));
    bench.counters.list = 0;
    listed = list_client(&bench, client, 3);
    cr_assert_null(listed.error);
    cr_assert_eq(listed.pages, 4);
    cr_assert_eq(bench.counters.list, 4);
    cr_assert_eq(listed.objects->len, 10);
    for (int i = 0; i < 10; i++) {
        const S3Object *object = g_ptr_array_index(listed.objects, i);

        cr_assert(g_str_has_prefix(object->key, bench.prefix));
        cr_assert_eq(object->key[strlen(bench.prefix)], '0' + i);
    }
    listed_clear(&listed);
    g_clear_pointer(&client, s3_client_free);
    store_close(store);
    bench_close(&bench);
}

Test(server, lists_by_marker_too)
{
    static const char *const keys[] = {"a b+c.jpg", "d%20e.jpg", "f", "g", "h"};
    Bench bench = bench_open("marker");
    g_autoptr(S3Client) client = NULL;
    Listed listed;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        store_put(&bench, store, keys[i], "x", 1);
    client = bench_client(&bench, bench.keeper, variable("S3_BUCKET"));
    s3_client_set_dialect(client, &(S3Dialect){.lists_by_marker = TRUE});
    listed = list_client(&bench, client, 1);
    cr_assert_null(listed.error, "%s", listed.error != NULL ? listed.error->message : "");
    cr_assert_eq(listed.pages, G_N_ELEMENTS(keys));
    cr_assert_eq(listed.objects->len, G_N_ELEMENTS(keys));
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const S3Object *object = g_ptr_array_index(listed.objects, i);

        cr_assert_str_eq(object->key + strlen(bench.prefix), keys[i]);
    }
    listed_clear(&listed);
    g_clear_pointer(&client, s3_client_free);
    store_close(store);
    bench_close(&bench);
}

Test(server, a_wrong_secret_is_permanent)
{
    Bench bench = bench_open("secret");
    g_autoptr(CredentialsKeeper) wrong = NULL;
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    S3Client *client;
    Listed listed;

    bench_connect(&bench, NULL);
    wrong = keeper_with(&bench, "wrong-secret");
    client = bench_client(&bench, wrong, variable("S3_BUCKET"));
    listed = list_client(&bench, client, 0);
    cr_assert_not_null(listed.error);
    cr_assert_eq(error_class(listed.error), ERROR_PERMANENT);
    cr_assert(strstr(listed.error->message, "403 SignatureDoesNotMatch") != NULL, "%s",
              listed.error->message);
    cr_assert_null(strstr(listed.error->message, "wrong-secret"));
    listed_clear(&listed);
    {
        g_autofree char *url = s3_client_presign(client, HTTP_GET, "x", NULL, 60, NULL);
        ReferenceGet options = {.reference = url, .into = blob, .max_bytes = 100, .expected_bytes = -1};
        g_autoptr(GError) error = get(&bench, &options);

        cr_assert_eq(error_class(error), ERROR_PERMANENT);
        cr_assert(strstr(error->message, "403") != NULL, "%s", error->message);
        cr_assert_null(strstr(error->message, "Signature="), "%s", error->message);
        cr_assert_null(strchr(error->message, '?'), "%s", error->message);
    }
    cr_assert_eq(bench.counters.retries, 0);
    s3_client_free(client);
    bench_close(&bench);
}

Test(server, what_is_missing_is_permanent)
{
    Bench bench = bench_open("missing");
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    S3Client *client;
    Listed listed;
    Store *store;
    GError *error;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    error = store_get(&bench, store, "no such", blob);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    cr_assert(strstr(error->message, "404 NoSuchKey") != NULL, "%s", error->message);
    cr_assert(strstr(error->message, "/no%20such: 404") != NULL, "%s", error->message);
    cr_assert_eq(blob_size(blob), 0, "an error's body is no object");
    g_clear_error(&error);

    client = bench_client(&bench, bench.keeper, "no-such-bucket-here");
    listed = list_client(&bench, client, 0);
    cr_assert_eq(error_class(listed.error), ERROR_PERMANENT);
    cr_assert(strstr(listed.error->message, "404 NoSuchBucket") != NULL, "%s", listed.error->message);
    cr_assert_eq(bench.counters.retries, 0);
    listed_clear(&listed);
    s3_client_free(client);
    store_close(store);
    bench_close(&bench);
}

Test(server, an_empty_prefix_lists_nothing)
{
    Bench bench = bench_open("nothing");
    Listed listed;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    listed = list_all(&bench, store);
    cr_assert_null(listed.error);
    cr_assert_eq(listed.objects->len, 0);
    cr_assert_eq(listed.pages, 1);
    listed_clear(&listed);
    store_close(store);
    bench_close(&bench);
}

Test(server, connections_are_used_again)
{
    Bench bench = bench_open("reuse");
    Store *store;

    bench_connect(&bench, variable("S3_CA"));
    store = bench_store(&bench, variable("S3_TLS_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    store_put(&bench, store, "a", "abc", 3);
    for (int i = 0; i < 50; i++)
        assert_content(&bench, store, "a", "abc", 3);
    cr_assert_eq(bench.counters.get, 50);
    cr_assert_eq(bench.counters.put, 1);
    cr_assert_eq(bench.counters.retries, 0);
    cr_assert_eq(bench.counters.connections, 1, "%u connections", (guint)bench.counters.connections);
    store_close(store);
    bench_close(&bench);
}

/* Number of concurrent requests: there are as many connections, and no more for a second round. With a pool
 * of 64 almost every request of the second round opened a connection. */
#define IN_FLIGHT 150
Test(server, many_requests_in_flight)
{
    Bench bench = bench_open("flight");
    Outcome outcomes[IN_FLIGHT] = {0};
    Blob *blobs[IN_FLIGHT];
    ReferenceIo *io;
    Store *store;
    g_autofree char *reference = NULL;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    store_put(&bench, store, "a", "abc", 3);
    reference = store_get_reference(store, "a", 60, NULL);
    io = reference_io_new(bench.context, bench.http, &bench.counters, 3);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < IN_FLIGHT; i++) {
            ReferenceGet options = {.reference = reference,
                                    .into = blobs[i] = blob_new("t", 100, NULL),
                                    .max_bytes = 100,
                                    .expected_bytes = 3};

            outcomes[i] = (Outcome){0};
            reference_get(io, &options, on_outcome, &outcomes[i]);
        }
        for (int i = 0; i < IN_FLIGHT; i++) {
            run_until(&bench, &outcomes[i].done);
            cr_assert_null(outcomes[i].error);
            cr_assert_eq(blob_size(blobs[i]), 3);
            blob_unref(blobs[i]);
        }
    }
    cr_assert_leq(bench.counters.connections, IN_FLIGHT);
    reference_io_free(io);
    store_close(store);
    bench_close(&bench);
}

Test(server, an_object_over_the_limit_is_refused)
{
    Bench bench = bench_open("limit");
    g_autofree char *data = g_malloc0(1 << 20);
    g_autofree char *reference = NULL;
    g_autoptr(Blob) blob = blob_new("t", 1 << 24, NULL);
    g_autoptr(GError) error = NULL;
    ReferenceGet options;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    store_put(&bench, store, "big", data, 1 << 20);
    reference = store_get_reference(store, "big", 60, NULL);
    options = (ReferenceGet){
        .reference = reference, .into = blob, .max_bytes = (1 << 20) - 1, .expected_bytes = -1};
    error = get(&bench, &options);
    cr_assert_eq(error_class(error), ERROR_LIMIT, "%s", error->message);
    cr_assert_eq(blob_size(blob), 0, "told by Content-Length, before any byte");
    cr_assert_null(strchr(error->message, '?'));
    g_clear_error(&error);
    options.max_bytes = 1 << 20;
    error = get(&bench, &options);
    cr_assert_null(error);
    cr_assert_eq(blob_size(blob), 1 << 20);
    cr_assert_eq(bench.counters.retries, 0);
    store_close(store);
    bench_close(&bench);
}

Test(server, an_object_that_has_changed_is_told)
{
    Bench bench = bench_open("changed");
    g_autofree char *reference = NULL;
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    GError *error;
    Listed listed;
    const StoreObject *object;
    ReferenceGet options;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    store_put(&bench, store, "a", "abc", 3);
    listed = list_all(&bench, store);
    object = g_ptr_array_index(listed.objects, 0);
    reference = store_get_reference(store, "a", 60, NULL);
    options = (ReferenceGet){.reference = reference,
                             .into = blob,
                             .max_bytes = 100,
                             .expected_bytes = (gint64)object->size_bytes,
                             .expected_etag = object->etag};
    error = get(&bench, &options);
    cr_assert_null(error, "%s", error != NULL ? error->message : "");
    cr_assert(blob_rewind(blob, NULL));
    store_put(&bench, store, "a", "xyz", 3);
    error = get(&bench, &options);
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    cr_assert(strstr(error->message, "changed") != NULL, "%s", error->message);
    g_clear_error(&error);
    options.expected_etag = NULL;
    options.expected_bytes = 4;
    error = get(&bench, &options);
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    g_clear_error(&error);
    /* an empty object has no body to check */
    store_put(&bench, store, "a", "", 0);
    error = get(&bench, &options);
    cr_assert_eq(error_class(error), ERROR_TRANSIENT);
    g_clear_error(&error);
    cr_assert_eq(bench.counters.retries, 0);
    listed_clear(&listed);
    store_close(store);
    bench_close(&bench);
}

static GError *check(Bench *bench, const char *reference, const char *version)
{
    g_autoptr(ReferenceIo) io = reference_io_new(bench->context, bench->http, &bench->counters, 3);
    Outcome outcome = {0};

    cr_assert_not_null(reference_check(io, reference, version, on_outcome, &outcome));
    run_until(bench, &outcome.done);
    cr_assert_eq(outcome.calls, 1);
    return outcome.error;
}

static void assert_changed(Bench *bench, const char *reference, const char *version)
{
    g_autoptr(GError) error = check(bench, reference, version);

    cr_assert_eq(error_class(error), ERROR_TRANSIENT, "%s", error->message);
    cr_assert(strstr(error->message, "has changed since it was read") != NULL, "%s", error->message);
}

Test(server, what_was_read_is_checked)
{
    Bench bench = bench_open("check");
    g_autofree char *reference = NULL, *version = NULL;
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    g_autoptr(GError) error = NULL;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    store_put(&bench, store, "a", "abc", 3);
    reference = store_get_reference(store, "a", 60, NULL);
    error = get(&bench, &(ReferenceGet){.reference = reference,
                                        .into = blob,
                                        .max_bytes = 100,
                                        .expected_bytes = -1,
                                        .ret_version = &version});
    cr_assert_null(error);
    cr_assert_str_eq(version, "900150983cd24fb0d6963f7d28e17f72");
    cr_assert_null(check(&bench, reference, version));
    cr_assert_eq(bench.counters.get, 1);
    cr_assert_eq(bench.counters.check, 1);
    store_put(&bench, store, "a", "xyz", 3);
    assert_changed(&bench, reference, version);
    store_put(&bench, store, "a", "", 0);
    assert_changed(&bench, reference, version);
    cr_assert_eq(bench.counters.retries, 0);
    store_close(store);
    bench_close(&bench);
}

Test(server, empty_and_large_objects)
{
    Bench bench = bench_open("sizes");
    gsize size = (5 << 20) + 12345;
    g_autofree guint8 *data = g_malloc(size);
    Store *store;

    for (gsize i = 0; i < size; i++)
        data[i] = (guint8)g_random_int();
    bench_connect(&bench, variable("S3_CA"));
    store = bench_store(&bench, variable("S3_TLS_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    store_put(&bench, store, "empty", NULL, 0);
    assert_content(&bench, store, "empty", NULL, 0);
    store_put(&bench, store, "large", data, size);
    assert_content(&bench, store, "large", data, size);
    store_close(store);
    bench_close(&bench);
}

static void on_head(const HttpResponse *response, void *data)
{
    gboolean *done = data;

    *done = TRUE;
    cr_assert_eq(http_response_status(response), 200);
    cr_assert_eq(http_response_length(response), 3);
    cr_assert_str_eq(http_response_header(response, HTTP_HEADER_CONTENT_TYPE), "image/webp");
    cr_assert_not_null(http_response_header(response, HTTP_HEADER_ETAG));
    cr_assert_not_null(http_response_header(response, HTTP_HEADER_DATE));
    cr_assert_not_null(http_response_header(response, HTTP_HEADER_LAST_MODIFIED));
    cr_assert_null(http_response_header(response, HTTP_HEADER_RETRY_AFTER));
}

Test(server, headers_are_signed_and_stored)
{
    static const char *const headers[] = {"Cache-Control: public, max-age=60", "x-amz-meta-recipe: 1  2",
                                          NULL};
    static const char *const others[] = {"Cache-Control: private", "x-amz-meta-recipe: 1  2", NULL};
    Bench bench = bench_open("headers");
    g_autofree char *reference = NULL, *key = NULL, *head = NULL;
    HttpOptions options = {.kind = HTTP_HEAD};
    gboolean done = FALSE;
    S3Client *client;
    GError *error;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    reference = store_put_reference(store, "a.webp", headers, 60, NULL);
    error = put(&bench, reference, others, "bad", 3);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    g_clear_error(&error);
    error = put(&bench, reference, headers, "abc", 3);
    cr_assert_null(error, "%s", error != NULL ? error->message : "");

    client = bench_client(&bench, bench.keeper, variable("S3_BUCKET"));
    key = g_strconcat(bench.prefix, "a.webp", NULL);
    head = s3_client_presign(client, HTTP_HEAD, key, NULL, 60, NULL);
    options.url = head;
    http_request(bench.http, &options, on_head, &done);
    run_until(&bench, &done);
    cr_assert_eq(bench.counters.head, 1);
    s3_client_free(client);
    store_close(store);
    bench_close(&bench);
}

Test(server, a_get_reference_cannot_write)
{
    Bench bench = bench_open("verb");
    g_autofree char *reference = NULL;
    g_autoptr(GError) error = NULL;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    reference = store_get_reference(store, "a", 60, NULL);
    error = put(&bench, reference, NULL, "abc", 3);
    cr_assert_eq(error_class(error), ERROR_PERMANENT);
    store_close(store);
    bench_close(&bench);
}

Test(server, a_cancelled_operation_is_silent)
{
    Bench bench = bench_open("cancel");
    g_autofree char *data = g_malloc0(4 << 20);
    g_autofree char *reference = NULL, *put_reference = NULL;
    int cancelled = 0;
    guint calls;
    ReferenceIo *io;
    Store *store;

    bench_connect(&bench, NULL);
    store = bench_store(&bench, variable("S3_ENDPOINT"), ENDPOINT_ADDRESSING_AUTO);
    store_put(&bench, store, "a", data, 4 << 20);
    reference = store_get_reference(store, "a", 60, NULL);
    put_reference = store_put_reference(store, "b", NULL, 60, NULL);
    io = reference_io_new(bench.context, bench.http, &bench.counters, 3);
    for (int turns = 0; turns < 40; turns++) {
        g_autoptr(Blob) blob = blob_new("t", 4 << 20, NULL);
        ReferenceGet get_options = {
            .reference = reference, .into = blob, .max_bytes = 4 << 20, .expected_bytes = -1};
        ReferencePut put_options = {.reference = put_reference, .data = data, .size_bytes = 4 << 20};
        Outcome got = {0}, was_put = {0};
        ReferenceOperation *one = reference_get(io, &get_options, on_outcome, &got);
        ReferenceOperation *two = reference_put(io, &put_options, on_outcome, &was_put);

        /* cancels while connecting, sending or receiving */
        for (int i = 0; i < turns; i++)
            g_main_context_iteration(bench.context, FALSE);
        cancelled += !got.done + !was_put.done;
        if (!got.done)
            reference_cancel(one);
        if (!was_put.done)
            reference_cancel(two);
        calls = got.calls + was_put.calls;
        run_for(&bench, 2);
        cr_assert_eq(got.calls + was_put.calls, calls);
        cr_assert(got.calls <= 1 && was_put.calls <= 1);
        cr_assert_null(got.error);
        cr_assert_null(was_put.error);
    }
    cr_assert_gt(cancelled, 20);
    /* and the client still works */
    assert_content(&bench, store, "a", data, 4 << 20);
    reference_io_free(io);
    store_close(store);
    bench_close(&bench);
}
