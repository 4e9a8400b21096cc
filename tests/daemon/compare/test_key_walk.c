/* A walk along a list of keys says of each what a comparison of everything says of it, whatever the keys, the
 * templates and the failures of the source. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/compare/key_walk.h"
#include "tests/store/memory_store.h"

#define CASES 300

static GMainContext *context;
static Store *source;
static Config *config;
static KeyOrder *order;
static RunReport *report;
static GHashTable *told; /* key to "found" or the error's message, both char */
static gboolean is_poked;
static guint failures;

static void prepare(const char *outputs)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: 's3://bkt/s/', include: ['*'], exclude: ['*.txt']}\n"
                        "destination: {url: 's3://bkt/d/'}\noutputs:\n%s",
                        outputs);
    g_autofree char *reason = NULL;

    log_set_level(LOG_ERROR);
    context = g_main_context_new();
    source = memory_store_new("s3://bkt/s/", context);
    config = config_parse(text, strlen(text), "c", NULL);
    cr_assert_not_null(config);
    order = key_order_new(config, &reason);
    cr_assert_not_null(order, "%s", reason);
    report = report_new("r");
    told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    failures = 0;
}

static void clean_up(void)
{
    g_hash_table_unref(told);
    report_free(report);
    key_order_free(order);
    config_free(config);
    store_close(source);
    g_main_context_unref(context);
}

static void on_page(const SweepPage *page, void *data)
{
    (void)data;
    cr_assert(page->is_source);
    failures += page->error != NULL;
}

static void add(const char *key, const char *what)
{
    cr_assert_not(g_hash_table_contains(told, key), "'%s' was told twice", key);
    g_hash_table_insert(told, g_strdup(key), g_strdup(what));
}

static void on_found(StoreObject *object, Diff *diff, void *data)
{
    (void)data;
    cr_assert_eq(diff->wanted->len, config->outputs->len);
    add(object->key, "found");
    store_object_free(object);
}

static void on_refused(StoreObject *object, const GError *error, void *data)
{
    (void)data;
    add(object->key, error->message);
    store_object_free(object);
}

static void on_poke(void *data)
{
    (void)data;
    is_poked = TRUE;
}

static KeyWalk *walk_of(int fd, const Scope *scope)
{
    return key_walk_new(fd,
                        &(KeyWalkOptions){.config = config,
                                          .order = order,
                                          .source = source,
                                          .scope = scope,
                                          .report = report,
                                          .on_page = on_page,
                                          .on_found = on_found,
                                          .on_refused = on_refused,
                                          .on_poke = on_poke},
                        context, NULL);
}

/* keys: each followed by NUL. The source fails now and then, if dice are given. */
static void walk_along(const GString *keys, const Scope *scope, GRand *dice)
{
    int ends[2];
    KeyWalk *walk;

    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert(fd_write_all(ends[1], keys->str, keys->len));
    fd_clear(&ends[1]);
    walk = walk_of(ends[0], scope);
    fd_clear(&ends[0]);
    is_poked = TRUE;
    while (!key_walk_is_done(walk)) {
        if (dice != NULL) {
            memory_store_fail(source,
                              g_rand_int_range(dice, 0, 6) == 0 ? ERROR_UNAVAILABLE : ERROR_CLASS_NONE);
            is_poked = TRUE;
        }
        if (is_poked)
            (void)key_walk_step(walk, dice != NULL && g_rand_boolean(dice) ? SWEEP_PROBE : SWEEP_GO, TRUE);
        is_poked = FALSE;
        if (!key_walk_is_done(walk))
            g_main_context_iteration(context, dice == NULL);
    }
    key_walk_free(walk);
}

static char *random_key(GRand *dice)
{
    static const char *const pieces[] = {"a", "b", ".", "_t", "/", ".jpg", ".png", ".txt", "-5", "\xc3\xa9"};
    g_autoptr(GString) key = g_string_new(NULL);

    for (gint32 n = g_rand_int_range(dice, 1, 5); n > 0; n--)
        g_string_append(key, pieces[g_rand_int_range(dice, 0, G_N_ELEMENTS(pieces))]);
    while (key->len > 0 && key->str[key->len - 1] == '/')
        g_string_truncate(key, key->len - 1);
    return key->len > 0 ? g_strdup(key->str) : NULL;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What a comparison of everything says: "found", or "refused" for objects whose output key another one has. */
static GHashTable *compare_all(const GPtrArray *keys)
{
    GHashTable *all = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Index) index = index_new(NULL);

    for (guint i = 0; i < keys->len; i++) {
        g_auto(Diff) diff = {0};

        if (!g_str_has_suffix(keys->pdata[i], ".txt"))
            g_hash_table_insert(
                all, keys->pdata[i],
                (void *)(diff_claim(config, index, keys->pdata[i], &diff, NULL) ? "found" : "refused"));
    }
    return all;
}

static void try_case(GRand *dice, guint *ret_refused)
{
    g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) list = g_string_new(NULL);
    g_autoptr(GHashTable) all = NULL, listed = g_hash_table_new(g_str_hash, g_str_equal);
    const Scope scope = {.list = (char *)"list"};

    for (guint i = 0; i < 40; i++) {
        char *key = random_key(dice);

        if (key == NULL || g_hash_table_contains(set, key)) {
            g_free(key);
            continue;
        }
        g_hash_table_add(set, key);
        g_ptr_array_add(keys, key);
    }
    for (guint i = 0; i < keys->len; i++) {
        const char *key = keys->pdata[g_rand_int_range(dice, 0, (gint32)keys->len)];

        memory_store_put(source, keys->pdata[i], 1);
        g_string_append_len(list, key, (gssize)strlen(key) + 1);
        g_hash_table_add(listed, (char *)key);
    }
    g_ptr_array_sort(keys, compare);
    walk_along(list, &scope, dice);
    all = compare_all(keys);
    for (guint i = 0; i < keys->len; i++) {
        const char *expected = g_hash_table_lookup(all, keys->pdata[i]),
                   *got = g_hash_table_lookup(told, keys->pdata[i]);

        if (!g_hash_table_contains(listed, keys->pdata[i]))
            expected = NULL;
        cr_assert_eq(expected == NULL, got == NULL, "'%s'", (char *)keys->pdata[i]);
        if (expected != NULL)
            cr_assert_eq(strcmp(expected, "found") == 0, strcmp(got, "found") == 0, "'%s': %s, not %s",
                         (char *)keys->pdata[i], got, expected);
        *ret_refused += expected != NULL && strcmp(expected, "refused") == 0;
    }
    cr_assert_eq(report->left_out.absent, 0);
}

Test(key_walk, each_key_is_told_as_a_comparison_of_everything_tells_it)
{
    static const char *const outputs[] = {
        "- {name: a, width: 1}\n- {name: b, width: 1, format: webp}\n",
        "- {name: a, width: 1, key: '{dir}{stem}.{ext}'}\n- {name: b, width: 1, key: "
        "'{dir}{stem}_t.{ext}'}\n",
        "- {name: a, width: 1, key: '{dir}{stem}.{ext}'}\n- {name: b, width: 1, key: "
        "'{dir}{stem}-5.{ext}'}\n",
        "- {name: a, width: 1, key: '{dir}{name}'}\n- {name: b, width: 1, key: '{dir}{name}-5'}\n",
        "- {name: a, width: 1, format: source, key: '{dir}{stem}/{stem}.{ext}'}\n"
        "- {name: b, width: 1, format: source, key: '{dir}{stem}.{ext}'}\n",
    };
    g_autoptr(GRand) dice = g_rand_new_with_seed(1);
    guint refused = 0, all_failures = 0;

    for (guint i = 0; i < CASES; i++) {
        prepare(outputs[i % G_N_ELEMENTS(outputs)]);
        try_case(dice, &refused);
        all_failures += failures;
        clean_up();
    }
    cr_assert_gt(refused, CASES);
    cr_assert_gt(all_failures, CASES);
}

static void list_key(GString *list, const char *key)
{
    g_string_append_len(list, key, (gssize)strlen(key) + 1);
}

Test(key_walk, what_is_left_out_is_counted)
{
    g_autoptr(GString) list = g_string_new(NULL);
    const Scope scope = {.prefix = (char *)"d/", .list = (char *)"list"};

    prepare("- {name: a, width: 1}\n");
    memory_store_put(source, "d/a.jpg", 1);
    memory_store_put(source, "d/a.txt", 1);
    memory_store_put(source, "e/a.jpg", 1);
    list_key(list, "d/a.jpg");
    list_key(list, "e/a.jpg");
    list_key(list, "d/gone.jpg");
    list_key(list, "d/a.jpg");
    list_key(list, "d/gone.jpg");
    list_key(list, "d/a.txt");
    walk_along(list, &scope, NULL);
    cr_assert_eq(g_hash_table_size(told), 1);
    cr_assert_eq(report->left_out.outside, 1);
    cr_assert_eq(report->left_out.absent, 1);
    cr_assert_eq(report->left_out.duplicate, 2);
    cr_assert_eq(report->left_out.not_selected, 1);
    clean_up();
}

Test(key_walk, an_object_is_found_beside_more_names_than_are_listed)
{
    g_autoptr(GString) list = g_string_new(NULL);
    const Scope scope = {.list = (char *)"list"};

    prepare("- {name: a, width: 1}\n");
    for (guint i = 0; i < 20 * MEMORY_STORE_PAGE; i++) {
        g_autofree char *key = g_strdup_printf("a.%03u.jpg", i);

        memory_store_put(source, key, 1);
    }
    memory_store_put(source, "a.jpg", 1);
    list_key(list, "a.jpg");
    list_key(list, "a.030.jpg");
    walk_along(list, &scope, NULL);
    cr_assert_str_eq(g_hash_table_lookup(told, "a.jpg"), "found");
    cr_assert_str_eq(g_hash_table_lookup(told, "a.030.jpg"), "found");
    cr_assert_leq(memory_store_pages(source), 16u);
    clean_up();
}

/* The walk reads no more than it needs, so the writer has to wait. */
Test(key_walk, reads_the_list_as_it_is_worked_through)
{
    const Scope scope = {.list = (char *)"list"};
    gsize written = 0;
    int ends[2];
    KeyWalk *walk;

    prepare("- {name: a, width: 1}\n");
    cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    walk = walk_of(ends[0], &scope);
    fd_clear(&ends[0]);
    for (guint i = 0; i < 200000; i++) {
        char key[16];

        (void)g_snprintf(key, sizeof key, "%08u.jpg", i % 100000000);
        if (write(ends[1], key, strlen(key) + 1) < 0)
            break;
        written += strlen(key) + 1;
        (void)key_walk_step(walk, SWEEP_WAIT, TRUE);
        g_main_context_iteration(context, FALSE);
    }
    cr_assert_lt(written, 400000, "the pipe was full at last");
    cr_assert_not(key_walk_is_done(walk));
    fd_clear(&ends[1]);
    key_walk_free(walk);
    clean_up();
}
