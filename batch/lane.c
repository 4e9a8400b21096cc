#include "batch/lane.h"

#include <string.h>

#include "base/error.h"

typedef struct {
    void *item;
    DiffObject object;
    Diff diff; /* all outputs are wanted until the window is closed */
} LaneObject;

/* An output key before the last cut that the next window may ask about. */
typedef struct {
    char *key;
    gboolean is_claimed;
    char *claimed_by; /* key of a source object; may be NULL if it is not known */
    gboolean is_present;
    gint64 mtime_s;
} Kept;

struct Lane {
    LaneOptions options;
    char *low;  /* the cut at which the range begins, or NULL */
    char *high; /* the cut at which it ends, or NULL */
    char *cut;  /* the end of the open window; NULL for the last one */
    gboolean is_open;
    Index *index;
    GPtrArray *objects; /* of LaneObject: of the open window, and those that wait for the next one */
    GPtrArray *last;    /* of char: in the last window, each group's greatest output key or NULL; borrowed */
    GPtrArray *strays;  /* of char: what objects behind the cut may have before it */
    GPtrArray *kept;    /* of Kept */
};

static void lane_object_free(LaneObject *one, GDestroyNotify free_item)
{
    if (one->item != NULL)
        free_item(one->item);
    diff_clear(&one->diff);
    g_free(one);
}

static void kept_free(void *data)
{
    Kept *kept = data;

    g_free(kept->key);
    g_free(kept->claimed_by);
    g_free(kept);
}

static LaneObject *object_at(const Lane *lane, guint i)
{
    return lane->objects->pdata[i];
}

/* The key of the source object that has claimed this output key, if it is still in sight. Owned by the
 * caller. */
static char *name_claimer(const char *output_key, void *data)
{
    const Lane *lane = data;

    for (guint i = 0; i < lane->objects->len; i++) {
        const LaneObject *one = object_at(lane, i);

        for (guint j = 0; j < one->diff.wanted->len; j++) {
            if (strcmp(diff_wanted(&one->diff, j)->key, output_key) == 0)
                return g_strdup(one->object.key);
        }
    }
    for (guint i = 0; i < lane->kept->len; i++) {
        const Kept *kept = lane->kept->pdata[i];

        if (kept->is_claimed && strcmp(kept->key, output_key) == 0)
            return g_strdup(kept->claimed_by);
    }
    return NULL;
}

Lane *lane_new(const LaneOptions *options, GError **error)
{
    Index *index = index_new(error);
    Lane *lane;

    if (index == NULL)
        return NULL;
    lane = g_new0(Lane, 1);
    lane->options = *options;
    lane->options.after = NULL;
    lane->low = options->after != NULL ? key_order_cut_after(options->after) : NULL;
    lane->index = index;
    index_set_namer(index, name_claimer, lane);
    lane->objects = g_ptr_array_new();
    lane->last = g_ptr_array_new();
    lane->strays = g_ptr_array_new_with_free_func(g_free);
    lane->kept = g_ptr_array_new_with_free_func(kept_free);
    return lane;
}

void lane_free(Lane *lane)
{
    if (lane == NULL)
        return;
    for (guint i = 0; i < lane->objects->len; i++)
        lane_object_free(object_at(lane, i), lane->options.free_item);
    g_ptr_array_unref(lane->objects);
    g_ptr_array_unref(lane->last);
    g_ptr_array_unref(lane->strays);
    g_ptr_array_unref(lane->kept);
    index_free(lane->index);
    g_free(lane->low);
    g_free(lane->high);
    g_free(lane->cut);
    g_free(lane);
}

/* The ends of the range */

static gboolean may_stray(const char *key, const char *cut)
{
    return cut != NULL && key_order_may_stray(key, cut);
}

/* Claims the outputs of an object at the end of the range for all lanes. */
static gboolean claim_shared(Lane *lane, const Diff *diff, GError **error)
{
    for (guint i = 0; i < diff->wanted->len; i++) {
        if (!index_claim(lane->options.shared, diff_wanted(diff, i)->key, error))
            return FALSE;
    }
    return TRUE;
}

/* The end of the range has come closer, and objects that are already in sight, or were, are at it now. */
static void share_claims(Lane *lane)
{
    for (guint i = 0; i < lane->objects->len; i++) {
        const LaneObject *one = object_at(lane, i);

        if (may_stray(one->object.key, lane->high) && !may_stray(one->object.key, lane->low))
            (void)claim_shared(lane, &one->diff, NULL);
    }
    for (guint i = 0; i < lane->kept->len; i++) {
        const Kept *kept = lane->kept->pdata[i];

        if (kept->is_claimed && (kept->claimed_by == NULL || may_stray(kept->claimed_by, lane->high)))
            (void)index_claim(lane->options.shared, kept->key, NULL);
    }
}

void lane_set_clocks(Lane *lane, const RecipeClocks *clocks)
{
    lane->options.clocks = clocks;
}

void lane_set_until(Lane *lane, const char *until)
{
    g_autofree char *high = until != NULL ? key_order_cut_after(until) : NULL;

    if (g_strcmp0(high, lane->high) == 0)
        return;
    g_free(lane->high);
    lane->high = g_steal_pointer(&high);
    share_claims(lane);
}

static gboolean is_at_end(const Lane *lane, const char *key)
{
    return may_stray(key, lane->low) || may_stray(key, lane->high);
}

/* Opening a window */

static void restore_kept(Lane *lane)
{
    for (guint i = 0; i < lane->kept->len; i++) {
        const Kept *kept = lane->kept->pdata[i];

        (void)index_expect(lane->index, kept->key, NULL);
        if (kept->is_present)
            (void)index_note(lane->index, kept->key, kept->mtime_s);
        if (kept->is_claimed)
            (void)index_claim(lane->index, kept->key, NULL);
    }
}

static void refuse(Lane *lane, LaneObject *one, const GError *error)
{
    lane->options.on_refused(g_steal_pointer(&one->item), error, lane->options.data);
    lane_object_free(one, lane->options.free_item);
}

static void add_object(Lane *lane, void *item)
{
    LaneObject *one = g_new0(LaneObject, 1);
    g_autoptr(GError) error = NULL;

    one->item = item;
    lane->options.describe(item, &one->object);
    one->object.is_suspect =
        lane->options.suspects != NULL && g_hash_table_contains(lane->options.suspects, one->object.key);
    if (diff_claim(lane->options.config, lane->index, one->object.key, &one->diff, &error) &&
        (!is_at_end(lane, one->object.key) || claim_shared(lane, &one->diff, &error)))
        g_ptr_array_add(lane->objects, one);
    else
        refuse(lane, one, error);
}

/* No key beyond the greatest of a group is of use. */
static void find_last(Lane *lane)
{
    g_ptr_array_set_size(lane->last, 0);
    g_ptr_array_set_size(lane->last, (int)key_order_n_groups(lane->options.order));
    for (guint i = 0; i < lane->objects->len; i++) {
        const LaneObject *one = object_at(lane, i);

        for (guint j = 0; j < one->diff.wanted->len; j++) {
            const DiffOutput *output = diff_wanted(&one->diff, j);
            void **last = &lane->last->pdata[key_order_group_of(lane->options.order, output->output)];

            if (*last == NULL || strcmp(*last, output->key) < 0)
                *last = output->key;
        }
    }
}

void lane_open(Lane *lane, GPtrArray *items, const char *cut)
{
    g_return_if_fail(!lane->is_open);

    lane->is_open = TRUE;
    g_free(lane->cut);
    lane->cut = g_strdup(cut);
    index_reset(lane->index);
    restore_kept(lane);
    g_ptr_array_set_size(lane->strays, 0);
    if (cut != NULL) {
        g_ptr_array_unref(lane->strays);
        lane->strays = key_order_strays(lane->options.order, cut);
    }
    for (guint i = 0; i < lane->strays->len; i++)
        (void)index_expect(lane->index, lane->strays->pdata[i], NULL);
    g_ptr_array_set_free_func(items, NULL);
    for (guint i = 0; i < items->len; i++)
        add_object(lane, items->pdata[i]);
    g_ptr_array_set_size(items, 0);
    if (cut == NULL)
        find_last(lane);
}

gboolean lane_is_open(const Lane *lane)
{
    return lane->is_open;
}

gboolean lane_wants(const Lane *lane, guint group, const char *output_key)
{
    const char *last;

    if (lane->cut != NULL)
        return key_order_is_before(lane->options.order, group, output_key, lane->cut);
    last = lane->last->pdata[group];
    if (lane->options.on_orphan == NULL && (last == NULL || strcmp(output_key, last) > 0))
        return FALSE;
    return lane->high == NULL || key_order_is_before(lane->options.order, group, output_key, lane->high);
}

void lane_give(Lane *lane, const char *output_key, gint64 mtime_s)
{
    if (!index_note(lane->index, output_key, mtime_s) && lane->options.on_orphan != NULL)
        lane->options.on_orphan(output_key, lane->options.data);
}

/* Closing it */

/* Whether an output of the object is behind the cut. */
static gboolean has_to_wait(const Lane *lane, const LaneObject *one)
{
    if (!may_stray(one->object.key, lane->cut))
        return FALSE;
    for (guint i = 0; i < one->diff.wanted->len; i++) {
        const DiffOutput *output = diff_wanted(&one->diff, i);
        const guint group = key_order_group_of(lane->options.order, output->output);

        if (!key_order_is_before(lane->options.order, group, output->key, lane->cut))
            return TRUE;
    }
    return FALSE;
}

static void keep(const Lane *lane, GPtrArray *all, const char *key)
{
    Kept *kept = g_new0(Kept, 1);

    kept->key = g_strdup(key);
    kept->is_present = index_lookup(lane->index, key, &kept->mtime_s);
    kept->is_claimed = index_is_claimed(lane->index, key);
    kept->claimed_by = kept->is_claimed ? name_claimer(key, (void *)lane) : NULL;
    g_ptr_array_add(all, kept);
}

/* Whether keys is an array of Kept with this key. */
static gboolean has_kept(const GPtrArray *keys, const char *key)
{
    for (guint i = 0; i < keys->len; i++) {
        if (strcmp(((const Kept *)keys->pdata[i])->key, key) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Keys that were kept and are not kept any longer will not be claimed: nobody has them as an output's. */
static void tell_orphans(const Lane *lane, const GPtrArray *former, const GPtrArray *kept)
{
    for (guint i = 0; lane->options.on_orphan != NULL && i < former->len; i++) {
        const char *key = ((const Kept *)former->pdata[i])->key;

        if (index_lookup(lane->index, key, NULL) && !index_is_claimed(lane->index, key) &&
            !has_kept(kept, key))
            lane->options.on_orphan(key, lane->options.data);
    }
}

/* Keeps what the next window has to know of this one. */
static void keep_all(Lane *lane)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(kept_free);

    for (guint i = 0; i < lane->strays->len; i++)
        keep(lane, all, lane->strays->pdata[i]);
    for (guint i = 0; i < lane->objects->len; i++) {
        const LaneObject *one = object_at(lane, i);

        for (guint j = 0; has_to_wait(lane, one) && j < one->diff.wanted->len; j++)
            keep(lane, all, diff_wanted(&one->diff, j)->key);
    }
    tell_orphans(lane, lane->kept, all);
    g_ptr_array_unref(lane->kept);
    lane->kept = all;
}

static void tell(Lane *lane, LaneObject *one)
{
    const gboolean at_end = is_at_end(lane, one->object.key);
    g_autoptr(GError) error = NULL;

    if (!diff_decide(lane->options.config, lane->index, lane->options.clocks, &one->object, &one->diff,
                     &error)) {
        refuse(lane, one, error);
        return;
    }
    lane->options.on_compared(g_steal_pointer(&one->item), &one->diff, at_end, lane->options.data);
    lane_object_free(one, lane->options.free_item);
}

void lane_close(Lane *lane)
{
    g_autoptr(GPtrArray) done = g_ptr_array_new();
    GPtrArray *waiting = g_ptr_array_new();

    g_return_if_fail(lane->is_open);

    keep_all(lane); /* before objects are told, and gone */
    for (guint i = 0; i < lane->objects->len; i++)
        g_ptr_array_add(has_to_wait(lane, object_at(lane, i)) ? waiting : done, object_at(lane, i));
    g_ptr_array_unref(lane->objects);
    lane->objects = waiting;
    lane->is_open = FALSE;
    for (guint i = 0; i < done->len; i++)
        tell(lane, done->pdata[i]);
}

guint lane_waiting(const Lane *lane)
{
    return lane->objects->len;
}
