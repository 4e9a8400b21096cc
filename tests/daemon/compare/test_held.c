#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "daemon/compare/held.h"
#include "store/open.h"

#define SOURCE_S 1000000000

typedef struct {
    GMainContext *context;
    StoreCounters counters;
    char *root; /* root of the destination; ends with '/' */
    Store *store;
    Held *held;
    GString *heard; /* for each object "key: missing outputs, number of existing ones" */
} Bench;

static void on_held(const StoreObject *object, Diff *diff, void *data)
{
    Bench *bench = data;

    g_string_append_printf(bench->heard, "%s:", object->key);
    for (guint i = 0; i < diff->wanted->len; i++)
        g_string_append_printf(bench->heard, " %s", diff_wanted(diff, i)->key);
    g_string_append_printf(bench->heard, ", %u; ", diff->up_to_date);
}

static GVariant *keys_of(const char *const *keys)
{
    return g_variant_ref_sink(g_variant_new_bytestring_array(keys, -1));
}

static void bench_open(Bench *bench, const char *const *keys)
{
    g_autofree char *path = g_dir_make_tmp("test-held-XXXXXX", NULL);
    g_autofree char *url = g_strconcat("file://", path, "/", NULL);
    g_autoptr(GVariant) held = keys != NULL ? keys_of(keys) : NULL;

    *bench = (Bench){.context = g_main_context_new(), .root = g_strconcat(path, "/", NULL)};
    bench->store = store_open(
        &(StoreOptions){.url = url, .context = bench->context, .counters = &bench->counters}, NULL);
    bench->heard = g_string_new(NULL);
    static RecipeClocks *const clocks = NULL;

    bench->held = held_new(held, bench->store, &clocks, on_held, bench);
}

static void bench_close(Bench *bench)
{
    g_autofree char *command = g_strconcat("rm -rf ", bench->root, NULL);

    held_free(bench->held);
    store_close(bench->store);
    cr_assert_eq(system(command), 0);
    g_main_context_unref(bench->context);
    g_string_free(bench->heard, TRUE);
    g_free(bench->root);
}

static void make(const Bench *bench, const char *key, gint64 mtime_s)
{
    g_autofree char *path = g_strconcat(bench->root, key, NULL);
    const struct utimbuf times = {mtime_s, mtime_s};

    cr_assert(g_file_set_contents(path, "", 0, NULL));
    cr_assert_eq(g_utime(path, (struct utimbuf *)&times), 0);
}

static void output_clear(void *data)
{
    g_free(((DiffOutput *)data)->key);
}

/* Whether the object is taken; it lacks a large and a small output. */
static gboolean take(Bench *bench, const char *key)
{
    const StoreObject object = {.key = key, .etag = "e", .mtime_s = SOURCE_S};
    g_auto(Diff) diff = {.wanted = g_array_new(FALSE, TRUE, sizeof(DiffOutput)), .up_to_date = 1};

    g_array_set_clear_func(diff.wanted, output_clear);
    for (guint i = 0; i < 2; i++) {
        DiffOutput output = {i, g_strconcat(i == 0 ? "l-" : "s-", key, NULL), TRUE, FRESHNESS_MISSING};

        g_array_append_val(diff.wanted, output);
    }
    return held_take(bench->held, &object, &diff);
}

static void run(Bench *bench)
{
    while (held_count(bench->held) > 0)
        g_main_context_iteration(bench->context, TRUE);
}

Test(held, what_was_made_meanwhile_is_not_lacking)
{
    static const char *const keys[] = {"all", "half", "none", "old", "elsewhere", NULL};
    Bench bench;

    bench_open(&bench, keys);
    cr_assert(!take(&bench, "other"));
    for (guint i = 0; i < 4; i++)
        cr_assert(take(&bench, keys[i]));
    cr_assert(!take(&bench, "all"), "twice");
    while (g_main_context_iteration(bench.context, FALSE))
        ;
    cr_assert_eq(held_count(bench.held), 4);
    cr_assert_eq(bench.counters.list, 0, "nothing is looked at before it is released");
    make(&bench, "l-all", SOURCE_S);
    make(&bench, "s-all", SOURCE_S + 1);
    make(&bench, "s-half", SOURCE_S + 1);
    make(&bench, "l-old", SOURCE_S - 1);
    held_release(bench.held);
    run(&bench);
    cr_expect_not_null(strstr(bench.heard->str, "all:, 2; "), "%s", bench.heard->str);
    cr_expect_not_null(strstr(bench.heard->str, "half: l-half, 1; "), "%s", bench.heard->str);
    cr_expect_not_null(strstr(bench.heard->str, "none: l-none s-none, 0; "), "%s", bench.heard->str);
    cr_expect_not_null(strstr(bench.heard->str, "old: l-old s-old, 0; "), "%s", bench.heard->str);
    cr_expect_eq(bench.counters.list, 8);
    bench_close(&bench);
}

Test(held, one_that_is_listed_later_is_looked_at_too)
{
    static const char *const keys[] = {"late", NULL};
    Bench bench;

    bench_open(&bench, keys);
    held_release(bench.held);
    make(&bench, "l-late", SOURCE_S);
    cr_assert(take(&bench, "late"), "what the destination was listed with is too old for it");
    run(&bench);
    cr_expect_str_eq(bench.heard->str, "late: s-late, 1; ");
    bench_close(&bench);
}

Test(held, many_are_looked_at_a_few_at_a_time)
{
    enum { N = 200 };
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    Bench bench;

    for (guint i = 0; i < N; i++)
        g_ptr_array_add(keys, g_strdup_printf("%03u", i));
    g_ptr_array_add(keys, NULL);
    bench_open(&bench, (const char *const *)keys->pdata);
    for (guint i = 0; i < N; i++)
        cr_assert(take(&bench, keys->pdata[i]));
    held_release(bench.held);
    run(&bench);
    cr_expect_eq(bench.counters.list, 2 * N);
    bench_close(&bench);
}

Test(held, what_is_dropped_is_not_heard_of)
{
    static const char *const keys[] = {"a", "b", NULL};
    Bench bench;

    bench_open(&bench, keys);
    take(&bench, "a");
    held_release(bench.held);
    take(&bench, "b");
    held_drop(bench.held);
    cr_expect_eq(held_count(bench.held), 0);
    while (g_main_context_iteration(bench.context, FALSE))
        ;
    cr_expect_str_eq(bench.heard->str, "");
    bench_close(&bench);
}

Test(held, none)
{
    Bench bench;

    bench_open(&bench, NULL);
    cr_expect(!take(&bench, "a"));
    held_release(bench.held);
    cr_expect_eq(held_count(bench.held), 0);
    bench_close(&bench);
}
