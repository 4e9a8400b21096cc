/* What is asked of a store before an object or the store is blamed: of a bucket over HTTP, and of a directory. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/secret.h"
#include "daemon/verdict/appeal.h"
#include "daemon/verdict/witness.h"
#include "store/open.h"
#include "tests/s3/key_server.h"

/* -1 until it is told. */
typedef struct {
    KeyServer server;
    GPtrArray *keys;
    GMainContext *context;
    CredentialsKeeper *keeper;
    RequestCounters counters;
    HttpClient *http;
    Store *store;
    int told;
} Bench;

static const char *const keys[] = {"s/a/1.jpg", "s/a/2.jpg", "s/b/1.jpg", "s/c/1.jpg"};

static void bench_open(Bench *bench, KeyServerManner manner, const char *refused)
{
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autofree char *endpoint = NULL;
    g_autoptr(GError) error = NULL;

    *bench = (Bench){.keys = g_ptr_array_new(), .context = g_main_context_new(), .told = -1};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        g_ptr_array_add(bench->keys, (void *)keys[i]);
    bench->server = (KeyServer){.keys = bench->keys, .page_keys = 1, .manner = manner, .refused = refused};
    key_server_start(&bench->server);
    endpoint = g_strdup_printf("http://127.0.0.1:%u", bench->server.port);
    bench->keeper = credentials_keeper_new_fixed(credentials, bench->context);
    bench->http = http_client_new(bench->context, NULL, &bench->counters, NULL);
    bench->store = store_open(&(StoreOptions){.url = "s3://bkt/s/",
                                              .context = bench->context,
                                              .endpoint = endpoint,
                                              .keeper = bench->keeper,
                                              .http = bench->http,
                                              .attempts = 1,
                                              .list_ranges = 1},
                              &error);
    cr_assert_not_null(bench->store, "%s", error != NULL ? error->message : "");
}

static void bench_close(Bench *bench)
{
    store_close(bench->store);
    http_client_free(bench->http);
    credentials_keeper_free(bench->keeper);
    key_server_stop(&bench->server);
    g_ptr_array_unref(bench->keys);
    g_main_context_unref(bench->context);
}

static void on_told(gboolean is, void *data)
{
    ((Bench *)data)->told = is ? 1 : 0;
}

static int wait_for(Bench *bench)
{
    while (bench->told < 0)
        g_main_context_iteration(bench->context, TRUE);
    return bench->told;
}

/* Whether the store as a whole refuses, when it has refused this key. */
static int appeal(Bench *bench, const char *refused_key, const char *known_key)
{
    Appeal *appeal = appeal_new(&(AppealOptions){.store = bench->store,
                                                 .refused_key = refused_key,
                                                 .known_key = known_key,
                                                 .context = bench->context,
                                                 .func = on_told,
                                                 .data = bench});
    const int told = wait_for(bench);

    appeal_free(appeal);
    return told;
}

Test(appeal, an_object_that_could_be_read_is_asked_for_again)
{
    Bench bench;

    bench_open(&bench, KEY_SERVER_HEALTHY, "s/a/");
    cr_assert_eq(appeal(&bench, "a/1.jpg", "b/1.jpg"), 0);
    cr_assert_eq(bench.server.requests, 1);
    bench.told = -1;
    cr_assert_eq(appeal(&bench, "a/1.jpg", "a/2.jpg"), 1, "it is refused now");
    bench_close(&bench);
}

Test(appeal, leaps_leave_the_folder_of_what_is_refused)
{
    Bench bench;

    bench_open(&bench, KEY_SERVER_HEALTHY, "s/a/");
    cr_assert_eq(appeal(&bench, "a/1.jpg", NULL), 0, "b/1.jpg can be read");
    bench_close(&bench);
}

Test(appeal, a_store_that_refuses_every_object_or_its_listing_refuses)
{
    Bench bench;

    bench_open(&bench, KEY_SERVER_HEALTHY, "s/");
    cr_assert_eq(appeal(&bench, "a/1.jpg", NULL), 1);
    bench_close(&bench);
    bench_open(&bench, KEY_SERVER_REFUSES_START, NULL);
    cr_assert_eq(appeal(&bench, "a/1.jpg", NULL), 1);
    bench_close(&bench);
}

Test(appeal, a_store_that_fails_has_refused_nothing)
{
    Bench bench;

    bench_open(&bench, KEY_SERVER_FAILS_AT_STARTS, "s/");
    cr_assert_eq(appeal(&bench, "a/1.jpg", NULL), 0);
    bench_close(&bench);
}

static int ask_witness(Bench *bench, Store *store, const char *key)
{
    Witness *witness;
    int told;

    bench->told = -1;
    witness = witness_ask(store, key, bench->context, on_told, bench);
    told = wait_for(bench);
    witness_free(witness);
    return told;
}

Test(witness, a_bucket_answers_also_by_refusing)
{
    Bench bench;

    bench_open(&bench, KEY_SERVER_HEALTHY, "s/a/");
    cr_assert_eq(ask_witness(&bench, bench.store, "b/1.jpg"), 1);
    cr_assert_eq(ask_witness(&bench, bench.store, "a/1.jpg"), 1);
    cr_assert_eq(ask_witness(&bench, bench.store, NULL), 1);
    cr_assert_eq(bench.server.requests, 3);
    bench_close(&bench);
}

Test(witness, a_server_that_is_not_there_does_not_answer)
{
    KeyServer gone;
    Bench bench;

    bench_open(&bench, KEY_SERVER_HEALTHY, NULL);
    gone = bench.server;
    key_server_stop(&gone);
    cr_assert_eq(ask_witness(&bench, bench.store, NULL), 0);
    key_server_start(&bench.server);
    bench_close(&bench);
}

Test(witness, a_directory_answers_if_it_is_there)
{
    g_autofree char *folder = g_dir_make_tmp("thumbmill-witness-XXXXXX", NULL);
    g_autofree char *url = g_strconcat("file://", folder, "/", NULL);
    Bench bench;
    Store *store;

    bench_open(&bench, KEY_SERVER_HEALTHY, NULL);
    store = store_open(&(StoreOptions){.url = url, .context = bench.context}, NULL);
    cr_assert_not_null(store);
    cr_assert_eq(ask_witness(&bench, store, NULL), 1);
    store_close(store);
    cr_assert_eq(g_rmdir(folder), 0);
    bench_close(&bench);
}
