/* A listing in ranges has each key exactly once, whatever the keys and the server. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "s3/client.h"
#include "s3/split_listing.h"
#include "tests/s3/key_server.h"

typedef struct {
    GPtrArray *keys; /* char *, in the order of arrival */
    guint pages;
    guint failures; /* after which the listing continued */
    gboolean is_last;
    gboolean came;
    GError *error;
    char *problem;
    RequestCounters counters;
} Listed;

typedef struct {
    const char *prefix;
    guint ranges;
    gboolean by_marker;
} Wish;

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Listed *listed = data;

    listed->came = TRUE;
    listed->pages++;
    if (error != NULL && error_may_pass(error)) {
        listed->failures++;
        return;
    }
    listed->is_last = is_last || error != NULL;
    listed->error = error != NULL ? g_error_copy(error) : NULL;
    for (guint i = 0; objects != NULL && i < objects->len; i++) {
        const S3Object *object = g_ptr_array_index(objects, i);

        cr_assert(i == 0 || strcmp(g_ptr_array_index(listed->keys, listed->keys->len - 1), object->key) < 0);
        g_ptr_array_add(listed->keys, g_strdup(object->key));
    }
}

/* Stops after max_pages pages, with requests in flight. */
static Listed list_pages(KeyServer *server, const Wish *wish, guint max_pages)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, context);
    Listed listed = {.keys = g_ptr_array_new_with_free_func(g_free)};
    HttpClient *http = http_client_new(context, NULL, &listed.counters, NULL);
    g_autofree char *url = NULL;
    S3Client *client;
    S3SplitListing *listing;

    key_server_start(server);
    url = g_strdup_printf("http://127.0.0.1:%u", server->port);
    client = s3_client_new(endpoint_new(&(EndpointOptions){.url = url}, "bkt", NULL), keeper, http, 1);
    s3_client_set_dialect(client, &(S3Dialect){.lists_by_marker = wish->by_marker});
    listing = s3_split_listing_new(client, &(S3SplitOptions){.prefix = wish->prefix, .ranges = wish->ranges},
                                   on_page, &listed);
    while (!listed.is_last && listed.pages < max_pages) {
        listed.came = FALSE;
        s3_split_listing_next(listing);
        cr_assert_not(listed.came, "the callback came from s3_split_listing_next()");
        while (!listed.came)
            g_main_context_iteration(context, TRUE);
    }
    listed.problem = s3_split_listing_take_problem(listing);
    cr_assert_null(s3_split_listing_take_problem(listing));
    s3_split_listing_free(listing);
    s3_client_free(client);
    http_client_free(http);
    key_server_stop(server);
    return listed;
}

static Listed list(KeyServer *server, const Wish *wish)
{
    return list_pages(server, wish, G_MAXUINT);
}

static void listed_clear(Listed *listed)
{
    g_ptr_array_unref(listed->keys);
    g_clear_error(&listed->error);
    g_free(listed->problem);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Asserts that the listing has all keys of the server with the prefix, each once. */
static void assert_complete(const KeyServer *server, const char *prefix, Listed *listed)
{
    guint n = 0;

    cr_assert_null(listed->error, "%s", listed->error != NULL ? listed->error->message : "");
    g_ptr_array_sort(listed->keys, compare_keys);
    for (guint i = 0; i < server->keys->len; i++) {
        const char *key = g_ptr_array_index(server->keys, i);

        if (!g_str_has_prefix(key, prefix))
            continue;
        cr_assert_lt(n, listed->keys->len, "'%s' is missing", key);
        cr_assert_str_eq(g_ptr_array_index(listed->keys, n), key);
        n++;
    }
    cr_assert_eq(listed->keys->len, n, "one is too many");
}

/* Sorted in ascending order, without duplicates. */
static GPtrArray *key_set(GPtrArray *keys)
{
    GPtrArray *set = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_sort(keys, compare_keys);
    for (guint i = 0; i < keys->len; i++) {
        if (i == 0 || strcmp(g_ptr_array_index(keys, i - 1), g_ptr_array_index(keys, i)) != 0)
            g_ptr_array_add(set, g_strdup(g_ptr_array_index(keys, i)));
    }
    g_ptr_array_unref(keys);
    return set;
}

/* Keys "p/0000" and so on. */
static GPtrArray *numbered(guint n)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < n; i++)
        g_ptr_array_add(keys, g_strdup_printf("p/%04u", i));
    return keys;
}

Test(ranges, are_many_and_complete)
{
    g_autoptr(GPtrArray) keys = numbered(2000);
    KeyServer server = {.keys = keys, .page_keys = 10};
    const Wish wishes[] = {{"p/", 1, FALSE},  {"p/", 8, FALSE}, {"", 64, FALSE},
                           {"p/1", 3, FALSE}, {"p/", 8, TRUE},  {"q", 8, FALSE}};

    for (guint i = 0; i < G_N_ELEMENTS(wishes); i++) {
        Listed listed = list(&server, &wishes[i]);

        assert_complete(&server, wishes[i].prefix, &listed);
        cr_assert_null(listed.problem);
        cr_assert_leq(server.requests, 2 * MAX(listed.keys->len / server.page_keys, 1));
        cr_assert(wishes[i].ranges == 1 || wishes[i].by_marker || listed.keys->len == 0 || server.starts > 5);
        listed_clear(&listed);
    }
}

Test(ranges, cost_nothing_where_one_page_is_enough)
{
    g_autoptr(GPtrArray) keys = numbered(100);
    KeyServer server = {.keys = keys, .page_keys = 100};
    Listed listed = list(&server, &(Wish){"p/", 8, FALSE});

    assert_complete(&server, "", &listed);
    cr_assert_eq(server.requests, 1);
    listed_clear(&listed);
}

Test(ranges, one_range_is_one_page_after_the_other)
{
    g_autoptr(GPtrArray) keys = numbered(100);
    KeyServer server = {.keys = keys, .page_keys = 10};
    Listed listed = list(&server, &(Wish){"p/", 1, FALSE});

    cr_assert_eq(server.requests, 10);
    cr_assert_eq(listed.pages, 10);
    cr_assert_str_eq(g_ptr_array_index(listed.keys, 0), "p/0000");
    assert_complete(&server, "", &listed);
    listed_clear(&listed);
}

/* Every boundary between single characters is an existing key. */
Test(ranges, a_boundary_may_be_a_key)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    KeyServer server = {.keys = keys};

    for (char c = '!'; c <= '~'; c++)
        g_ptr_array_add(keys, g_strdup_printf("%c", c));
    for (server.page_keys = 1; server.page_keys <= 10; server.page_keys++) {
        Listed listed = list(&server, &(Wish){"", 3, FALSE});

        assert_complete(&server, "", &listed);
        listed_clear(&listed);
    }
}

Test(ranges, may_be_left_at_any_time)
{
    g_autoptr(GPtrArray) keys = numbered(500);
    KeyServer server = {.keys = keys, .page_keys = 10};

    for (guint pages = 0; pages < 20; pages++) {
        Listed listed = list_pages(&server, &(Wish){"p/", 8, FALSE}, pages);

        cr_assert_eq(listed.pages, pages);
        cr_assert_leq(server.requests, 2 * pages + 8, "nothing is asked for that is not wanted");
        listed_clear(&listed);
    }
}

/* A start-after that is ignored, refused, or answered with no keys costs a request, but no key is lost or
 * listed twice. */
Test(ranges, are_given_up_with_a_server_that_cannot_do_them)
{
    static const struct {
        KeyServerManner manner;
        const char *problem; /* NULL if none is detected */
    } cases[] = {{KEY_SERVER_IGNORES_START, "ignores start-after"},
                 {KEY_SERVER_IGNORES_START_ONCE_PROVEN, "ignores start-after"},
                 {KEY_SERVER_STARTS_EMPTY, NULL},
                 {KEY_SERVER_REFUSES_START, "400 InvalidArgument"}};
    g_autoptr(GPtrArray) keys = numbered(1000);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        KeyServer server = {.keys = keys, .page_keys = 10, .manner = cases[i].manner};
        Listed listed = list(&server, &(Wish){"p/", 8, FALSE});

        assert_complete(&server, "p/", &listed);
        cr_assert_eq(listed.problem == NULL, cases[i].problem == NULL, "case %u", i);
        if (listed.problem != NULL)
            cr_assert(strstr(listed.problem, cases[i].problem) != NULL, "%s", listed.problem);
        listed_clear(&listed);
    }
}

/* A server that is unreachable for a while may still support ranges; one that fails whenever a range begins
 * does not. */
Test(ranges, are_not_given_up_with_a_server_that_was_away)
{
    g_autoptr(GPtrArray) keys = numbered(1000);
    KeyServer away = {.keys = keys, .page_keys = 10, .manner = KEY_SERVER_FAILS_AT_FIRST_START};
    KeyServer unable = {.keys = keys, .page_keys = 10, .manner = KEY_SERVER_FAILS_AT_STARTS};
    Listed listed = list(&away, &(Wish){"p/", 8, FALSE});

    assert_complete(&away, "p/", &listed);
    cr_assert_eq(listed.failures, 1);
    cr_assert_null(listed.problem, "%s", listed.problem);
    cr_assert_gt(away.starts, 5);
    listed_clear(&listed);
    listed = list(&unable, &(Wish){"p/", 8, FALSE});
    assert_complete(&unable, "p/", &listed);
    cr_assert_eq(listed.failures, 1);
    cr_assert(strstr(listed.problem, "503 ServiceUnavailable") != NULL, "%s", listed.problem);
    cr_assert_eq(unable.starts, 2);
    listed_clear(&listed);
}

static void add_random_key(GPtrArray *keys, GRand *random, guint kind)
{
    static const char *const odd[] = {"a",
                                      "b",
                                      "z",
                                      "~",
                                      "/",
                                      "0",
                                      "9",
                                      "\x7f",
                                      "\t",
                                      "\n",
                                      " ",
                                      "+",
                                      "%",
                                      "&",
                                      "\001",
                                      "\xc3\xa9",
                                      "\xe6\x97\xa5",
                                      "\xef\xbf\xbf",
                                      "\xf0\x9f\x8c\xbb",
                                      "\xf4\x8f\xbf\xbf"};
    GString *key = g_string_new(kind % 2 == 0 ? "" : "p/");
    guint32 n = g_rand_int(random);

    if (kind % 3 == 0)
        g_string_append_printf(key, "%08x.jpg", n);
    else if (kind % 3 == 1)
        g_string_append_printf(key, "photos/%u/%02u/IMG_%05u", 2010 + n % 9, n / 9 % 12, n / 108 % 100000);
    for (guint i = kind % 3 == 2 ? n % 9 + 1 : 0; i > 0; i--)
        g_string_append(key, odd[g_rand_int_range(random, 0, G_N_ELEMENTS(odd))]);
    while (n % 997 == 0 && key->len < 1000)
        g_string_append(key, "long/");
    g_ptr_array_add(keys, g_string_free(key, FALSE));
}

Test(ranges, are_complete_with_random_keys)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    for (guint round = 0; round < 300; round++) {
        const guint mixed = round % 7 == 6, n = (guint)g_rand_int_range(random, 0, 500);
        const Wish wish = {round % 4 == 3 ? "p/" : "", (guint)g_rand_int_range(random, 1, 12),
                           round % 5 == 4};
        GPtrArray *made = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) keys = NULL;
        KeyServer server = {.page_keys = (guint)g_rand_int_range(random, 1, 30)};
        Listed listed;

        for (guint i = 0; i < n; i++)
            add_random_key(made, random, mixed ? g_rand_int(random) : round);
        keys = server.keys = key_set(made);
        listed = list(&server, &wish);
        assert_complete(&server, wish.prefix, &listed);
        cr_assert_null(listed.problem, "%s", listed.problem);
        listed_clear(&listed);
    }
}

/* No key is lost silently: a range that fails for good fails the listing. */
Test(ranges, a_failure_is_that_of_the_listing)
{
    g_autoptr(GPtrArray) keys = numbered(1000);
    KeyServer server = {.keys = keys, .page_keys = 10};
    Listed listed;

    g_ptr_array_add(keys, g_strdup("p/0500")); /* at the end, which is out of order */
    listed = list(&server, &(Wish){"p/", 8, FALSE});
    cr_assert_eq(error_class(listed.error), ERROR_PERMANENT);
    cr_assert(strstr(listed.error->message, "byte order") != NULL, "%s", listed.error->message);
    listed_clear(&listed);
}

typedef struct {
    S3SplitListing *listing;
    char *told; /* the error's text after the listing was freed */
    guint objects;
    gboolean came;
} Freer;

static void free_listing(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Freer *freer = data;

    (void)is_last;
    g_clear_pointer(&freer->listing, s3_split_listing_free);
    freer->came = TRUE;
    freer->told = error != NULL ? g_strdup(error->message) : NULL;
    for (guint i = 0; objects != NULL && i < objects->len; i++)
        freer->objects += ((const S3Object *)g_ptr_array_index(objects, i))->key[0] == 'p';
}

/* The arguments of a callback remain valid when it frees the listing. */
static Freer list_and_free(KeyServer *server)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Credentials) credentials = credentials_new("id", secret_new("s3cr3t", 6), NULL, "test");
    g_autoptr(CredentialsKeeper) keeper = credentials_keeper_new_fixed(credentials, context);
    RequestCounters counters = {0};
    HttpClient *http = http_client_new(context, NULL, &counters, NULL);
    g_autofree char *url = NULL;
    Freer freer = {0};
    S3Client *client;

    key_server_start(server);
    url = g_strdup_printf("http://127.0.0.1:%u", server->port);
    client = s3_client_new(endpoint_new(&(EndpointOptions){.url = url}, "bkt", NULL), keeper, http, 1);
    freer.listing =
        s3_split_listing_new(client, &(S3SplitOptions){.prefix = "p/", .ranges = 4}, free_listing, &freer);
    s3_split_listing_next(freer.listing);
    while (!freer.came)
        g_main_context_iteration(context, TRUE);
    s3_client_free(client);
    http_client_free(http);
    key_server_stop(server);
    return freer;
}

Test(ranges, what_is_given_outlives_the_listing)
{
    g_autoptr(GPtrArray) keys = numbered(30), unsorted = g_ptr_array_new();
    KeyServer server = {.keys = keys, .page_keys = 10}, refusing = {.keys = unsorted, .page_keys = 10};
    Freer page = list_and_free(&server), failure;

    cr_assert_null(page.told);
    cr_assert_eq(page.objects, 10);
    g_ptr_array_add(unsorted, (char *)"p/2");
    g_ptr_array_add(unsorted, (char *)"p/1");
    failure = list_and_free(&refusing);
    cr_assert_not_null(failure.told);
    cr_assert(strstr(failure.told, "byte order") != NULL, "%s", failure.told);
    g_free(failure.told);
}
