#include "concurrent/pool.h"

#include "base/clock.h"
#include "base/cpus.h"
#include "base/error.h"
#include "base/timer.h"
#include "concurrent/chunk.h"
#include "concurrent/process_executor.h"

/* One, so that no task waits behind a long one while another process is idle. */
#define TASKS_IN_FLIGHT 1

/* How many items per process an iterator submits ahead of the results that were taken. */
#define ITEMS_AHEAD 4

/* As in Python: chunks for each process if the caller gives no chunk size. */
#define CHUNKS_PER_PROCESS 4

struct Pool {
    ProcessExecutor *executor; /* NULL after pool_terminate() */
    GMainContext *context;
    guint processes;
    guint iterators; /* number of iterators that may still submit */
    gboolean closed;
};

Pool *pool_new(const PoolOptions *options, GMainContext *context)
{
    Pool *pool = g_new0(Pool, 1);
    ProcessExecutorOptions executor = {.name = "pool process",
                                       .executable = options->executable,
                                       .args = options->args,
                                       .env = options->env,
                                       .stdio = options->stdio,
                                       .tasks_in_flight = TASKS_IN_FLIGHT,
                                       .max_tasks_per_child = options->max_tasks_per_child,
                                       .initializer_args = options->initializer_args};

    pool->processes = options->processes > 0 ? options->processes : cpus_available();
    pool->context = context != NULL ? g_main_context_ref(context) : g_main_context_new();
    executor.max_workers = pool->processes;
    pool->executor = process_executor_new(&executor, pool->context);
    return pool;
}

static gboolean pool_is_open(const Pool *pool, GError **error)
{
    if (pool->closed)
        error_set(error, ERROR_CANCELLED, "the pool is closed");
    return !pool->closed;
}

/* Takes ownership of the reference to future. Returns its result, owned by the caller, or NULL. */
static GVariant *wait_for(Future *future, GError **error)
{
    g_autoptr(Future) mine = future;
    GVariant *result = mine != NULL ? future_result(mine, CLOCK_FOREVER, error) : NULL;

    return result != NULL ? g_variant_ref(result) : NULL;
}

/* Callbacks */

static void tell_listener(Future *future, void *data)
{
    g_autofree PoolListener *listener = data;
    const GError *failure = future_exception(future, 0, NULL);

    if (future_cancelled(future) || (failure != NULL && error_class(failure) == ERROR_CANCELLED))
        return;
    if (failure != NULL && listener->error_callback != NULL)
        listener->error_callback(failure, listener->data);
    else if (failure == NULL && listener->callback != NULL)
        listener->callback(future_result(future, 0, NULL), listener->data);
}

/* Returns future. listener may be NULL. */
static Future *listen(Future *future, const PoolListener *listener)
{
    if (future != NULL && listener != NULL)
        future_add_done_callback(future, tell_listener, g_memdup2(listener, sizeof *listener));
    return future;
}

/* One task */

static Future *submit(Pool *pool, const char *target, GVariant *args, GError **error)
{
    return executor_submit(process_executor_base(pool->executor), target, args, NULL, error);
}

Future *pool_apply_async(Pool *pool, const char *target, GVariant *args, const PoolListener *listener,
                         GError **error)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(args);

    if (!pool_is_open(pool, error))
        return NULL;
    return listen(submit(pool, target, value, error), listener);
}

GVariant *pool_apply(Pool *pool, const char *target, GVariant *args, GError **error)
{
    return wait_for(pool_apply_async(pool, target, args, NULL, error), error);
}

/* Map */

typedef struct {
    Pool *pool;
    Future *whole;
    GPtrArray *chunks; /* of Future, in the order of the items */
    guint pending;
    GError *failure; /* the first */
} Map;

static void add_items(GPtrArray *list, GVariant *chunk)
{
    gsize n = g_variant_n_children(chunk);

    for (gsize i = 0; i < n; i++)
        g_ptr_array_add(list, chunk_item(chunk, i));
}

static void map_finish(Map *map)
{
    g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);

    if (map->failure != NULL) {
        future_set_exception(map->whole, map->failure);
    } else {
        for (guint i = 0; i < map->chunks->len; i++)
            add_items(results, future_result(map->chunks->pdata[i], 0, NULL));
        future_set_result(map->whole, chunk_pack((GVariant **)results->pdata, results->len), NULL);
    }
    future_unref(map->whole);
    g_ptr_array_unref(map->chunks);
    g_free(map);
}

static void map_count(Map *map)
{
    if (--map->pending == 0)
        map_finish(map);
}

static void chunk_done(Future *future, void *data)
{
    Map *map = data;
    g_autoptr(GError) cancelled = NULL;
    const GError *failure = future_exception(future, 0, &cancelled);

    if (failure == NULL)
        failure = cancelled;
    if (failure != NULL && map->failure == NULL)
        map->failure = g_error_copy(failure);
    map_count(map);
}

/* Submits n items from index first; if that is refused, the whole map fails. */
static void map_submit(Map *map, const char *target, const GPtrArray *items, guint first, guint n)
{
    Future *future = executor_submit_chunk(process_executor_base(map->pool->executor), target,
                                           chunk_pack((GVariant **)items->pdata + first, n), &map->failure);

    if (future != NULL)
        g_ptr_array_add(map->chunks, future);
}

Future *pool_map_async(Pool *pool, const char *target, GVariant *items, guint chunksize,
                       const PoolListener *listener, GError **error)
{
    g_autoptr(GVariant) array = g_variant_ref_sink(items);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    guint divisor = pool->processes * CHUNKS_PER_PROCESS;
    Future *whole;
    guint n;
    Map *map;

    if (!pool_is_open(pool, error))
        return NULL;
    add_items(list, array);
    if (chunksize == 0)
        chunksize = MAX(1, (list->len + divisor - 1) / divisor);
    map = g_new0(Map, 1);
    map->pool = pool;
    map->chunks = g_ptr_array_new_with_free_func((GDestroyNotify)future_unref);
    map->whole = future_new(pool->context);
    future_begin(map->whole);
    whole = listen(future_ref(map->whole), listener);
    for (guint i = 0; i < list->len && map->failure == NULL; i += n) {
        n = MIN(chunksize, list->len - i);
        map_submit(map, target, list, i, n);
    }
    map->pending = map->chunks->len + 1; /* one more until all callbacks are added, as some chunks may be done
                                          * already */
    for (guint i = 0; i < map->chunks->len; i++)
        future_add_done_callback(map->chunks->pdata[i], chunk_done, map);
    map_count(map);
    return whole;
}

GVariant *pool_map(Pool *pool, const char *target, GVariant *items, guint chunksize, GError **error)
{
    return wait_for(pool_map_async(pool, target, items, chunksize, NULL, error), error);
}

/* Iterators */

struct PoolIterator {
    guint refs; /* the owner's reference, and one for each item in flight */
    Pool *pool;
    char *target;
    PoolNextFunc next;
    void *data;
    gboolean ordered;
    gboolean ended;  /* next returned NULL, or nothing can be submitted any more */
    GError *refused; /* the reason if nothing can be submitted; reported once, at the end */
    GQueue futures;  /* of Future, owned: if ordered, all in order, else those that are done */
    guint in_flight; /* submitted and not done */
};

static void iterator_unref(PoolIterator *iterator)
{
    if (--iterator->refs > 0)
        return;
    g_queue_clear_full(&iterator->futures, (GDestroyNotify)future_unref);
    g_clear_error(&iterator->refused);
    g_free(iterator->target);
    g_free(iterator);
}

static void item_done(Future *future, void *data)
{
    PoolIterator *iterator = data;

    iterator->in_flight--;
    if (!iterator->ordered)
        g_queue_push_tail(&iterator->futures, future_ref(future));
    iterator_unref(iterator);
}

/* Marks that the iterator will submit nothing more. */
static void iterator_end(PoolIterator *iterator)
{
    if (iterator->ended)
        return;
    iterator->ended = TRUE;
    if (--iterator->pool->iterators == 0 && iterator->pool->closed)
        pool_close(iterator->pool);
}

static void submit_next(PoolIterator *iterator)
{
    GVariant *args = iterator->next(iterator->data);
    Future *future;

    if (args == NULL) {
        iterator_end(iterator);
        return;
    }
    g_variant_take_ref(args);
    if (iterator->pool->executor == NULL)
        error_set(&iterator->refused, ERROR_CANCELLED, "the pool was terminated");
    future =
        iterator->refused == NULL ? submit(iterator->pool, iterator->target, args, &iterator->refused) : NULL;
    g_variant_unref(args);
    if (future == NULL) {
        iterator_end(iterator);
        return;
    }
    iterator->refs++;
    iterator->in_flight++;
    if (iterator->ordered)
        g_queue_push_tail(&iterator->futures, future_ref(future));
    future_add_done_callback(future, item_done, iterator);
    future_unref(future);
}

static void run_ahead(PoolIterator *iterator)
{
    guint most = iterator->pool->processes * ITEMS_AHEAD;

    while (!iterator->ended &&
           (iterator->ordered ? 0 : iterator->in_flight) + iterator->futures.length < most)
        submit_next(iterator);
}

static void wake(void *data)
{
    (void)data;
}

/* Waits until a future is done; FALSE after a timeout. */
static gboolean wait_for_item(PoolIterator *iterator, gint64 timeout_us)
{
    GMainContext *context = iterator->pool->context;
    gint64 end_us = clock_now_us() + timeout_us;
    g_autoptr(Timer) timer = timer_new(context, wake, NULL);

    if (timeout_us != CLOCK_FOREVER)
        timer_set(timer, end_us);
    for (;;) {
        Future *head = g_queue_peek_head(&iterator->futures);

        if (head != NULL && future_done(head))
            return TRUE;
        if (timeout_us != CLOCK_FOREVER && clock_now_us() >= end_us)
            return FALSE;
        g_main_context_iteration(context, TRUE);
    }
}

gboolean pool_iterator_next(PoolIterator *iterator, gint64 timeout_us, GVariant **ret_result, GError **error)
{
    g_autoptr(Future) future = NULL;
    GVariant *result;

    run_ahead(iterator);
    if (iterator->futures.length == 0 && iterator->in_flight == 0) {
        if (iterator->refused != NULL)
            g_propagate_error(error, g_steal_pointer(&iterator->refused));
        return FALSE;
    }
    if (!wait_for_item(iterator, timeout_us)) {
        error_set(error, ERROR_TRANSIENT, "no result before the timeout");
        return FALSE;
    }
    future = g_queue_pop_head(&iterator->futures);
    result = future_result(future, 0, error);
    if (result == NULL)
        return FALSE;
    *ret_result = g_variant_ref(result);
    return TRUE;
}

static PoolIterator *iterator_new(Pool *pool, const char *target, PoolNextFunc next, void *data,
                                  gboolean ordered, GError **error)
{
    PoolIterator *iterator;

    if (!pool_is_open(pool, error))
        return NULL;
    iterator = g_new0(PoolIterator, 1);
    iterator->refs = 1;
    iterator->pool = pool;
    iterator->target = g_strdup(target);
    iterator->next = next;
    iterator->data = data;
    iterator->ordered = ordered;
    g_queue_init(&iterator->futures);
    pool->iterators++;
    return iterator;
}

PoolIterator *pool_imap(Pool *pool, const char *target, PoolNextFunc next, void *data, GError **error)
{
    return iterator_new(pool, target, next, data, TRUE, error);
}

PoolIterator *pool_imap_unordered(Pool *pool, const char *target, PoolNextFunc next, void *data,
                                  GError **error)
{
    return iterator_new(pool, target, next, data, FALSE, error);
}

void pool_iterator_free(PoolIterator *iterator)
{
    if (iterator == NULL)
        return;
    iterator_end(iterator);
    iterator_unref(iterator);
}

/* The end */

void pool_close(Pool *pool)
{
    pool->closed = TRUE;
    if (pool->iterators == 0 && pool->executor != NULL)
        executor_shutdown(process_executor_base(pool->executor), FALSE, FALSE);
}

gboolean pool_join(Pool *pool, GError **error)
{
    if (!pool->closed) {
        error_set(error, ERROR_INTERNAL, "join before close or terminate");
        return FALSE;
    }
    if (pool->executor != NULL)
        executor_shutdown(process_executor_base(pool->executor), TRUE, FALSE);
    return TRUE;
}

void pool_terminate(Pool *pool)
{
    pool->closed = TRUE;
    if (pool->executor != NULL)
        executor_free(process_executor_base(g_steal_pointer(&pool->executor)));
}

void pool_free(Pool *pool)
{
    if (pool == NULL)
        return;
    pool_terminate(pool);
    g_main_context_unref(pool->context);
    g_free(pool);
}
