#include <criterion/criterion.h>
#include <signal.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/pool.h"

static Pool *pool_of(guint processes, guint max_tasks_per_child)
{
    return pool_new(&(PoolOptions){.executable = TEST_BIN "/concurrent_test_child",
                                   .stdio = PROCESS_STDIO_CAPTURE,
                                   .processes = processes,
                                   .initializer_args = g_variant_new("(i)", 5),
                                   .max_tasks_per_child = max_tasks_per_child},
                    NULL);
}

static GVariant *number(gint64 n)
{
    return g_variant_new("(x)", n);
}

static GVariant *numbers(gint64 n)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(x)"));
    for (gint64 i = 0; i < n; i++)
        g_variant_builder_add(&builder, "(x)", i);
    return g_variant_builder_end(&builder);
}

/* Clears *error, which the call in the first argument has set. */
static void fails_with(GVariant *result, GError **error, ErrorClass class)
{
    cr_assert_null(result);
    cr_assert_not_null(*error);
    cr_assert_eq(error_class(*error), class, "%s", (*error)->message);
    g_clear_error(error);
}

static gint64 take_number(GVariant *value)
{
    gint64 n;

    cr_assert_not_null(value);
    g_variant_get(value, "(x)", &n);
    g_variant_unref(value);
    return n;
}

Test(pool, apply_waits_for_one_result_or_failure)
{
    g_autoptr(Pool) pool = pool_of(2, 0);
    GError *error = NULL;

    cr_assert_eq(take_number(pool_apply(pool, "square", number(7), NULL)), 49);
    fails_with(pool_apply(pool, "fail", g_variant_new("(s)", "no"), &error), &error, ERROR_INPUT);
    fails_with(pool_apply(pool, "die", g_variant_new("(i)", SIGSEGV), &error), &error, ERROR_CRASH);
    cr_assert_eq(take_number(pool_apply(pool, "square", number(8), NULL)), 64);
}

Test(pool, map_gives_results_in_order_whatever_the_chunk_size)
{
    static const guint sizes[] = {0, 1, 3, 100, 1000, G_MAXUINT};
    g_autoptr(Pool) pool = pool_of(2, 0);

    for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
        g_autoptr(GVariant) squares = pool_map(pool, "square", numbers(100), sizes[s], NULL);

        cr_assert_eq(g_variant_n_children(squares), 100u);
        for (gint64 i = 0; i < 100; i++)
            cr_assert_eq(take_number(g_variant_get_child_value(squares, (gsize)i)), i * i);
    }
}

Test(pool, map_of_nothing_is_nothing)
{
    g_autoptr(Pool) pool = pool_of(1, 0);
    g_autoptr(GVariant) nothing = pool_map(pool, "square", numbers(0), 0, NULL);

    cr_assert_eq(g_variant_n_children(nothing), 0u);
}

Test(pool, a_failing_item_fails_the_map)
{
    g_autoptr(Pool) pool = pool_of(2, 0);
    GError *error = NULL;

    fails_with(pool_map(pool, "fail", g_variant_new_parsed("[('a',), ('b',)]"), 1, &error), &error,
               ERROR_INPUT);
}

Test(pool, initializer_and_recycling)
{
    g_autoptr(Pool) pool = pool_of(1, 2);
    gint32 pids[4], initialized;

    for (int i = 0; i < 4; i++) {
        g_autoptr(GVariant) result = pool_apply(pool, "pid", g_variant_new("()"), NULL);

        g_variant_get(result, "(ii)", &pids[i], &initialized);
        cr_assert_eq(initialized, 5);
    }
    cr_assert_eq(pids[0], pids[1]);
    cr_assert_neq(pids[1], pids[2]);
    cr_assert_eq(pids[2], pids[3]);
}

static void on_result(GVariant *result, void *data)
{
    *(gsize *)data = g_variant_n_children(result);
}

static void on_error(const GError *error, void *data)
{
    *(ErrorClass *)data = error_class(error);
}

Test(pool, callbacks_hear_of_the_result_or_the_failure)
{
    g_autoptr(Pool) pool = pool_of(2, 0);
    gsize children = 0;
    ErrorClass class = ERROR_INTERNAL;
    g_autoptr(Future) map =
        pool_map_async(pool, "square", numbers(10), 0, &(PoolListener){on_result, on_error, &children}, NULL);
    g_autoptr(Future) bad = pool_apply_async(pool, "fail", g_variant_new("(s)", "x"),
                                             &(PoolListener){on_result, on_error, &class}, NULL);

    cr_assert_not_null(future_result(map, CLOCK_FOREVER, NULL));
    cr_assert_not_null(future_exception(bad, CLOCK_FOREVER, NULL));
    cr_assert_eq(children, 10u);
    cr_assert_eq(class, ERROR_INPUT);
}

/* Yields endless arguments; counts how many were requested. */
static GVariant *next_number(void *data)
{
    gint64 *asked = data;

    return number((*asked)++);
}

static GVariant *next_of_ten(void *data)
{
    gint64 *asked = data;

    return *asked < 10 ? next_number(data) : NULL;
}

Test(pool, imap_is_lazy_and_in_order)
{
    g_autoptr(Pool) pool = pool_of(2, 0);
    gint64 asked = 0;
    g_autoptr(PoolIterator) iterator = pool_imap(pool, "square", next_number, &asked, NULL);
    GVariant *result;

    cr_assert_eq(asked, 0);
    for (gint64 i = 0; i < 200; i++) {
        cr_assert(pool_iterator_next(iterator, CLOCK_FOREVER, &result, NULL));
        cr_assert_eq(take_number(result), i * i);
        cr_assert_leq(asked, i + 8);
    }
}

Test(pool, imap_unordered_gives_each_once)
{
    g_autoptr(Pool) pool = pool_of(2, 0);
    gint64 asked = 0, sum = 0;
    g_autoptr(PoolIterator) iterator = pool_imap_unordered(pool, "square", next_of_ten, &asked, NULL);
    g_autoptr(GError) error = NULL;
    GVariant *result;

    while (pool_iterator_next(iterator, CLOCK_FOREVER, &result, &error))
        sum += take_number(result);
    cr_assert_null(error);
    cr_assert_eq(sum, 285);
    cr_assert_not(pool_iterator_next(iterator, CLOCK_FOREVER, &result, &error));
    cr_assert_null(error);
}

static GVariant *bad_then_good(void *data)
{
    static const char *const texts[] = {"a", "b"};
    guint *asked = data;

    return *asked < 2 ? g_variant_new("(s)", texts[(*asked)++]) : NULL;
}

Test(pool, an_iterator_goes_on_behind_a_failure)
{
    g_autoptr(Pool) pool = pool_of(1, 0);
    guint asked = 0;
    g_autoptr(PoolIterator) iterator = pool_imap(pool, "fail", bad_then_good, &asked, NULL);
    GVariant *result;

    for (int i = 0; i < 2; i++) {
        GError *error = NULL;

        cr_assert_not(pool_iterator_next(iterator, CLOCK_FOREVER, &result, &error));
        fails_with(NULL, &error, ERROR_INPUT);
    }
    cr_assert_not(pool_iterator_next(iterator, CLOCK_FOREVER, &result, NULL));
}

static GVariant *hang_once(void *data)
{
    guint *asked = data;

    return (*asked)++ == 0 ? g_variant_new("()") : NULL;
}

Test(pool, next_waits_no_longer_than_it_may)
{
    g_autoptr(Pool) pool = pool_of(1, 0);
    guint asked = 0;
    PoolIterator *iterator = pool_imap(pool, "hang", hang_once, &asked, NULL);
    GError *error = NULL;
    GVariant *result;

    cr_assert_not(pool_iterator_next(iterator, 50 * CLOCK_US_PER_MS, &result, &error));
    fails_with(NULL, &error, ERROR_TRANSIENT);
    pool_iterator_free(iterator); /* its task continues, and its result is discarded */
}

Test(pool, join_before_close_is_an_error)
{
    g_autoptr(Pool) pool = pool_of(1, 0);
    g_autoptr(Future) future = pool_apply_async(pool, "square", number(3), NULL, NULL);
    GError *error = NULL;

    cr_assert_not(pool_join(pool, &error));
    fails_with(NULL, &error, ERROR_INTERNAL);
    pool_close(pool);
    fails_with(pool_apply(pool, "square", number(3), &error), &error, ERROR_CANCELLED);
    cr_assert(pool_join(pool, NULL));
    cr_assert(future_done(future));
    cr_assert_not_null(future_result(future, 0, NULL));
    cr_assert(pool_join(pool, NULL), "twice does no harm");
}

Test(pool, terminate_fails_what_runs)
{
    g_autoptr(Pool) pool = pool_of(1, 0);
    ErrorClass class = ERROR_INPUT;
    g_autoptr(Future) stuck =
        pool_apply_async(pool, "hang", g_variant_new("()"), &(PoolListener){NULL, on_error, &class}, NULL);
    GError *error = NULL;

    pool_terminate(pool);
    cr_assert_null(future_result(stuck, 0, &error));
    fails_with(NULL, &error, ERROR_CANCELLED);
    cr_assert_eq(class, ERROR_INPUT, "no callback");
    cr_assert(pool_join(pool, NULL));
}
