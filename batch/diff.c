#include "batch/diff.h"

#include "base/clock.h"
#include "base/error.h"
#include "batch/output_key.h"
/* The length of a source's second, and a bit more: clocks of file systems are some milliseconds behind. */
#define YOUNG_US (CLOCK_US_PER_S + 50 * CLOCK_US_PER_MS)

static void output_clear(void *data)
{
    g_free(((DiffOutput *)data)->key);
}

GArray *diff_outputs_new(guint n)
{
    GArray *list = g_array_sized_new(FALSE, FALSE, sizeof(DiffOutput), n);

    g_array_set_clear_func(list, output_clear);
    return list;
}

static const DiffOutput *at(const GArray *list, guint i)
{
    return &g_array_index(list, DiffOutput, i);
}

void diff_clear(Diff *diff)
{
    g_clear_pointer(&diff->wanted, g_array_unref);
}

const DiffOutput *diff_wanted(const Diff *diff, guint i)
{
    return at(diff->wanted, i);
}

/* The outputs that are made from this key, with their own keys; or NULL on failure. */
static GArray *expand_keys(const Config *config, const char *key, GError **error)
{
    g_autoptr(GArray) outputs = diff_outputs_new(config->outputs->len);

    for (guint i = 0; i < config->outputs->len; i++) {
        DiffOutput output = {.output = i};

        if (!output_config_takes(config_output(config, i), key))
            continue;
        output.key = output_key(config, config_output(config, i), key, error);
        if (output.key == NULL)
            return NULL;
        g_array_append_val(outputs, output);
    }
    return g_steal_pointer(&outputs);
}

/* Claims all keys or none, so that an object that fails here takes no key from later objects. (Two outputs of
 * one object with the same key, which the configuration's check cannot fully exclude, fail at the second. The
 * object's other claims are then kept, which does no harm: the keys are its own.) */
static gboolean claim_keys(Index *index, const GArray *outputs, GError **error)
{
    for (guint i = 0; i < outputs->len; i++) {
        if (index_is_claimed(index, at(outputs, i)->key))
            return index_claim(index, at(outputs, i)->key, error);
    }
    for (guint i = 0; i < outputs->len; i++) {
        if (!index_claim(index, at(outputs, i)->key, error))
            return FALSE;
    }
    return TRUE;
}

/* Removes the outputs that need no work from the list. */
static void drop_up_to_date(const Index *index, const RecipeClocks *clocks, const DiffObject *object,
                            GArray *outputs)
{
    for (guint i = outputs->len; i-- > 0;) {
        DiffOutput *output = &g_array_index(outputs, DiffOutput, i);
        gint64 mtime_s = 0;

        output->is_missing = !index_lookup(index, output->key, &mtime_s);
        output->freshness =
            freshness_of(clocks, output->output, !output->is_missing, mtime_s, object->mtime_s);
        if (output->freshness == FRESHNESS_UP_TO_DATE && object->is_suspect)
            output->freshness = FRESHNESS_OLDER;
        if (output->freshness == FRESHNESS_UP_TO_DATE)
            g_array_remove_index(outputs, i);
    }
}

static gboolean demands_any(const RecipeClocks *clocks, const GArray *outputs)
{
    for (guint i = 0; i < outputs->len; i++) {
        if (freshness_demands(clocks, at(outputs, i)->output, at(outputs, i)->freshness))
            return TRUE;
    }
    return FALSE;
}

gboolean diff_check_size(const Config *config, const DiffObject *object, GError **error)
{
    const guint64 limit = config->limits.max_source_bytes;

    if (object->size_bytes == 0) {
        error_set(error, ERROR_INPUT, "empty object");
        return FALSE;
    }
    if (object->size_bytes > limit) {
        error_set(error, ERROR_LIMIT,
                  "%" G_GUINT64_FORMAT " bytes exceed limits.max_source_bytes (%" G_GUINT64_FORMAT ")",
                  object->size_bytes, limit);
        return FALSE;
    }
    return TRUE;
}

gint64 diff_young_us(gint64 mtime_s, gint64 now_us)
{
    const gint64 now_s = now_us / CLOCK_US_PER_S;

    if (mtime_s > now_s)
        return YOUNG_US;
    if (mtime_s < now_s - 1)
        return 0;
    return MAX(0, YOUNG_US - (now_us - mtime_s * CLOCK_US_PER_S));
}

gboolean diff_claim(const Config *config, Index *index, const char *key, Diff *ret_diff, GError **error)
{
    g_autoptr(GArray) outputs = expand_keys(config, key, error);

    if (outputs == NULL || !claim_keys(index, outputs, error))
        return FALSE;
    ret_diff->up_to_date = 0;
    ret_diff->wanted = g_steal_pointer(&outputs);
    return TRUE;
}

gboolean diff_decide(const Config *config, const Index *index, const RecipeClocks *clocks,
                     const DiffObject *object, Diff *diff, GError **error)
{
    const guint total = diff->wanted->len;

    drop_up_to_date(index, clocks, object, diff->wanted);
    if (demands_any(clocks, diff->wanted) && !diff_check_size(config, object, error))
        return FALSE;
    diff->up_to_date = total - diff->wanted->len;
    return TRUE;
}

void diff_assume(Diff *diff, Freshness freshness)
{
    for (guint i = 0; i < diff->wanted->len; i++) {
        DiffOutput *output = &g_array_index(diff->wanted, DiffOutput, i);

        output->freshness = freshness;
        output->is_missing = freshness == FRESHNESS_MISSING;
    }
}

DiffCounts diff_settle(Diff *diff, const RecipeClocks *clocks)
{
    DiffCounts counts = {0};

    for (guint i = diff->wanted->len; i-- > 0;) {
        const DiffOutput *output = diff_wanted(diff, i);
        const gboolean is_made = freshness_demands(clocks, output->output, output->freshness);

        counts.missing += output->freshness == FRESHNESS_MISSING;
        counts.older += output->freshness == FRESHNESS_OLDER;
        counts.other_recipe += output->freshness == FRESHNESS_OTHER_RECIPE;
        counts.left += !is_made && output->freshness == FRESHNESS_OTHER_RECIPE;
        counts.withheld += !is_made && output->freshness != FRESHNESS_OTHER_RECIPE;
        if (!is_made)
            g_array_remove_index(diff->wanted, i);
    }
    return counts;
}

gboolean diff_object(const Config *config, Index *index, const RecipeClocks *clocks, const DiffObject *object,
                     Diff *ret_diff, GError **error)
{
    g_auto(Diff) diff = {0};

    if (!diff_claim(config, index, object->key, &diff, error) ||
        !diff_decide(config, index, clocks, object, &diff, error))
        return FALSE;
    *ret_diff = diff;
    diff.wanted = NULL;
    return TRUE;
}
