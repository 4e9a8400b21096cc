#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "store/open.h"
#include "store/reference.h"
#include "store/store.h"

typedef struct {
    GMainContext *context;
    StoreCounters counters;
    char *root; /* ends with '/' */
} Bench;

static void bench_open(Bench *bench)
{
    g_autofree char *path = g_dir_make_tmp("test-store-XXXXXX", NULL);

    *bench = (Bench){.context = g_main_context_new(), .root = g_strconcat(path, "/", NULL)};
}

static void bench_close(Bench *bench)
{
    g_autofree char *command = g_strconcat("rm -rf ", bench->root, NULL);

    cr_assert_eq(system(command), 0);
    g_main_context_unref(bench->context);
    g_free(bench->root);
}

static Store *open_url(Bench *bench, const char *url, GError **error)
{
    StoreOptions options = {.url = url, .context = bench->context, .counters = &bench->counters};

    return store_open(&options, error);
}

static Store *open_below(Bench *bench, const char *name)
{
    g_autofree char *url = g_strconcat("file://", bench->root, name, NULL);
    Store *store = open_url(bench, url, NULL);

    cr_assert_not_null(store);
    cr_assert(store_is_directory(store));
    cr_assert_str_eq(store_url(store), url);
    return store;
}

typedef struct {
    guint calls;
    GError *error;
} Outcome;

static void on_outcome(const GError *error, void *data)
{
    Outcome *outcome = data;

    outcome->calls++;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

static GError *put(Bench *bench, const char *reference, const char *text)
{
    g_autoptr(ReferenceIo) io = reference_io_new(bench->context, NULL, &bench->counters, 0);
    ReferencePut options = {.reference = reference, .data = text, .size_bytes = strlen(text)};
    Outcome outcome = {0};

    cr_assert_not_null(reference_put(io, &options, on_outcome, &outcome));
    cr_assert_eq(outcome.calls, 0, "the callback came from reference_put()");
    while (outcome.calls == 0)
        g_main_context_iteration(bench->context, TRUE);
    return outcome.error;
}

static GError *get(Bench *bench, const char *reference, guint64 max_bytes, Blob *into)
{
    g_autoptr(ReferenceIo) io = reference_io_new(bench->context, NULL, &bench->counters, 0);
    ReferenceGet options = {
        .reference = reference, .into = into, .max_bytes = max_bytes, .expected_bytes = -1};
    Outcome outcome = {0};

    cr_assert_not_null(reference_get(io, &options, on_outcome, &outcome));
    cr_assert_eq(outcome.calls, 0, "the callback came from reference_get()");
    while (outcome.calls == 0)
        g_main_context_iteration(bench->context, TRUE);
    return outcome.error;
}

static GError *check(Bench *bench, const char *reference, const char *version)
{
    g_autoptr(ReferenceIo) io = reference_io_new(bench->context, NULL, &bench->counters, 0);
    Outcome outcome = {0};

    cr_assert_not_null(reference_check(io, reference, version, on_outcome, &outcome));
    cr_assert_eq(outcome.calls, 0, "the callback came from reference_check()");
    while (outcome.calls == 0)
        g_main_context_iteration(bench->context, TRUE);
    return outcome.error;
}

typedef struct {
    guint pages;
    gboolean is_last;
    GPtrArray *objects;
    GError *error;
    StoreListing **free_at_once; /* listing to free in the callback; or NULL */
} Listed;

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Listed *listed = data;

    listed->pages++;
    listed->is_last = is_last || error != NULL;
    listed->error = error != NULL ? g_error_copy(error) : NULL;
    while (objects != NULL && objects->len > 0)
        g_ptr_array_add(listed->objects, g_ptr_array_steal_index(objects, 0));
    if (listed->free_at_once != NULL)
        g_clear_pointer(listed->free_at_once, store_listing_free);
}

static Listed list_all(Bench *bench, Store *store, StoreListMode mode)
{
    Listed listed = {.objects = g_ptr_array_new_with_free_func((GDestroyNotify)store_object_free)};
    g_autoptr(StoreListing) listing = store_list(store, mode, on_page, &listed);

    while (!listed.is_last) {
        guint before = listed.pages;

        store_listing_next(listing);
        cr_assert_eq(listed.pages, before, "the callback came from store_listing_next()");
        while (listed.pages == before)
            g_main_context_iteration(bench->context, TRUE);
    }
    return listed;
}

static void listed_clear(Listed *listed)
{
    g_ptr_array_unref(listed->objects);
    g_clear_error(&listed->error);
}

/* A file's version is its size and its time, to the nanosecond; a bucket's version is the ETag. */
static void check_version(const StoreObject *object)
{
    g_autofree char *version = store_object_version(object);
    g_autofree char *expected = g_strdup_printf("%d-%" G_GINT64_FORMAT ".%09u", (int)object->size_bytes,
                                                object->mtime_s, object->mtime_ns);
    StoreObject other = *object, tagged = *object;
    g_autofree char *other_version = NULL, *tagged_version = NULL;
    char etag[] = "\"abc\"";

    other.mtime_ns = (other.mtime_ns + 1) % 1000000000;
    other_version = store_object_version(&other);
    tagged.etag = etag;
    tagged_version = store_object_version(&tagged);
    cr_assert_str_eq(version, expected);
    cr_assert_str_neq(other_version, version);
    cr_assert_str_eq(tagged_version, etag);
}

Test(store, a_directory_round_trip)
{
    static const char *const keys[] = {" lead",     "%41",      "+plus", "caf\xc3\xa9/\xe6\x97\xa5.png",
                                       "d/e/f?g#h", "new\nline"};
    Bench bench;
    Store *store;
    Listed listed;

    bench_open(&bench);
    store = open_below(&bench, "out put");
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *to = store_put_reference(store, keys[i], NULL, 60, NULL);
        g_autofree char *from = store_get_reference(store, keys[i], 60, NULL);
        g_autoptr(Blob) blob = blob_new("t", 100, NULL);

        const gsize length = strcspn(from, "?");

        cr_assert(strncmp(to, from, length) == 0, "%s", to);
        cr_assert(g_str_has_prefix(to + length, "?base="), "%s", to);
        cr_assert(g_str_has_prefix(from + length, "?root="), "%s", from);
        cr_assert(g_str_has_prefix(to, "file:///"));
        cr_assert(g_str_is_ascii(to) && strcspn(from, " #\n") == strlen(from), "%s", from);
        cr_assert_null(put(&bench, to, keys[i]));
        cr_assert_null(get(&bench, from, 100, blob));
        cr_assert(blob_seal(blob, NULL));
        cr_assert_eq(blob_size(blob), strlen(keys[i]));
        cr_assert_eq(memcmp(blob_data(blob), keys[i], strlen(keys[i])), 0);
    }
    listed = list_all(&bench, store, STORE_LIST_SOURCE);
    cr_assert_eq(listed.objects->len, G_N_ELEMENTS(keys));
    for (guint i = 0; i < listed.objects->len; i++) {
        const StoreObject *object = g_ptr_array_index(listed.objects, i);

        cr_assert_str_eq(object->key, keys[i]);
        cr_assert_eq(object->size_bytes, strlen(keys[i]));
        cr_assert_null(object->etag);
        cr_assert_leq(ABS(clock_wall_us() / CLOCK_US_PER_S - object->mtime_s), 5);
        check_version(object);
    }
    cr_assert_eq(bench.counters.put, G_N_ELEMENTS(keys));
    cr_assert_eq(bench.counters.get, G_N_ELEMENTS(keys));
    cr_assert_eq(bench.counters.list, 1);
    cr_assert_eq(bench.counters.connections, 0);
    listed_clear(&listed);
    store_close(store);
    bench_close(&bench);
}

static void assert_changed(Bench *bench, const char *reference, const char *version)
{
    g_autoptr(GError) error = check(bench, reference, version);

    cr_assert_eq(error_class(error), ERROR_TRANSIENT, "%s", error->message);
    cr_assert(strstr(error->message, "has changed since it was read") != NULL, "%s", error->message);
}

/* The file is modified in place, replaced by one with the same time and size, or removed. */
Test(store, a_file_that_was_read_is_checked)
{
    Bench bench;
    Store *store;
    g_autofree char *reference = NULL, *to = NULL, *version = NULL, *path = NULL;
    g_autoptr(ReferenceIo) io = NULL;
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    struct utimbuf times = {1000000000, 1000000000};
    Outcome outcome = {0};

    bench_open(&bench);
    store = open_below(&bench, "in");
    reference = store_get_reference(store, "a", 60, NULL);
    to = store_put_reference(store, "a", NULL, 60, NULL);
    path = g_build_filename(bench.root, "in", "a", NULL);
    cr_assert_null(put(&bench, to, "abc"));
    cr_assert_eq(utime(path, &times), 0);
    io = reference_io_new(bench.context, NULL, &bench.counters, 0);
    reference_get(io,
                  &(ReferenceGet){.reference = reference,
                                  .into = blob,
                                  .max_bytes = 100,
                                  .expected_bytes = -1,
                                  .ret_version = &version},
                  on_outcome, &outcome);
    while (outcome.calls == 0)
        g_main_context_iteration(bench.context, TRUE);
    cr_assert_null(check(&bench, reference, version));
    cr_assert_eq(bench.counters.check, 1);
    cr_assert_null(put(&bench, to, "xyz"));
    cr_assert_eq(utime(path, &times), 0);
    assert_changed(&bench, reference, version);
    cr_assert_eq(g_unlink(path), 0);
    cr_assert_null(check(&bench, reference, version));
    store_close(store);
    bench_close(&bench);
}

Test(store, a_listing_has_pages_and_order)
{
    Bench bench;
    Store *store;
    Listed listed;

    bench_open(&bench);
    for (int i = 0; i < 2500; i++) {
        g_autofree char *path = g_strdup_printf("%s%05d", bench.root, i);

        cr_assert(g_file_set_contents(path, "", 0, NULL));
    }
    store = open_below(&bench, "");
    listed = list_all(&bench, store, STORE_LIST_DESTINATION);
    cr_assert_null(listed.error);
    cr_assert_eq(listed.pages, 3);
    cr_assert_eq(bench.counters.list, 3);
    cr_assert_eq(listed.objects->len, 2500);
    for (guint i = 1; i < listed.objects->len; i++) {
        const StoreObject *object = g_ptr_array_index(listed.objects, i),
                          *previous = g_ptr_array_index(listed.objects, i - 1);

        cr_assert_lt(strcmp(previous->key, object->key), 0);
    }
    listed_clear(&listed);
    store_close(store);
    bench_close(&bench);
}

static Listed list_one(Bench *bench, Store *store, const char *key)
{
    Listed listed = {.objects = g_ptr_array_new_with_free_func((GDestroyNotify)store_object_free)};
    g_autoptr(StoreListing) listing = store_list_one(store, key, on_page, &listed);

    store_listing_next(listing);
    while (listed.pages == 0)
        g_main_context_iteration(bench->context, TRUE);
    cr_assert(listed.is_last);
    return listed;
}

Test(store, one_object_is_listed_as_it_is)
{
    static const char *const none[] = {"a", "a/b/c", "a/b.jpg/c", "missing/x", "a/../a/b.jpg", "", "a/link"};
    Bench bench;
    Store *store;
    Listed found, listed;

    bench_open(&bench);
    g_autofree char *folder = g_strconcat(bench.root, "a", NULL);
    g_autofree char *path = g_strconcat(folder, "/b.jpg", NULL);
    g_autofree char *link = g_strconcat(folder, "/link", NULL);

    cr_assert_eq(g_mkdir(folder, 0755), 0);
    cr_assert(g_file_set_contents(path, "abc", 3, NULL));
    cr_assert_eq(symlink("nowhere", link), 0);
    store = open_below(&bench, "");
    listed = list_all(&bench, store, STORE_LIST_DESTINATION);
    found = list_one(&bench, store, "a/b.jpg");
    cr_assert_null(found.error);
    cr_assert_eq(found.objects->len, 1);
    cr_assert_eq(listed.objects->len, 1);
    const StoreObject *one = found.objects->pdata[0], *same = listed.objects->pdata[0];
    cr_assert_str_eq(one->key, "a/b.jpg");
    cr_assert_eq(one->size_bytes, 3);
    cr_assert_eq(one->mtime_s, same->mtime_s);
    cr_assert_eq(one->mtime_ns, same->mtime_ns);
    listed_clear(&found);
    listed_clear(&listed);
    for (guint i = 0; i < G_N_ELEMENTS(none); i++) {
        found = list_one(&bench, store, none[i]);
        cr_assert_null(found.error, "%s", none[i]);
        cr_assert_eq(found.objects->len, 0, "%s", none[i]);
        listed_clear(&found);
    }
    store_close(store);
    bench_close(&bench);
}

Test(store, a_missing_directory_is_empty_for_a_destination_only)
{
    Bench bench;
    Store *store;
    Listed source, destination;

    bench_open(&bench);
    store = open_below(&bench, "none/");
    source = list_all(&bench, store, STORE_LIST_SOURCE);
    destination = list_all(&bench, store, STORE_LIST_DESTINATION);
    cr_assert_eq(error_class(source.error), ERROR_PERMANENT);
    cr_assert(strstr(source.error->message, "LIST file:///") != NULL);
    cr_assert_null(destination.error);
    cr_assert_eq(destination.objects->len, 0);
    listed_clear(&source);
    listed_clear(&destination);
    store_close(store);
    bench_close(&bench);
}

Test(store, a_listing_may_be_freed_before_and_in_its_callback)
{
    Bench bench;
    Store *store;
    StoreListing *listing;
    Listed listed = {.objects = g_ptr_array_new_with_free_func((GDestroyNotify)store_object_free)};

    bench_open(&bench);
    store = open_below(&bench, "");
    listing = store_list(store, STORE_LIST_SOURCE, on_page, &listed);
    store_listing_next(listing);
    store_listing_free(listing);
    while (g_main_context_iteration(bench.context, FALSE))
        ;
    cr_assert_eq(listed.pages, 0);

    listing = store_list(store, STORE_LIST_SOURCE, on_page, &listed);
    listed.free_at_once = &listing;
    store_listing_next(listing);
    while (listed.pages == 0)
        g_main_context_iteration(bench.context, TRUE);
    cr_assert_null(listing);
    listed_clear(&listed);
    store_close(store);
    bench_close(&bench);
}

static void refuse_key(const Store *store, const char *key)
{
    g_autoptr(GError) error = NULL;

    cr_assert_not(store_key_is_representable(store, key, &error), "%s", key);
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_assert(strstr(error->message, "cannot hold the key '") != NULL, "%s", error->message);
    cr_assert_null(store_get_reference((Store *)store, key, 60, NULL));
    cr_assert_null(store_put_reference((Store *)store, key, NULL, 60, NULL));
}

Test(store, keys_that_a_directory_cannot_hold)
{
    static const char *const bad[] = {"",
                                      "/",
                                      "/a",
                                      "a/",
                                      "a//b",
                                      ".",
                                      "..",
                                      "../a",
                                      "a/../b",
                                      "a/.",
                                      "./a",
                                      ".thumbmill-1.tmp",
                                      "a/.thumbmill-1.tmp/b"};
    static const char *const good[] = {"a", "...", "a/.b", "..a", "a..", ".thumbmill", "\xff", "a\\b"};
    g_autofree char *name = g_strnfill(256, 'n');
    g_autofree char *whole = g_strnfill(LIMIT_KEY_BYTES + 1, 'a');
    Bench bench;
    Store *store;

    bench_open(&bench);
    store = open_below(&bench, "");
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        refuse_key(store, bad[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        cr_assert(store_key_is_representable(store, good[i], NULL), "%s", good[i]);
    refuse_key(store, name);
    cr_assert(store_key_is_representable(store, name + 1, NULL));
    for (gsize i = 200; i < LIMIT_KEY_BYTES; i += 200)
        whole[i] = '/';
    refuse_key(store, whole);
    cr_assert(store_key_is_representable(store, whole + 1, NULL));
    store_close(store);
    bench_close(&bench);
}

Test(store, keys_that_a_bucket_cannot_hold)
{
    g_autofree char *whole = g_strnfill(LIMIT_KEY_BYTES - 3, 'a');
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    StoreOptions options = {.url = "s3://bucket/p/", .endpoint = "http://127.0.0.1:1"};
    CredentialsKeeper *keeper;
    g_autofree char *reference = NULL;
    g_autoptr(GError) error = NULL;
    Bench bench;
    Store *store;
    HttpClient *http;

    bench_open(&bench);
    http = http_client_new(bench.context, NULL, &bench.counters, NULL);
    options.context = bench.context;
    options.counters = &bench.counters;
    keeper = credentials_keeper_new_fixed(credentials, bench.context);
    options.keeper = keeper;
    cr_assert_null(store_open(&options, &error));
    g_clear_error(&error);
    options.http = http;
    store = store_open(&options, NULL);
    cr_assert_not(store_is_directory(store));
    refuse_key(store, "");
    refuse_key(store, "\xff");
    cr_assert_eq(strlen(whole) + 2, LIMIT_KEY_BYTES - 1);
    cr_assert(store_key_is_representable(store, whole, NULL));
    {
        g_autofree char *longer = g_strconcat(whole, "aa", NULL);

        refuse_key(store, longer);
    }
    cr_assert(store_key_is_representable(store, "a//../.", NULL));
    reference = store_get_reference(store, "a b", 60, NULL);
    cr_assert(g_str_has_prefix(reference, "http://127.0.0.1:1/bucket/p/a%20b?"), "%s", reference);
    cr_assert_null(strstr(reference, "s3cr3t"));
    store_close(store);
    http_client_free(http);
    credentials_keeper_free(keeper);
    bench_close(&bench);
}

Test(store, urls_that_are_none)
{
    static const char *const bad[] = {"",           "photos", "file://",    "file://host/x",
                                      "http://h/b", "s3:/b",  "/srv/photos"};
    g_autoptr(GError) error = NULL;
    Bench bench;

    bench_open(&bench);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        cr_assert_null(open_url(&bench, bad[i], &error), "%s", bad[i]);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        g_clear_error(&error);
    }
    cr_assert_null(open_url(&bench, "s3://bucket/", &error));
    cr_assert_eq(error_class(error), ERROR_PERMANENT, "no credentials");
    g_clear_error(&error);
    {
        g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s", 1), NULL, "test");
        g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, bench.context);
        StoreOptions options = {.url = "s3://B/", .context = bench.context, .keeper = keeper};
        HttpClient *http = http_client_new(bench.context, NULL, &bench.counters, NULL);

        options.http = http;
        cr_assert_null(store_open(&options, &error));
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert(g_str_has_prefix(error->message, "s3://B/: "), "%s", error->message);
        http_client_free(http);
    }
    bench_close(&bench);
}

Test(store, references_that_are_none_are_told_without_their_text)
{
    static const char *const bad[] = {"",
                                      "ftp://h/x?secret",
                                      "https://h/x?secret",
                                      "file:x?secret",
                                      "file:///x?secret",
                                      "file:///a%0",
                                      "file:///a%00b"};
    Bench bench;

    bench_open(&bench);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Blob) blob = blob_new("t", 100, NULL);
        g_autoptr(GError) one = get(&bench, bad[i], 100, blob);
        g_autoptr(GError) two = put(&bench, bad[i], "x");

        cr_assert_eq(error_class(one), ERROR_INTERNAL, "%s", bad[i]);
        cr_assert_eq(error_class(two), ERROR_INTERNAL, "%s", bad[i]);
        cr_assert_null(strstr(one->message, "secret"), "%s", one->message);
    }
    cr_assert_eq(bench.counters.get + bench.counters.put, 0);
    bench_close(&bench);
}

Test(store, a_cancelled_file_operation_does_nothing)
{
    Bench bench;
    g_autofree char *reference = NULL, *path = NULL;
    Outcome outcome = {0};
    ReferenceIo *io;
    ReferencePut options = {.data = "x", .size_bytes = 1};

    bench_open(&bench);
    path = g_strconcat(bench.root, "x", NULL);
    reference = g_strconcat("file://", path, NULL);
    options.reference = reference;
    io = reference_io_new(bench.context, NULL, &bench.counters, 0);
    reference_cancel(reference_put(io, &options, on_outcome, &outcome));
    while (g_main_context_iteration(bench.context, FALSE))
        ;
    cr_assert_eq(outcome.calls, 0);
    cr_assert_not(g_file_test(path, G_FILE_TEST_EXISTS));
    reference_cancel(NULL);
    reference_io_free(io);
    bench_close(&bench);
}

Test(store, file_errors_say_what_was_done)
{
    Bench bench;
    g_autofree char *reference = NULL;
    g_autoptr(Blob) blob = blob_new("t", 100, NULL);
    g_autoptr(GError) one = NULL, two = NULL, three = NULL;

    bench_open(&bench);
    reference = g_strdup_printf("file://%sx", bench.root);
    one = get(&bench, reference, 100, blob);
    cr_assert_eq(error_class(one), ERROR_PERMANENT);
    cr_assert(g_str_has_prefix(one->message, "GET /"), "%s", one->message);
    cr_assert_null(put(&bench, reference, "12345"));
    two = get(&bench, reference, 4, blob);
    cr_assert_eq(error_class(two), ERROR_LIMIT);
    three = put(&bench, "file:///proc/none/x", "12345");
    cr_assert_eq(error_class(three), ERROR_PERMANENT);
    cr_assert(g_str_has_prefix(three->message, "PUT /"), "%s", three->message);
    bench_close(&bench);
}
