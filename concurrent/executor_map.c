#include "concurrent/executor_map.h"

#include "base/clock.h"

struct ExecutorMap {
    Executor *executor;
    char *target;
    ExecutorMapFunc next;
    void *data;
    gint64 end_us; /* or CLOCK_FOREVER */
    guint buffer;
    GQueue futures;  /* of Future: handed in, not read */
    GError *refused; /* of the submit that failed; its place is behind futures */
    gboolean exhausted;
    GQueue items; /* of GVariant: what is left of an array */
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

static void hand_in_one(ExecutorMap *map)
{
    GVariant *args = map->next(map->data);
    Future *future;

    if (args == NULL) {
        map->exhausted = TRUE;
        return;
    }
    args = g_variant_take_ref(args);
    future = executor_submit(map->executor, map->target, args, NULL, &map->refused);
    g_variant_unref(args);
    if (future == NULL)
        map->exhausted = TRUE;
    else
        g_queue_push_tail(&map->futures, future);
}

static void hand_in(ExecutorMap *map)
{
    while (!map->exhausted && (map->buffer == 0 || map->futures.length < map->buffer))
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
    map->buffer = options != NULL ? options->buffer : 0;
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

GVariant *executor_map_next(ExecutorMap *map, GError **error)
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
    hand_in(map);
    return g_variant_ref(result);
}

void executor_map_free(ExecutorMap *map)
{
    if (map == NULL)
        return;
    give_up(map);
    g_queue_clear_full(&map->items, (GDestroyNotify)g_variant_unref);
    g_free(map->target);
    g_free(map);
}
