/* Compares lanes with a comparison of everything at once, over random sources, destinations, configurations
 * and cuts. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "batch/lane.h"
#include "batch/orphan.h"
#include "batch/output_key.h"
#include "config/config.h"

#define CASES       10000
#define SOURCE_TIME 100
#define MAX_KEYS    60
#define MAX_RANGES  5

static const char *const outputs[] = {
    "{name: o, width: 1}",
    "{name: o, width: 1, format: webp}",
    "{name: o, width: 1, format: avif}",
    "{name: o, width: 1, format: source}",
    "{name: o, width: 1, format: source, key: '{output}/{dir}{stem}{ext}'}",
    "{name: o, width: 1, key: '{dir}{stem}/{output}.{ext}'}",
    "{name: o, width: 1, key: '{output}/{dir}{name}'}",
    "{name: o, width: 1, key: '{output}/{dir}{name}.{ext}'}",
    "{name: o, width: 1, key: '{output}-{dir}{stem}_t.{ext}'}",
    "{name: o, width: 1, key: '{output}/{dir}{stem}-5.{ext}'}",
    "{name: o, width: 1, key: '{dir}{stem}-{output}.{ext}'}",
    "{name: o, width: 1, key: '{dir}{stem} {stem}{{}}.{ext}'}",
    "{name: o, width: 1, key: '{dir}{stem}.p.{ext}'}",
    "{name: o, width: 1, key: '{output}/{dir}{stem}'}",
};

static GRand *dice;

static guint roll(guint n)
{
    return (guint)g_rand_int_range(dice, 0, (gint32)n);
}

/* NULL if the configuration refuses these outputs together. */
static Config *random_outputs(void)
{
    g_autoptr(GString) text = g_string_new("source: {url: s3://photos, include: ['*']}\n"
                                           "destination: {url: s3://web}\noutputs:\n");
    const guint n = 1 + roll(3);

    for (guint i = 0; i < n; i++) {
        g_auto(GStrv) parts = g_strsplit(outputs[roll(G_N_ELEMENTS(outputs))], "name: o", 2);

        g_string_append_printf(text, "- %sname: o%u%s\n", parts[0], i, parts[1]);
    }
    return config_parse(text->str, text->len, "c", NULL);
}

static Config *random_config(void)
{
    Config *config = NULL;

    while (config == NULL)
        config = random_outputs();
    return config;
}

/* Short keys of few pieces, so that they begin with each other, and sort oddly beside each other. */
static char *random_key(void)
{
    static const char *const pieces[] = {"a",    "a",     "b",    ".",        ".",    "-5",
                                         "/",    "!",     "_t",   " ",        "p",    ".jpg",
                                         ".png", ".webp", ".JPG", "\xc3\xa9", "\x01", "\xf0\x9f\x98\x80",
                                         "5",    "a.p",   "a/b",  ".x"};
    g_autoptr(GString) key = g_string_new(NULL);
    const guint n = 1 + roll(5);

    for (guint i = 0; i < n; i++)
        g_string_append(key, pieces[roll(G_N_ELEMENTS(pieces))]);
    while (key->len > 0 && key->str[key->len - 1] == '/')
        g_string_truncate(key, key->len - 1);
    if (key->len == 0)
        g_string_append(key, "a.jpg");
    return g_string_free(g_steal_pointer(&key), FALSE);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Distinct keys, in order. */
static GPtrArray *random_keys(void)
{
    g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    const guint n = roll(MAX_KEYS);

    for (guint i = 0; i < n; i++) {
        char *key = random_key();

        if (g_hash_table_contains(set, key)) {
            g_free(key);
            continue;
        }
        g_hash_table_add(set, key);
        g_ptr_array_add(keys, key);
    }
    g_ptr_array_sort(keys, compare);
    return keys;
}

static gint64 random_time(void)
{
    return roll(2) == 0 ? SOURCE_TIME : SOURCE_TIME + 1;
}

/* Key to time: outputs of some source objects, and of others that are gone. */
static GHashTable *random_destination(const Config *config, const GPtrArray *keys)
{
    GHashTable *destination = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; i < keys->len + roll(20); i++) {
        g_autofree char *key = i < keys->len ? g_strdup(keys->pdata[i]) : random_key();
        const OutputConfig *output = config_output(config, roll(config->outputs->len));
        gint64 *time = g_new(gint64, 1);

        *time = random_time();
        g_hash_table_replace(destination, output_key(config, output, key, NULL), time);
    }
    return destination;
}

/* The outcome of a comparison: "KEY wants OUTPUT...", one line for each source object, or "KEY is refused". */
typedef struct {
    const Config *config;
    const char *prefix; /* other source objects are left out; NULL for none */
    GHashTable *destination;
    GHashTable *lines;   /* of source key to line, both char */
    GHashTable *claimed; /* set of output keys of objects that were not refused */
    GHashTable *orphans; /* set of char */
    guint refused;
    gboolean may_repeat; /* keys are listed for several groups */
} Outcome;

static void outcome_init(Outcome *outcome, const Config *config, GHashTable *destination)
{
    *outcome = (Outcome){.config = config, .destination = destination};
    outcome->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    outcome->claimed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    outcome->orphans = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void outcome_clear(Outcome *outcome)
{
    g_hash_table_unref(outcome->lines);
    g_hash_table_unref(outcome->claimed);
    g_hash_table_unref(outcome->orphans);
}

static gboolean is_left_out(const Outcome *outcome, const char *key)
{
    return outcome->prefix != NULL && !g_str_has_prefix(key, outcome->prefix);
}

static void add_line(Outcome *outcome, const char *key, char *line)
{
    cr_assert_not(g_hash_table_contains(outcome->lines, key), "'%s' was told twice", key);
    g_hash_table_insert(outcome->lines, g_strdup(key), line);
}

/* The wanted outputs; of an object at the end of its range only those that are missing or old indeed. */
static void add_wanted(Outcome *outcome, const char *key, const Diff *diff, gboolean is_at_end)
{
    g_autoptr(GString) line = g_string_new("wants");

    if (is_left_out(outcome, key))
        return;
    for (guint i = 0; i < diff->wanted->len; i++) {
        const DiffOutput *output = diff_wanted(diff, i);
        const gint64 *time = g_hash_table_lookup(outcome->destination, output->key);

        if (is_at_end && time != NULL && *time > SOURCE_TIME)
            continue;
        cr_assert_eq(output->is_missing, time == NULL || (is_at_end && output->is_missing), "%s",
                     output->key);
        g_string_append_printf(line, " %u", output->output);
    }
    for (guint i = 0; i < outcome->config->outputs->len; i++) {
        char *made = output_key(outcome->config, config_output(outcome->config, i), key, NULL);

        cr_assert(g_hash_table_add(outcome->claimed, made), "two objects have '%s'", made);
    }
    add_line(outcome, key, g_string_free(g_steal_pointer(&line), FALSE));
}

static void add_refused(Outcome *outcome, const char *key, const GError *error)
{
    cr_assert_eq(error_class(error), ERROR_INPUT, "%s", error->message);
    if (is_left_out(outcome, key))
        return;
    outcome->refused++;
    add_line(outcome, key, g_strdup("refused"));
}

/* All at once */

static void add_orphans(Outcome *outcome, const Index *index)
{
    GHashTableIter iter;
    void *key;

    g_hash_table_iter_init(&iter, outcome->destination);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        if (!index_is_claimed(index, key))
            g_hash_table_add(outcome->orphans, g_strdup(key));
    }
}

static void compare_at_once(Outcome *outcome, const GPtrArray *keys)
{
    g_autoptr(Index) index = index_new(NULL);
    GHashTableIter iter;
    void *key, *time;

    g_hash_table_iter_init(&iter, outcome->destination);
    while (g_hash_table_iter_next(&iter, &key, &time))
        cr_assert(index_add(index, key, *(gint64 *)time, NULL));
    for (guint i = 0; i < keys->len; i++) {
        g_autoptr(GError) error = NULL;
        g_auto(Diff) diff = {0};

        if (diff_object(outcome->config, index, NULL, &(DiffObject){keys->pdata[i], SOURCE_TIME, 1, FALSE},
                        &diff, &error))
            add_wanted(outcome, keys->pdata[i], &diff, FALSE);
        else
            add_refused(outcome, keys->pdata[i], error);
    }
    add_orphans(outcome, index);
}

/* In lanes */

static void describe(const void *item, DiffObject *ret_object)
{
    *ret_object = (DiffObject){item, SOURCE_TIME, 1, FALSE};
}

static void on_compared(void *item, Diff *diff, gboolean is_at_end, void *data)
{
    add_wanted(data, item, diff, is_at_end);
    g_free(item);
}

static void on_refused(void *item, const GError *error, void *data)
{
    add_refused(data, item, error);
    g_free(item);
}

static void on_orphan(const char *key, void *data)
{
    Outcome *outcome = data;

    cr_assert(g_hash_table_add(outcome->orphans, g_strdup(key)) || outcome->may_repeat,
              "'%s' is an orphan twice", key);
}

/* A range of the source: keys[next] .. keys[end - 1]. */
typedef struct {
    Lane *lane;
    guint next, end;
    GArray *cursors; /* for each group, its position in the destination's sorted keys */
} Part;

typedef struct {
    Outcome *outcome;
    const KeyOrder *order;
    const char *start; /* of all keys that are listed */
    const GPtrArray *keys;
    GPtrArray *stored; /* the destination's keys in order */
    Index *shared;
    Part parts[MAX_RANGES];
    guint n_parts;
    gboolean is_split;
} Comparison;

static void add_part(Comparison *all, const char *after, guint next, guint end)
{
    Part *part = &all->parts[all->n_parts++];
    const guint zero = 0;

    part->lane = lane_new(&(LaneOptions){.config = all->outcome->config,
                                         .order = all->order,
                                         .shared = all->shared,
                                         .after = after,
                                         .free_item = g_free,
                                         .describe = describe,
                                         .on_compared = on_compared,
                                         .on_refused = on_refused,
                                         .on_orphan = on_orphan,
                                         .data = all->outcome},
                          NULL);
    part->next = next;
    part->end = end;
    part->cursors = g_array_new(FALSE, TRUE, sizeof(guint));
    for (guint i = 0; i < key_order_n_groups(all->order); i++) {
        g_autofree char *prefix = g_strconcat(key_order_prefix(all->order, i), all->start, NULL);
        g_autofree char *start = g_strconcat(key_order_prefix(all->order, i), after, NULL);

        g_array_append_val(part->cursors, zero);
        for (; g_array_index(part->cursors, guint, i) < all->stored->len;
             g_array_index(part->cursors, guint, i)++) {
            const char *key = all->stored->pdata[g_array_index(part->cursors, guint, i)];

            if (after != NULL ? strcmp(key, start) > 0 : strcmp(key, prefix) >= 0)
                break;
        }
    }
}

/* Cuts off what is beyond a random key, which need not exist. */
static void split(Comparison *all, Part *part)
{
    g_autofree char *key = random_key();
    const guint old_end = part->end;
    guint end = part->next;

    /* The next key is known already: the cut is before it, or is it. */
    if (all->n_parts == MAX_RANGES || part->next == part->end ||
        strcmp(key, all->keys->pdata[part->next]) <= 0)
        return;
    while (end < part->end && strcmp(all->keys->pdata[end], key) <= 0)
        end++;
    if (end == old_end)
        return;
    for (guint i = 0; i < all->n_parts; i++) {
        /* Only the last range is cut, so that no other begins before it. */
        if (all->parts[i].next > part->next || all->parts[i].end > part->end)
            return;
    }
    part->end = end;
    lane_set_until(part->lane, key);
    add_part(all, key, end, old_end);
}

static void give(Comparison *all, Part *part)
{
    for (guint i = 0; i < part->cursors->len; i++) {
        guint *cursor = &g_array_index(part->cursors, guint, i);
        g_autofree char *prefix = g_strconcat(key_order_prefix(all->order, i), all->start, NULL);

        for (; *cursor < all->stored->len; (*cursor)++) {
            const char *key = all->stored->pdata[*cursor];

            if (!g_str_has_prefix(key, prefix) || !lane_wants(part->lane, i, key))
                break;
            lane_give(part->lane, key, *(gint64 *)g_hash_table_lookup(all->outcome->destination, key));
        }
    }
}

static void step(Comparison *all, Part *part, guint size)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new();
    const guint stop = MIN(part->end, part->next + size);
    g_autofree char *cut = NULL;

    if (stop < part->end && stop > 0)
        cut = key_order_cut(all->keys->pdata[stop - 1], all->keys->pdata[stop]);
    for (; part->next < stop; part->next++)
        g_ptr_array_add(items, g_strdup(all->keys->pdata[part->next]));
    lane_open(part->lane, items, cut);
    cr_assert_eq(items->len, 0);
    if (all->is_split && roll(3) == 0)
        split(all, part);
    give(all, part);
    lane_close(part->lane);
    if (cut == NULL) {
        cr_assert_eq(lane_waiting(part->lane), 0);
        lane_free(part->lane);
        part->lane = NULL;
    }
}

/* Lists keys that begin with start. */
static void compare_in_lanes(Outcome *outcome, const KeyOrder *order, const char *start,
                             const GPtrArray *keys, gboolean is_split)
{
    Comparison all = {.outcome = outcome, .order = order, .start = start, .keys = keys, .is_split = is_split};
    g_autoptr(GPtrArray) stored = g_ptr_array_new();
    GHashTableIter iter;
    void *key;
    guint left;

    g_hash_table_iter_init(&iter, outcome->destination);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(stored, key);
    g_ptr_array_sort(stored, compare);
    all.stored = stored;
    all.shared = index_new(NULL);
    add_part(&all, NULL, 0, keys->len);
    do {
        left = 0;
        for (guint i = 0; i < all.n_parts; i++) {
            if (all.parts[i].lane != NULL && roll(2) == 0)
                step(&all, &all.parts[i], 1 + roll(8));
            if (all.is_split && all.parts[i].lane != NULL && roll(4) == 0)
                split(&all, &all.parts[i]);
            left += all.parts[i].lane != NULL;
        }
    } while (left > 0);
    for (guint i = 0; i < all.n_parts; i++)
        g_array_unref(all.parts[i].cursors);
    index_free(all.shared);
}

static void assert_equal_sets(GHashTable *got, GHashTable *expected, const char *what)
{
    GHashTableIter iter;
    void *key;

    g_hash_table_iter_init(&iter, expected);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        cr_assert(g_hash_table_contains(got, key), "'%s' is no %s", (char *)key, what);
    cr_assert_eq(g_hash_table_size(got), g_hash_table_size(expected), "too many %ss", what);
}

/* With several lanes it is not determined which of two objects with one output key comes second. */
static void assert_equal(const Outcome *got, const Outcome *expected)
{
    GHashTableIter iter;
    void *key, *line;

    cr_assert_eq(g_hash_table_size(got->lines), g_hash_table_size(expected->lines));
    g_hash_table_iter_init(&iter, expected->lines);
    while (g_hash_table_iter_next(&iter, &key, &line))
        cr_assert_str_eq(g_hash_table_lookup(got->lines, key), line, "'%s' %s instead of %s", (char *)key,
                         (char *)g_hash_table_lookup(got->lines, key), (char *)line);
}

static gboolean has_nested_prefixes(const KeyOrder *order)
{
    for (guint i = 0; i < key_order_n_groups(order); i++) {
        for (guint j = 0; j < key_order_n_groups(order); j++) {
            if (i != j && g_str_has_prefix(key_order_prefix(order, i), key_order_prefix(order, j)))
                return TRUE;
        }
    }
    return FALSE;
}

static void try_case(gboolean is_split, guint *ret_refused, guint *ret_orphans, guint *ret_whole)
{
    g_autoptr(Config) config = random_config();
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);
    g_autoptr(GPtrArray) keys = random_keys();
    g_autoptr(GHashTable) destination = random_destination(config, keys);
    Outcome expected, got;

    if (order == NULL) {
        (*ret_whole)++;
        return;
    }
    outcome_init(&expected, config, destination);
    outcome_init(&got, config, destination);
    got.may_repeat = is_split || has_nested_prefixes(order);
    compare_at_once(&expected, keys);
    compare_in_lanes(&got, order, "", keys, is_split);
    if (!is_split || expected.refused == 0)
        assert_equal(&got, &expected);
    cr_assert_eq(got.refused > 0, expected.refused > 0);
    if (!is_split && !got.may_repeat)
        assert_equal_sets(got.orphans, expected.orphans, "orphan");
    *ret_refused += expected.refused > 0;
    *ret_orphans += g_hash_table_size(got.orphans) > 0;
    outcome_clear(&expected);
    outcome_clear(&got);
}

static void try_many(gboolean is_split)
{
    guint refused = 0, orphans = 0, whole = 0;

    for (guint32 seed = 0; seed < CASES; seed++) {
        dice = g_rand_new_with_seed(seed);
        try_case(is_split, &refused, &orphans, &whole);
        g_rand_free(dice);
    }
    cr_assert(refused > CASES / 100 && refused < CASES * 3 / 4, "%u cases with two objects of one key",
              refused);
    cr_assert_gt(orphans, CASES / 10);
    cr_assert_lt(whole, CASES / 4, "%u", whole);
}

Test(lane, ten_thousand_random_comparisons_in_windows_agree_with_one_of_everything)
{
    try_many(FALSE);
}

Test(lane, so_do_as_many_in_several_lanes)
{
    try_many(TRUE);
}

/* Scopes */

static char *random_prefix(const GPtrArray *keys)
{
    g_autofree char *key =
        keys->len > 0 && roll(4) > 0 ? g_strdup(keys->pdata[roll(keys->len)]) : random_key();

    return g_strndup(key, 1 + roll((guint)strlen(key)));
}

static GPtrArray *filter(const GPtrArray *keys, const char *start)
{
    GPtrArray *found = g_ptr_array_new();

    for (guint i = 0; i < keys->len; i++) {
        if (g_str_has_prefix(keys->pdata[i], start))
            g_ptr_array_add(found, keys->pdata[i]);
    }
    return found;
}

/* Leaves only the orphans whose originals would be within the prefix. */
static void filter_orphans(const Outcome *outcome)
{
    GHashTableIter iter;
    void *key;

    g_hash_table_iter_init(&iter, outcome->orphans);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_autofree char *start = orphan_source_start(outcome->config, key);

        if (start == NULL || !g_str_has_prefix(start, outcome->prefix))
            g_hash_table_iter_remove(&iter);
    }
}

static void try_prefix(guint *ret_told, guint *ret_refused, guint *ret_orphans)
{
    g_autoptr(Config) config = random_config();
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);
    g_autoptr(GPtrArray) keys = random_keys();
    g_autoptr(GHashTable) destination = random_destination(config, keys);
    g_autofree char *prefix = random_prefix(keys);
    g_autofree char *start = order != NULL ? key_order_start(order, prefix) : NULL;
    g_autoptr(GPtrArray) listed = order != NULL ? filter(keys, start) : NULL;
    Outcome expected, got;

    if (order == NULL)
        return;
    outcome_init(&expected, config, destination);
    outcome_init(&got, config, destination);
    expected.prefix = got.prefix = prefix;
    got.may_repeat = has_nested_prefixes(order);
    compare_at_once(&expected, keys);
    compare_in_lanes(&got, order, start, listed, FALSE);
    assert_equal(&got, &expected);
    filter_orphans(&expected);
    filter_orphans(&got);
    if (!got.may_repeat)
        assert_equal_sets(got.orphans, expected.orphans, "orphan");
    *ret_told += g_hash_table_size(got.lines);
    *ret_refused += got.refused;
    *ret_orphans += g_hash_table_size(got.orphans);
    outcome_clear(&expected);
    outcome_clear(&got);
}

Test(lane, listing_what_a_prefix_needs_tells_the_same_of_its_objects_as_listing_everything)
{
    guint told = 0, refused = 0, orphans = 0;

    for (guint32 seed = 0; seed < CASES; seed++) {
        dice = g_rand_new_with_seed(seed);
        try_prefix(&told, &refused, &orphans);
        g_rand_free(dice);
    }
    cr_assert_gt(told, CASES);
    cr_assert_gt(refused, CASES / 100);
    cr_assert_gt(orphans, CASES / 100);
}
