/* The pool. */
#include "concurrent/pool.h"

#include "scenario.h"

static Pool *pool_of(guint processes)
{
    return pool_new(&(PoolOptions){.processes = processes}, g_main_context_default());
}

static GVariant *meeting(const char *mine, const char *other)
{
    return g_variant_new("(ss)", mine, other);
}

static GVariant *numbers(const gint32 *values, gsize n)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_INT32, values, n, sizeof *values);
}

static GVariant *numbers_to(gint32 n)
{
    gint32 values[20];

    for (gint32 i = 0; i < n; i++)
        values[i] = i;
    return numbers(values, (gsize)n);
}

static void say_apply(const char *what, Pool *pool, const char *target, GVariant *args)
{
    GError *error = NULL;
    GVariant *result = pool_apply(pool, target, args, &error);

    say_taken(what, result, error);
}

static void say_map(const char *what, Pool *pool, const char *target, GVariant *items, guint chunksize)
{
    GError *error = NULL;
    GVariant *results = pool_map(pool, target, items, chunksize, &error);

    say_taken(what, results, error);
}

static void say_join(const char *what, Pool *pool)
{
    GError *error = NULL;
    gboolean joined = pool_join(pool, &error);

    say_accepted(what, joined, error);
}

static void apply(void)
{
    g_autoptr(Pool) pool = pool_of(2);

    say_apply("square", pool, "square", g_variant_new_int32(7));
    say_apply("failure", pool, "fail", g_variant_new_string("no such page"));
    say_apply("nothing", pool, "return_nothing", g_variant_new("()"));
    say_apply("square", pool, "square", g_variant_new_int32(8));
}

static void apply_async(void)
{
    g_autoptr(Pool) pool = pool_of(1);
    g_autoptr(Future) result = pool_apply_async(pool, "meet", meeting("began", "go"), NULL, NULL);

    say_bool("ready", future_done(result));
    say_result("get", result, SHORT_US);
    touch("go");
    say_result("get", result, PATIENCE_US);
    say_result("get again", result, CLOCK_FOREVER);
    say_bool("ready", future_done(result));
}

static void two_at_once(void)
{
    g_autoptr(Pool) pool = pool_of(2);
    g_autoptr(Future) first = pool_apply_async(pool, "meet", meeting("a", "b"), NULL, NULL);
    g_autoptr(Future) second = pool_apply_async(pool, "meet", meeting("b", "a"), NULL, NULL);

    say_result("first", first, CLOCK_FOREVER);
    say_result("second", second, CLOCK_FOREVER);
}

/* Callbacks */

static void say_callback(GVariant *result, void *data)
{
    (void)data;
    say_value("callback", result);
}

static void say_error_callback(const GError *error, void *data)
{
    (void)data;
    say("error callback", error->message);
}

static const PoolListener sayer = {say_callback, say_error_callback, NULL};

static void callbacks(void)
{
    g_autoptr(Pool) pool = pool_of(1);
    g_autoptr(Future) good = pool_apply_async(pool, "square", g_variant_new_int32(3), &sayer, NULL);
    g_autoptr(Future) bad = NULL;

    say_result("good", good, CLOCK_FOREVER);
    bad = pool_apply_async(pool, "fail", g_variant_new_string("no"), &sayer, NULL);
    say_result("bad", bad, CLOCK_FOREVER);
}

static void callbacks_in_order(void)
{
    g_autoptr(Pool) pool = pool_of(1);

    for (gint32 i = 0; i < 5; i++)
        future_unref(pool_apply_async(pool, "square", g_variant_new_int32(i), &sayer, NULL));
    pool_close(pool);
    (void)pool_join(pool, NULL);
}

typedef struct {
    Pool *pool;
    Future *second;
} Chain;

static void submit_another(GVariant *result, void *data)
{
    Chain *chain = data;

    say_value("callback", result);
    chain->second = pool_apply_async(chain->pool, "square", result, NULL, NULL);
}

static void callback_that_submits(void)
{
    g_autoptr(Pool) pool = pool_of(1);
    Chain chain = {.pool = pool};
    g_autoptr(Future) first = pool_apply_async(pool, "square", g_variant_new_int32(3),
                                               &(PoolListener){submit_another, NULL, &chain}, NULL);

    say_result("first", first, CLOCK_FOREVER);
    say_result("second", chain.second, CLOCK_FOREVER);
    future_unref(chain.second);
}

/* Maps */

static void map_in_chunks(void)
{
    const guint sizes[] = {1, 3, 10, 1000, 0};
    g_autoptr(Pool) pool = pool_of(2);

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        say_map("squares", pool, "square", numbers_to(10), sizes[i]);
}

static void map_of_nothing(void)
{
    g_autoptr(Pool) pool = pool_of(1);
    g_autoptr(Future) result = NULL;

    say_map("squares", pool, "square", numbers_to(0), 0);
    result = pool_map_async(pool, "square", numbers_to(0), 0, NULL, NULL);
    say_result("squares", result, PATIENCE_US);
    say_bool("ready", future_done(result));
}

static void map_with_a_failing_item(void)
{
    const gint32 values[] = {1, 2, -3, 4};
    g_autoptr(Pool) pool = pool_of(2);

    say_map("map", pool, "check", numbers(values, 4), 1);
    say_map("map of chunks", pool, "check", numbers(values, 4), 2);
    say_map("afterwards", pool, "check", numbers(values, 2), 1);
}

static void rest_of_a_failing_chunk(void)
{
    const gint32 values[] = {1, 2, -3, 4, 5, 6};
    g_autoptr(Pool) pool = pool_of(1);

    say_map("map", pool, "log", numbers(values, 6), 4);
    say_lines("log");
}

static void map_async(void)
{
    const gint32 good[] = {1, 2, 3};
    const gint32 bad[] = {1, -2, 3};
    g_autoptr(Pool) pool = pool_of(1);
    g_autoptr(Future) first = pool_map_async(pool, "square", numbers(good, 3), 0, &sayer, NULL);
    g_autoptr(Future) second = NULL;

    say_result("get", first, CLOCK_FOREVER);
    second = pool_map_async(pool, "check", numbers(bad, 3), 1, &sayer, NULL);
    say_result("get", second, CLOCK_FOREVER);
}

/* Iterators */

typedef struct {
    GVariant *items; /* owned by the scenario */
    gsize next;
} Source;

static GVariant *source_next(void *data)
{
    Source *source = data;

    if (source->next == g_variant_n_children(source->items))
        return NULL;
    return g_variant_get_child_value(source->items, source->next++);
}

static void say_next(PoolIterator *iterator, gint64 timeout_us)
{
    GVariant *result = NULL;
    GError *error = NULL;

    (void)pool_iterator_next(iterator, timeout_us, &result, &error);
    say_taken("next", result, error);
}

typedef PoolIterator *(*Imap)(Pool *pool, const char *target, PoolNextFunc next, void *data, GError **error);

/* Takes ownership of items. */
static void say_items(Imap imap, Pool *pool, const char *target, GVariant *items, guint count)
{
    g_autoptr(GVariant) list = g_variant_ref_sink(items);
    Source source = {.items = list};
    g_autoptr(PoolIterator) iterator = imap(pool, target, source_next, &source, NULL);

    for (guint i = 0; i < count; i++)
        say_next(iterator, CLOCK_FOREVER);
}

static void imap_is_in_order(void)
{
    g_autoptr(Pool) pool = pool_of(2);

    say_items(pool_imap, pool, "meet", g_variant_new_parsed("[('a', 'b'), ('b', ''), ('c', '')]"), 5);
}

static void imap_unordered_gives_what_is_done(void)
{
    g_autoptr(Pool) pool = pool_of(2);
    g_autoptr(GVariant) pairs = g_variant_ref_sink(g_variant_new_parsed("[('a', 'go'), ('b', '')]"));
    Source source = {.items = pairs};
    g_autoptr(PoolIterator) iterator = pool_imap_unordered(pool, "meet", source_next, &source, NULL);

    say_next(iterator, CLOCK_FOREVER);
    touch("go");
    say_next(iterator, CLOCK_FOREVER);
    say_next(iterator, CLOCK_FOREVER);
}

static int compare_numbers(const void *a, const void *b)
{
    return *(const gint32 *)a - *(const gint32 *)b;
}

static void imap_unordered_gives_each_once(void)
{
    g_autoptr(Pool) pool = pool_of(2);
    g_autoptr(GVariant) items = g_variant_ref_sink(numbers_to(20));
    Source source = {.items = items};
    g_autoptr(PoolIterator) iterator = pool_imap_unordered(pool, "square", source_next, &source, NULL);
    g_autoptr(GArray) squares = g_array_new(FALSE, FALSE, sizeof(gint32));
    g_autoptr(GVariant) sorted = NULL;
    GVariant *result;

    while (pool_iterator_next(iterator, CLOCK_FOREVER, &result, NULL)) {
        gint32 n = g_variant_get_int32(result);

        g_array_append_val(squares, n);
        g_variant_unref(result);
    }
    g_array_sort(squares, compare_numbers);
    sorted = g_variant_ref_sink(numbers((gint32 *)(void *)squares->data, squares->len));
    say_value("squares", sorted);
}

static void imap_of_nothing(void)
{
    g_autoptr(Pool) pool = pool_of(1);

    say_items(pool_imap, pool, "square", numbers_to(0), 2);
    say_items(pool_imap_unordered, pool, "square", numbers_to(0), 2);
}

static void imap_goes_on_behind_a_failure(void)
{
    g_autoptr(Pool) pool = pool_of(1);

    say_items(pool_imap, pool, "check", g_variant_new_parsed("[1, -2, 3]"), 5);
}

static void imap_unordered_goes_on_behind_a_failure(void)
{
    g_autoptr(Pool) pool = pool_of(1);

    say_items(pool_imap_unordered, pool, "check", g_variant_new_parsed("[1, -2, 3]"), 5);
}

static void imap_with_a_timeout(void)
{
    g_autoptr(Pool) pool = pool_of(1);
    g_autoptr(GVariant) pairs = g_variant_ref_sink(g_variant_new_parsed("[('a', 'go'), ('b', '')]"));
    Source source = {.items = pairs};
    g_autoptr(PoolIterator) iterator = pool_imap(pool, "meet", source_next, &source, NULL);

    say_next(iterator, SHORT_US);
    say_next(iterator, SHORT_US);
    touch("go");
    say_next(iterator, PATIENCE_US);
    say_next(iterator, PATIENCE_US);
    say_next(iterator, PATIENCE_US);
}

/* The end */

static void say_refusals(Pool *pool)
{
    const gint32 one[] = {1};
    g_autoptr(GVariant) result = pool_apply(pool, "square", g_variant_new_int32(1), NULL);
    g_autoptr(Future) future = pool_apply_async(pool, "square", g_variant_new_int32(1), NULL, NULL);
    g_autoptr(GVariant) results = pool_map(pool, "square", numbers(one, 1), 0, NULL);
    g_autoptr(PoolIterator) iterator = pool_imap(pool, "square", source_next, NULL, NULL);

    say_accepted("apply", result != NULL, NULL);
    say_accepted("apply_async", future != NULL, NULL);
    say_accepted("map", results != NULL, NULL);
    say_accepted("imap", iterator != NULL, NULL);
}

static void submit_after_close(void)
{
    g_autoptr(Pool) pool = pool_of(1);
    g_autoptr(Future) before = pool_apply_async(pool, "meet", meeting("began", "go"), NULL, NULL);

    pool_close(pool);
    say_refusals(pool);
    touch("go");
    say_result("before", before, CLOCK_FOREVER);
    pool_close(pool);
    say_join("join", pool);
}

static void join_before_close(void)
{
    g_autoptr(Pool) pool = pool_of(1);

    say_join("join", pool);
    say_apply("square", pool, "square", g_variant_new_int32(2));
    say_join("join", pool);
}

static void join_after_close(void)
{
    g_autoptr(Pool) pool = pool_of(2);
    g_autoptr(GVariant) ready_list = NULL;
    g_autoptr(GVariant) results_list = NULL;
    GVariantBuilder ready;
    GVariantBuilder results;
    Future *futures[10];

    for (gint32 i = 0; i < 10; i++)
        futures[i] = pool_apply_async(pool, "square", g_variant_new_int32(i), NULL, NULL);
    pool_close(pool);
    say_join("join", pool);
    g_variant_builder_init(&ready, G_VARIANT_TYPE("ab"));
    g_variant_builder_init(&results, G_VARIANT_TYPE("ai"));
    for (guint i = 0; i < 10; i++) {
        g_variant_builder_add(&ready, "b", future_done(futures[i]));
        g_variant_builder_add_value(&results, future_result(futures[i], 0, NULL));
        future_unref(futures[i]);
    }
    ready_list = g_variant_ref_sink(g_variant_builder_end(&ready));
    results_list = g_variant_ref_sink(g_variant_builder_end(&results));
    say_value("ready", ready_list);
    say_value("results", results_list);
    say_join("join again", pool);
}

static void terminate_does_not_wait(void)
{
    g_autoptr(Pool) pool = pool_of(1);
    g_autoptr(GVariant) result = NULL;
    GError *error = NULL;

    future_unref(pool_apply_async(pool, "meet", meeting("began", "never"), &sayer, NULL));
    serve_until_file("began");
    pool_terminate(pool);
    say_join("join", pool);
    result = pool_apply(pool, "square", g_variant_new_int32(1), &error);
    say_accepted("apply", result != NULL, error);
    pool_terminate(pool);
    say_join("join again", pool);
}

static void terminate_after_close(void)
{
    g_autoptr(Pool) pool = pool_of(1);

    future_unref(pool_apply_async(pool, "meet", meeting("began", "never"), NULL, NULL));
    serve_until_file("began");
    pool_close(pool);
    pool_terminate(pool);
    say_join("join", pool);
}

/* Recycling */

/* Reports which results come from the same process as the one before. Takes ownership of pids. */
static void say_recycling(GVariant *pids)
{
    g_autoptr(GVariant) list = g_variant_ref_sink(pids);
    g_autoptr(GVariant) words = NULL;
    GVariantBuilder builder;
    gsize n;
    const gint32 *ids = g_variant_get_fixed_array(list, &n, sizeof *ids);

    g_variant_builder_init(&builder, G_VARIANT_TYPE("as"));
    for (gsize i = 1; i < n; i++)
        g_variant_builder_add(&builder, "s", ids[i] == ids[i - 1] ? "same" : "fresh");
    words = g_variant_ref_sink(g_variant_builder_end(&builder));
    say_value("process", words);
}

static GVariant *ids_of_five(Pool *pool)
{
    gint32 ids[5];

    for (gint32 i = 0; i < 5; i++) {
        g_autoptr(GVariant) id = pool_apply(pool, "process_id", g_variant_new_int32(i), NULL);

        ids[i] = g_variant_get_int32(id);
    }
    return numbers(ids, 5);
}

static void fresh_process_after_some_tasks(void)
{
    g_autoptr(Pool) pool = pool_new(&(PoolOptions){.processes = 1, .max_tasks_per_child = 2}, NULL);

    say_recycling(ids_of_five(pool));
}

static void one_process_for_all_tasks(void)
{
    g_autoptr(Pool) pool = pool_of(1);

    say_recycling(ids_of_five(pool));
}

static void chunk_is_one_task(void)
{
    g_autoptr(Pool) pool = pool_new(&(PoolOptions){.processes = 1, .max_tasks_per_child = 1}, NULL);
    GVariant *ids = pool_map(pool, "process_id", numbers_to(6), 2, NULL);

    say_recycling(ids);
    g_variant_unref(ids);
}

static void initializer(void)
{
    g_autoptr(Pool) pool =
        pool_new(&(PoolOptions){.processes = 2, .initializer_args = g_variant_new_int32(5)}, NULL);

    say_map("initialized", pool, "initialized_with", numbers_to(4), 1);
}

static void initializer_of_fresh_processes(void)
{
    g_autoptr(Pool) pool = pool_new(
        &(PoolOptions){.processes = 1, .max_tasks_per_child = 1, .initializer_args = g_variant_new_int32(6)},
        NULL);

    say_map("initialized", pool, "initialized_with", numbers_to(3), 1);
}

const Scenario pools_scenarios[] = {
    SCENARIO(apply),
    SCENARIO(apply_async),
    SCENARIO(two_at_once),
    SCENARIO(callbacks),
    SCENARIO(callbacks_in_order),
    SCENARIO(callback_that_submits),
    SCENARIO(map_in_chunks),
    SCENARIO(map_of_nothing),
    SCENARIO(map_with_a_failing_item),
    SCENARIO(rest_of_a_failing_chunk),
    SCENARIO(map_async),
    SCENARIO(imap_is_in_order),
    SCENARIO(imap_unordered_gives_what_is_done),
    SCENARIO(imap_unordered_gives_each_once),
    SCENARIO(imap_of_nothing),
    SCENARIO(imap_goes_on_behind_a_failure),
    SCENARIO(imap_unordered_goes_on_behind_a_failure),
    SCENARIO(imap_with_a_timeout),
    SCENARIO(submit_after_close),
    SCENARIO(join_before_close),
    SCENARIO(join_after_close),
    SCENARIO(terminate_does_not_wait),
    SCENARIO(terminate_after_close),
    SCENARIO(fresh_process_after_some_tasks),
    SCENARIO(one_process_for_all_tasks),
    SCENARIO(chunk_is_one_task),
    SCENARIO(initializer),
    SCENARIO(initializer_of_fresh_processes),
    {.name = NULL},
};
