/* A sweep tells every selected object once, with what the destination has of it, whatever the keys and the
 * servers. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "batch/output_key.h"
#include "config/config.h"
#include "daemon/compare/sweep.h"
#include "store/open.h"
#include "tests/s3/key_server.h"
#include "tests/store/memory_store.h"

#define OUTPUTS                                                                                              \
    "- {name: a, width: 1}\n- {name: b, width: 1, format: webp, key: 'b/{dir}{name}.{ext}'}\n"               \
    "- {name: c, width: 1, key: '{dir}{stem}-c'}\n"

typedef struct {
    Config *config;
    KeyOrder *order;
    GHashTable *told;      /* source key to the numbers of the missing outputs, both char */
    GHashTable *uncertain; /* set of char: source keys at the end of a range */
    guint refused, pages, failures;
    gboolean poked;
} Heard;

static void heard_init(Heard *heard)
{
    static const char text[] = "source: {url: s3://bkt/s/, exclude: ['*.txt'], include: ['*']}\n"
                               "destination: {url: s3://bkt/d/}\noutputs:\n" OUTPUTS;
    g_autofree char *reason = NULL;

    *heard = (Heard){.config = config_parse(text, strlen(text), "c", NULL)};
    cr_assert_not_null(heard->config);
    heard->order = key_order_new(heard->config, &reason);
    cr_assert_not_null(heard->order, "%s", reason);
    heard->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    heard->uncertain = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void heard_clear(Heard *heard)
{
    g_hash_table_unref(heard->told);
    g_hash_table_unref(heard->uncertain);
    key_order_free(heard->order);
    config_free(heard->config);
}

static void on_page(const SweepPage *page, void *data)
{
    Heard *heard = data;

    heard->pages++;
    heard->failures += page->error != NULL;
}

static void on_compared(StoreObject *object, Diff *diff, gboolean is_at_end, void *data)
{
    Heard *heard = data;
    g_autoptr(GString) missing = g_string_new(NULL);

    for (guint i = 0; i < diff->wanted->len; i++) {
        if (diff_wanted(diff, i)->is_missing)
            g_string_append_printf(missing, "%u", diff_wanted(diff, i)->output);
    }
    cr_assert_not(g_hash_table_contains(heard->told, object->key), "'%s' was told twice", object->key);
    g_hash_table_insert(heard->told, g_strdup(object->key), g_strdup(missing->str));
    if (is_at_end)
        g_hash_table_add(heard->uncertain, g_strdup(object->key));
    store_object_free(object);
}

static void on_refused(StoreObject *object, const GError *error, void *data)
{
    Heard *heard = data;

    cr_assert_eq(error_class(error), ERROR_INPUT);
    g_hash_table_insert(heard->told, g_strdup(object->key), NULL);
    heard->refused++;
    store_object_free(object);
}

static void on_poke(void *data)
{
    ((Heard *)data)->poked = TRUE;
}

static Sweep *sweep_of(Heard *heard, Store *source, Store *destination)
{
    return sweep_new(&(SweepOptions){.config = heard->config,
                                     .order = heard->order,
                                     .source = source,
                                     .destination = destination,
                                     .on_page = on_page,
                                     .on_compared = on_compared,
                                     .on_refused = on_refused,
                                     .on_poke = on_poke,
                                     .data = heard},
                     NULL);
}

static void run(Heard *heard, Sweep *sweep, GMainContext *context)
{
    heard->poked = TRUE;
    while (!sweep_is_done(sweep)) {
        if (!heard->poked) {
            g_main_context_iteration(context, TRUE);
            continue;
        }
        heard->poked = FALSE;
        (void)sweep_step(sweep, SWEEP_GO, TRUE);
    }
}

/* keys: those of source and destination, with "s/" and "d/" before them. */
static void assert_told(const Heard *heard, const GPtrArray *keys)
{
    g_autoptr(GHashTable) stored = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = 0;

    for (guint i = 0; i < keys->len; i++) {
        if (g_str_has_prefix(keys->pdata[i], "d/"))
            g_hash_table_add(stored, (char *)keys->pdata[i] + 2);
    }
    for (guint i = 0; i < keys->len; i++) {
        const char *key = (const char *)keys->pdata[i] + 2;
        g_autoptr(GString) missing = g_string_new(NULL);
        const char *told = g_hash_table_lookup(heard->told, key);

        if (!g_str_has_prefix(keys->pdata[i], "s/") || g_str_has_suffix(key, ".txt"))
            continue;
        n++;
        cr_assert(g_hash_table_contains(heard->told, key), "'%s' was not told", key);
        for (guint j = 0; j < 3; j++) {
            g_autofree char *made = output_key(heard->config, config_output(heard->config, j), key, NULL);

            if (!g_hash_table_contains(stored, made))
                g_string_append_printf(missing, "%u", j);
        }
        if (told != NULL && !g_hash_table_contains(heard->uncertain, key))
            cr_assert_str_eq(told, missing->str, "%s", key);
    }
    cr_assert_eq(g_hash_table_size(heard->told), n);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *random_key(GRand *dice, guint i)
{
    static const char *const ends[] = {".jpg", ".png", ".p.jpg", "-5.jpg", "", ".txt", "/x.jpg"};
    const char *end = ends[g_rand_int_range(dice, 0, G_N_ELEMENTS(ends))];

    switch (i % 3) {
    case 0: return g_strdup_printf("%d%s", g_rand_int_range(dice, 0, 500), end);
    case 1: return g_strdup_printf("ex.org/%d/%d%s", g_rand_int_range(dice, 0, 9), i, end);
    default: return g_strdup_printf("%08x%s", g_rand_int(dice), end);
    }
}

/* Sorted keys of a source with so many objects at most, and of outputs for most of them. */
static GPtrArray *random_keys(GRand *dice, const Config *config, guint n)
{
    g_autoptr(GHashTable) set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    void *one;

    for (guint i = 0; i < n; i++) {
        g_autofree char *key = random_key(dice, i);

        for (guint j = 0; j < 3; j++) {
            g_autofree char *made = output_key(config, config_output(config, j), key, NULL);

            if (g_rand_int_range(dice, 0, 5) > 0)
                g_hash_table_add(set, g_strconcat("d/", made, NULL));
        }
        if (g_rand_int_range(dice, 0, 8) > 0)
            g_hash_table_add(set, g_strconcat("s/", key, NULL));
    }
    g_hash_table_iter_init(&iter, set);
    while (g_hash_table_iter_next(&iter, &one, NULL))
        g_ptr_array_add(keys, g_strdup(one));
    g_ptr_array_sort(keys, compare);
    return keys;
}

/* Over a bucket that is listed in ranges; returns the listings that began in the middle. */
static guint sweep_bucket(Heard *heard, GPtrArray *keys, KeyServerManner manner)
{
    KeyServer server = {.keys = keys, .page_keys = 10, .manner = manner};
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, context);
    RequestCounters counters = {0};
    HttpClient *http = http_client_new(context, NULL, &counters, NULL);
    g_autofree char *endpoint = NULL;
    StoreOptions options;
    Store *source, *destination;
    Sweep *sweep;

    key_server_start(&server);
    endpoint = g_strdup_printf("http://127.0.0.1:%u", server.port);
    options = (StoreOptions){.url = "s3://bkt/s/",
                             .context = context,
                             .endpoint = endpoint,
                             .keeper = keeper,
                             .http = http,
                             .attempts = 1,
                             .list_ranges = 8};
    source = store_open(&options, NULL);
    options.url = "s3://bkt/d/";
    destination = store_open(&options, NULL);
    sweep = sweep_of(heard, source, destination);
    run(heard, sweep, context);
    sweep_free(sweep);
    store_close(source);
    store_close(destination);
    http_client_free(http);
    key_server_stop(&server);
    return server.starts;
}

Test(sweep, every_object_of_a_bucket_is_told_once_as_it_is)
{
    static const KeyServerManner manners[] = {KEY_SERVER_HEALTHY,       KEY_SERVER_HEALTHY,
                                              KEY_SERVER_HEALTHY,       KEY_SERVER_IGNORES_START,
                                              KEY_SERVER_REFUSES_START, KEY_SERVER_FAILS_AT_FIRST_START};
    g_autoptr(GRand) dice = g_rand_new_with_seed(1);
    guint starts = 0;

    for (guint i = 0; i < G_N_ELEMENTS(manners); i++) {
        g_autoptr(GPtrArray) keys = NULL;
        Heard heard;

        heard_init(&heard);
        keys = random_keys(dice, heard.config, 1500);
        starts += sweep_bucket(&heard, keys, manners[i]);
        assert_told(&heard, keys);
        cr_assert_gt(heard.refused, 0);
        heard_clear(&heard);
    }
    cr_assert_gt(starts, 10, "there were ranges");
}

static void fill(Store *source, Store *destination, const GPtrArray *keys)
{
    for (guint i = 0; i < keys->len; i++) {
        const char *key = keys->pdata[i];

        memory_store_put(g_str_has_prefix(key, "s/") ? source : destination, key + 2, 1000);
    }
}

/* Listings fail now and then, and objects are not always wanted. */
Test(sweep, a_page_that_failed_is_asked_for_again)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(2);
    g_autoptr(GMainContext) context = g_main_context_new();
    Store *source = memory_store_new("s3://bkt/s/", context);
    Store *destination = memory_store_new("s3://bkt/d/", context);
    g_autoptr(GPtrArray) keys = NULL;
    Sweep *sweep;
    Heard heard;

    heard_init(&heard);
    keys = random_keys(dice, heard.config, 300);
    fill(source, destination, keys);
    sweep = sweep_of(&heard, source, destination);
    cr_assert_eq(sweep_step(sweep, SWEEP_WAIT, TRUE), FALSE);
    cr_assert_eq(memory_store_pages(source) + memory_store_pages(destination), 0);
    while (!sweep_is_done(sweep)) {
        const gboolean fails = g_rand_int_range(dice, 0, 4) == 0;
        Store *store = g_rand_boolean(dice) ? source : destination;

        memory_store_fail(store, fails ? ERROR_UNAVAILABLE : ERROR_CLASS_NONE);
        (void)sweep_step(sweep, (SweepLeave)g_rand_int_range(dice, SWEEP_WAIT, SWEEP_GO + 1),
                         g_rand_boolean(dice));
        for (guint i = 0; i < 3; i++)
            g_main_context_iteration(context, FALSE);
    }
    cr_assert_gt(heard.failures, 10);
    assert_told(&heard, keys);
    sweep_free(sweep);
    store_close(source);
    store_close(destination);
    heard_clear(&heard);
}

Test(sweep, the_first_request_is_alone)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Store *source = memory_store_new("s3://bkt/s/", context);
    Store *destination = memory_store_new("s3://bkt/d/", context);
    Sweep *sweep;
    Heard heard;

    heard_init(&heard);
    sweep = sweep_of(&heard, source, destination);
    cr_assert(sweep_step(sweep, SWEEP_FIRST, FALSE));
    cr_assert_not(sweep_step(sweep, SWEEP_FIRST, FALSE));
    while (g_main_context_iteration(context, FALSE))
        ;
    cr_assert_not(sweep_step(sweep, SWEEP_FIRST, FALSE));
    cr_assert_eq(memory_store_pages(source), 0);
    cr_assert_eq(memory_store_pages(destination), 1);
    run(&heard, sweep, context);
    sweep_free(sweep);
    store_close(source);
    store_close(destination);
    heard_clear(&heard);
}

Test(sweep, a_probe_is_one_request)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Store *source = memory_store_new("s3://bkt/s/", context);
    Store *destination = memory_store_new("s3://bkt/d/", context);
    Sweep *sweep;
    Heard heard;

    heard_init(&heard);
    memory_store_put(source, "a.jpg", 1);
    sweep = sweep_of(&heard, source, destination);
    cr_assert(sweep_step(sweep, SWEEP_PROBE, TRUE));
    while (g_main_context_iteration(context, FALSE))
        ;
    cr_assert_eq(memory_store_pages(source) + memory_store_pages(destination), 1);
    run(&heard, sweep, context);
    cr_assert_str_eq(g_hash_table_lookup(heard.told, "a.jpg"), "012");
    sweep_free(sweep);
    store_close(source);
    store_close(destination);
    heard_clear(&heard);
}

Test(sweep, what_is_beyond_the_last_object_is_not_listed)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    Store *source = memory_store_new("s3://bkt/s/", context);
    Store *destination = memory_store_new("s3://bkt/d/", context);
    Sweep *sweep;
    Heard heard;

    heard_init(&heard);
    memory_store_put(source, "a.jpg", 1);
    for (guint i = 0; i < 100; i++) {
        g_autofree char *key = g_strdup_printf("a/z%u.jpg", i);

        memory_store_put(destination, key, 1);
    }
    sweep = sweep_of(&heard, source, destination);
    run(&heard, sweep, context);
    cr_assert_leq(memory_store_pages(destination), 6, "a page and one ahead for each group");
    sweep_free(sweep);
    store_close(source);
    store_close(destination);
    heard_clear(&heard);
}
