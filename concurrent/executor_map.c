#include "concurrent/executor_map.h"

#include "base/clock.h"
#include "concurrent/chunk.h"

struct ExecutorMap {
    Executor *executor;
    char *target;
    ExecutorMapFunc next;
    void *data;
    gint64 end_us; /* or CLOCK_FOREVER */
    guint chunksize;
    guint buffer;
    GQueue futures;  /* of Future: submitted, not read */
    guint ahead;     /* number of arguments in futures, and of unread results in chunk */
    GVariant *chunk; /* the results being read, or NULL */
    gsize chunk_at;  /* index of the next one */
    GError *refused; /* error of the submit that failed; its position is after futures */
    gboolean exhausted;
    GQueue items; /* of GVariant: the rest of an array */
};

static void give_up(ExecutorMap *map)
{
    Future *future;

    map->exhausted = TRUE;
    g_clear_error(&map->refused);
    while ((future = g_queue_pop_head(&map->futures)) != NULL) {
        (void)future_cancel(future);
        future_unref(future);
    }
}

/* The next arguments, owned by the caller, or NULL at the end. */
static GVariant *next_args(ExecutorMap *map)
{
    GVariant *args = map->next(map->data);

    if (args == NULL)
        map->exhausted = TRUE;
    return args != NULL ? g_variant_take_ref(args) : NULL;
}

/* Collects the arguments of one task; none at the end. */
static GPtrArray *next_chunk(ExecutorMap *map)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);

    while (list->len < map->chunksize && !map->exhausted) {
        GVariant *args = next_args(map);

        if (args != NULL)
            g_ptr_array_add(list, args);
    }
    return list;
}

static void hand_in_one(ExecutorMap *map)
{
    g_autoptr(GPtrArray) list = next_chunk(map);
    Future *future;

    if (list->len == 0)
        return;
    if (map->chunksize > 1)
        future = executor_submit_chunk(map->executor, map->target,
                                       chunk_pack((GVariant **)list->pdata, list->len), &map->refused);
    else
        future = executor_submit(map->executor, map->target, list->pdata[0], NULL, &map->refused);
    if (future == NULL) {
        map->exhausted = TRUE;
        return;
    }
    g_queue_push_tail(&map->futures, future);
    map->ahead += list->len;
}

static void hand_in(ExecutorMap *map)
{
    while (!map->exhausted && (map->buffer == 0 || map->ahead + map->chunksize <= map->buffer))
        hand_in_one(map);
}

static ExecutorMap *map_new(Executor *executor, const char *target, const ExecutorMapOptions *options)
{
    ExecutorMap *map = g_new0(ExecutorMap, 1);

    map->executor = executor;
    map->target = g_strdup(target);
    map->end_us = CLOCK_FOREVER;
    if (options != NULL && options->timeout_us != CLOCK_FOREVER)
        map->end_us = clock_now_us() + options->timeout_us;
    map->chunksize = options != NULL && executor_has_chunks(executor) ? MAX(options->chunksize, 1) : 1;
    map->buffer = options != NULL && options->buffer > 0 ? MAX(options->buffer, map->chunksize) : 0;
    g_queue_init(&map->futures);
    g_queue_init(&map->items);
    return map;
}

ExecutorMap *executor_map(Executor *executor, const char *target, ExecutorMapFunc next, void *data,
                          const ExecutorMapOptions *options)
{
    ExecutorMap *map = map_new(executor, target, options);

    map->next = next;
    map->data = data;
    hand_in(map);
    return map;
}

static GVariant *next_item(void *data)
{
    return g_queue_pop_head(data);
}

ExecutorMap *executor_map_array(Executor *executor, const char *target, GVariant *const *items, gsize n,
                                const ExecutorMapOptions *options)
{
    ExecutorMap *map = map_new(executor, target, options);

    for (gsize i = 0; i < n; i++)
        g_queue_push_tail(&map->items, g_variant_ref_sink(items[i]));
    map->next = next_item;
    map->data = &map->items;
    hand_in(map);
    return map;
}

static gint64 time_left_us(const ExecutorMap *map)
{
    return map->end_us == CLOCK_FOREVER ? CLOCK_FOREVER : MAX(map->end_us - clock_now_us(), 0);
}

/* The result of the next task, owned by the caller. NULL at the end, or after the map has failed. */
static GVariant *next_result(ExecutorMap *map, GError **error)
{
    g_autoptr(Future) future = g_queue_pop_head(&map->futures);
    GVariant *result;

    if (future == NULL) {
        if (map->refused != NULL)
            g_propagate_error(error, g_steal_pointer(&map->refused));
        return NULL;
    }
    result = future_result(future, time_left_us(map), error);
    if (result == NULL) {
        (void)future_cancel(future);
        give_up(map);
        return NULL;
    }
    return g_variant_ref(result);
}

GVariant *executor_map_next(ExecutorMap *map, GError **error)
{
    GVariant *result;

    if (map->chunk == NULL) {
        result = next_result(map, error);
        if (result == NULL)
            return NULL;
        if (map->chunksize == 1) {
            map->ahead--;
            hand_in(map);
            return result;
        }
        map->chunk = result;
        map->chunk_at = 0;
    }
    result = chunk_item(map->chunk, map->chunk_at++);
    if (map->chunk_at == g_variant_n_children(map->chunk))
        g_clear_pointer(&map->chunk, g_variant_unref);
    map->ahead--;
    hand_in(map);
    return result;
}

void executor_map_free(ExecutorMap *map)
{
    if (map == NULL)
        return;
    give_up(map);
    g_clear_pointer(&map->chunk, g_variant_unref);
    g_queue_clear_full(&map->items, (GDestroyNotify)g_variant_unref);
    g_free(map->target);
    g_free(map);
}
