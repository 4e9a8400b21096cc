#include "daemon/compare/held.h"

#include <string.h>

/* Objects that are checked concurrently; the outputs of each are checked one after the other. */
#define MAX_LOOKED_AT 16u

struct Held {
    GHashTable *keys; /* set of char: keys in flight that have not been listed yet */
    Store *destination;
    RecipeClocks *const *clocks;
    GQueue waiting;        /* of HeldObject, for the previous supervisor's end */
    GQueue ready;          /* of HeldObject, for being checked */
    GHashTable *looked_at; /* set of HeldObject */
    gboolean released;
    gboolean has_keys; /* there was something in flight */
    HeldFunc func;
    void *data;
};

typedef struct {
    Held *held;
    StoreObject *object;
    Diff diff;
    gboolean was_held;     /* the previous supervisor may have made its outputs */
    guint next;            /* index of the output that is being checked */
    StoreListing *listing; /* for that output's key, or NULL */
} HeldObject;

static void look_at_next(HeldObject *one);
static void held_pump(Held *held);

static void held_object_free(void *data)
{
    HeldObject *one = data;

    store_listing_free(one->listing);
    store_object_free(one->object);
    diff_clear(&one->diff);
    g_free(one);
}

/* All outputs of the object have been checked. */
static void give_back(HeldObject *one)
{
    Held *held = one->held;

    g_hash_table_steal(held->looked_at, one);
    held->func(one->object, &one->diff, held->data);
    held_object_free(one);
    held_pump(held);
}

/* Whether the output needs no work. */
static gboolean is_made(HeldObject *one, const GPtrArray *page)
{
    DiffOutput *output = &g_array_index(one->diff.wanted, DiffOutput, one->next);

    for (guint i = 0; i < page->len; i++) {
        const StoreObject *found = page->pdata[i];

        if (strcmp(found->key, output->key) != 0)
            continue;
        output->is_missing = FALSE;
        if (one->was_held)
            return found->mtime_s >= one->object->mtime_s &&
                   freshness_of(*one->held->clocks, output->output, TRUE, found->mtime_s, G_MININT64) ==
                       FRESHNESS_UP_TO_DATE;
        output->freshness =
            freshness_of(*one->held->clocks, output->output, TRUE, found->mtime_s, one->object->mtime_s);
        return output->freshness == FRESHNESS_UP_TO_DATE;
    }
    return FALSE;
}

/* An output whose state cannot be found out is made again, which does no harm. */
static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    HeldObject *one = data;

    (void)is_last;
    g_clear_pointer(&one->listing, store_listing_free);
    if (error == NULL && is_made(one, objects)) {
        g_array_remove_index(one->diff.wanted, one->next);
        one->diff.up_to_date++;
    } else {
        one->next++;
    }
    look_at_next(one);
}

static void look_at_next(HeldObject *one)
{
    if (one->next >= one->diff.wanted->len) {
        give_back(one);
        return;
    }
    one->listing =
        store_list_one(one->held->destination, diff_wanted(&one->diff, one->next)->key, on_page, one);
    store_listing_next(one->listing);
}

static void held_pump(Held *held)
{
    while (held->released && held->waiting.length > 0)
        g_queue_push_tail(&held->ready, g_queue_pop_head(&held->waiting));
    while (held->ready.length > 0 && g_hash_table_size(held->looked_at) < MAX_LOOKED_AT) {
        HeldObject *one = g_queue_pop_head(&held->ready);

        g_hash_table_add(held->looked_at, one);
        look_at_next(one);
    }
}

Held *held_new(GVariant *keys, Store *destination, RecipeClocks *const *clocks, HeldFunc func, void *data)
{
    Held *held = g_new0(Held, 1);

    held->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    held->looked_at = g_hash_table_new_full(NULL, NULL, held_object_free, NULL);
    g_queue_init(&held->waiting);
    g_queue_init(&held->ready);
    held->destination = destination;
    held->clocks = clocks;
    held->has_keys = keys != NULL && g_variant_n_children(keys) > 0;
    held->func = func;
    held->data = data;
    for (gsize i = 0; keys != NULL && i < g_variant_n_children(keys); i++) {
        char *key = NULL;

        g_variant_get_child(keys, i, "^ay", &key);
        g_hash_table_add(held->keys, key);
    }
    return held;
}

static HeldObject *held_object_new(Held *held, const StoreObject *object, Diff *diff, gboolean was_held)
{
    HeldObject *one = g_new0(HeldObject, 1);

    one->held = held;
    one->was_held = was_held;
    one->object = store_object_copy(object);
    one->diff.up_to_date = diff->up_to_date;
    one->diff.wanted = g_steal_pointer(&diff->wanted);
    return one;
}

gboolean held_take(Held *held, const StoreObject *object, Diff *diff)
{
    if (!g_hash_table_remove(held->keys, object->key))
        return FALSE;
    diff->up_to_date = 0; /* they have been counted */
    g_queue_push_tail(&held->waiting, held_object_new(held, object, diff, TRUE));
    held_pump(held);
    return TRUE;
}

void held_look(Held *held, const StoreObject *object, Diff *diff)
{
    g_queue_push_tail(&held->ready, held_object_new(held, object, diff, FALSE));
    held_pump(held);
}

void held_release(Held *held)
{
    held->released = TRUE;
    held_pump(held);
}

gboolean held_is_released(const Held *held)
{
    return held->released || !held->has_keys;
}

guint held_count(const Held *held)
{
    return held->waiting.length + held->ready.length + g_hash_table_size(held->looked_at);
}

void held_drop(Held *held)
{
    g_queue_clear_full(&held->waiting, held_object_free);
    g_queue_clear_full(&held->ready, held_object_free);
    g_hash_table_remove_all(held->looked_at);
}

void held_free(Held *held)
{
    if (held == NULL)
        return;
    held_drop(held);
    g_hash_table_unref(held->keys);
    g_hash_table_unref(held->looked_at);
    g_free(held);
}
