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

static GArray *list_new(void)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(DiffOutput));

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

/* The outputs with their keys, or NULL on failure. */
static GArray *expand_keys(const Config *config, const char *key, GError **error)
{
    g_autoptr(GArray) outputs = list_new();

    for (guint i = 0; i < config->outputs->len; i++) {
        DiffOutput output = {.output = i, .key = output_key(config, config_output(config, i), key, error)};

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
static void drop_up_to_date(const Index *index, gint64 source_mtime_s, GArray *outputs)
{
    for (guint i = outputs->len; i-- > 0;) {
        DiffOutput *output = &g_array_index(outputs, DiffOutput, i);
        gint64 mtime_s = 0;

        output->is_missing = !index_lookup(index, output->key, &mtime_s);
        if (!output->is_missing && mtime_s > source_mtime_s)
            g_array_remove_index(outputs, i);
    }
}

static gboolean check_size(const Config *config, const DiffObject *object, GError **error)
{
    const guint64 limit = config->limits.max_source_bytes;

    if (object->size_bytes == 0) {
        error_set(error, ERROR_INPUT, "empty object");
        return FALSE;
    }
    if (object->size_bytes > limit) {
        error_set(error, ERROR_LIMIT,
                  "%" G_GUINT64_FORMAT " bytes, more than limits.max_source_bytes (%" G_GUINT64_FORMAT ")",
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

gboolean diff_decide(const Config *config, const Index *index, const DiffObject *object, Diff *diff,
                     GError **error)
{
    const guint total = diff->wanted->len;

    drop_up_to_date(index, object->mtime_s, diff->wanted);
    if (diff->wanted->len > 0 && !check_size(config, object, error))
        return FALSE;
    diff->up_to_date = total - diff->wanted->len;
    return TRUE;
}

gboolean diff_object(const Config *config, Index *index, const DiffObject *object, Diff *ret_diff,
                     GError **error)
{
    g_auto(Diff) diff = {0};

    if (!diff_claim(config, index, object->key, &diff, error) ||
        !diff_decide(config, index, object, &diff, error))
        return FALSE;
    *ret_diff = diff;
    diff.wanted = NULL;
    return TRUE;
}
