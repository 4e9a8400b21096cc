#include <criterion/criterion.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/executor_map.h"
#include "concurrent/inline_executor.h"
#include "concurrent/thread_executor.h"

static atomic_int ran;

/* Sleeps for the given time and returns it. */
static void sleep_ms(Call *call, GVariant *args, FdList *fds, void *data)
{
    gint32 ms = g_variant_get_int32(args);

    (void)fds;
    (void)data;
    atomic_fetch_add(&ran, 1);
    if (ms < 0) {
        call_fail(call, g_error_new_literal(error_quark(), ERROR_INPUT, "cannot sleep backwards"));
        return;
    }
    g_usleep((gulong)ms * 1000);
    call_return(call, args, NULL);
}

static const CallTarget targets[] = {{"sleep", "i", sleep_ms}};
static const CallTable table = {targets, G_N_ELEMENTS(targets), NULL};

static Executor *threads(guint max_workers)
{
    const ThreadExecutorOptions options = {.max_workers = max_workers, .table = table};

    return thread_executor_base(thread_executor_new(&options));
}

static ExecutorMap *map_ints(Executor *executor, const gint32 *values, gsize n,
                             const ExecutorMapOptions *options)
{
    GVariant *items[16];

    for (gsize i = 0; i < n; i++)
        items[i] = g_variant_new_int32(values[i]);
    return executor_map_array(executor, "sleep", items, n, options);
}

static void expect_next(ExecutorMap *map, gint32 value)
{
    g_autoptr(GVariant) result = executor_map_next(map, NULL);

    cr_assert_not_null(result);
    cr_assert_eq(g_variant_get_int32(result), value);
}

static void expect_failure(ExecutorMap *map, ErrorClass class)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(executor_map_next(map, &error));
    cr_assert_not_null(error);
    cr_assert_eq(error_class(error), class);
}

static void expect_end(ExecutorMap *map)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(executor_map_next(map, &error));
    cr_assert_null(error);
}

Test(executor_map, results_come_in_the_order_of_the_arguments)
{
    const gint32 values[] = {30, 0, 20, 10};
    g_autoptr(Executor) executor = threads(4);
    g_autoptr(ExecutorMap) map = map_ints(executor, values, G_N_ELEMENTS(values), NULL);
    g_autoptr(ExecutorMap) empty = map_ints(executor, values, 0, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        expect_next(map, values[i]);
    expect_end(map);
    expect_end(map);
    expect_end(empty);
}

Test(executor_map, a_failure_comes_at_its_position_and_ends_it)
{
    const gint32 values[] = {0, -1, 0};
    g_autoptr(Executor) executor = inline_executor_base(inline_executor_new(&table));
    g_autoptr(ExecutorMap) map = map_ints(executor, values, G_N_ELEMENTS(values), NULL);

    expect_next(map, 0);
    expect_failure(map, ERROR_INPUT);
    expect_end(map);
}

Test(executor_map, the_time_is_for_all)
{
    const gint32 values[] = {0, 800, 0};
    const ExecutorMapOptions options = {.timeout_us = 400 * CLOCK_US_PER_MS};
    g_autoptr(Executor) executor = threads(1);
    g_autoptr(ExecutorMap) map = map_ints(executor, values, G_N_ELEMENTS(values), &options);

    expect_next(map, 0);
    expect_failure(map, ERROR_TRANSIENT);
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_eq(atomic_load(&ran), 2, "the third was cancelled");
}

Test(executor_map, leaving_it_cancels_what_has_not_begun)
{
    const gint32 values[] = {0, 300, 0, 0};
    g_autoptr(Executor) executor = threads(1);
    g_autoptr(ExecutorMap) map = map_ints(executor, values, G_N_ELEMENTS(values), NULL);

    expect_next(map, 0);
    while (atomic_load(&ran) < 2)
        g_usleep(1000);
    executor_map_free(g_steal_pointer(&map));
    executor_map_free(NULL);
    executor_shutdown(executor, TRUE, FALSE);
    cr_assert_eq(atomic_load(&ran), 2);
}

static GVariant *zero_for_ever(void *data)
{
    ++*(guint *)data;
    return g_variant_new_int32(0);
}

Test(executor_map, an_endless_source_is_read_as_far_as_the_buffer)
{
    const ExecutorMapOptions options = {.timeout_us = CLOCK_FOREVER, .buffer = 5};
    guint asked = 0;
    g_autoptr(Executor) executor = threads(2);
    g_autoptr(ExecutorMap) map = executor_map(executor, "sleep", zero_for_ever, &asked, &options);

    cr_assert_eq(asked, 5u);
    for (int i = 0; i < 20; i++)
        expect_next(map, 0);
    cr_assert_eq(asked, 25u);
}

Test(executor_map, a_refused_task_fails_at_its_position)
{
    const ExecutorMapOptions options = {.timeout_us = CLOCK_FOREVER, .buffer = 1};
    guint asked = 0;
    g_autoptr(Executor) executor = threads(1);
    g_autoptr(ExecutorMap) map = executor_map(executor, "sleep", zero_for_ever, &asked, &options);

    executor_shutdown(executor, TRUE, FALSE);
    expect_next(map, 0);
    expect_failure(map, ERROR_CANCELLED);
    expect_end(map);
}
