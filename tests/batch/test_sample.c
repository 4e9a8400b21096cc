#include "batch/sample.h"

#include <criterion/criterion.h>

#define KEYS 2000u
#define SIZE 100u

/* Which of the keys 0 .. KEYS - 1 are in a sample that has seen them in steps of `step`. */
static void choose(guint64 seed, guint step, gboolean *ret_chosen)
{
    g_autoptr(Sample) sample = sample_new(SIZE, seed, g_free);
    guint *item;

    for (guint i = 0; i < KEYS; i++) {
        g_autofree char *key = g_strdup_printf("%u.jpg", i * step % KEYS);
        guint *number = g_new(guint, 1);

        *number = i * step % KEYS;
        g_free(sample_add(sample, key, number));
        ret_chosen[i] = FALSE;
    }
    cr_assert_eq(sample_count(sample), SIZE);
    while ((item = sample_take(sample)) != NULL) {
        cr_assert_not(ret_chosen[*item], "twice");
        ret_chosen[*item] = TRUE;
        g_free(item);
    }
    cr_assert_eq(sample_count(sample), 0);
}

static guint count(const gboolean *chosen, const gboolean *other, guint from, guint to)
{
    guint n = 0;

    for (guint i = from; i < to; i++)
        n += chosen[i] && other[i] ? 1u : 0u;
    return n;
}

Test(sample, depends_on_the_seed_and_not_on_the_order)
{
    gboolean first[KEYS], other[KEYS];

    choose(1, 1, first);
    choose(1, 1999, other);
    cr_assert_arr_eq(first, other, sizeof first);
    choose(2, 1, other);
    cr_assert_lt(count(first, other, 0, KEYS), 20);
}

/* Each half has half of the sample: within five standard deviations, over seeds that are fixed. */
Test(sample, is_fair_to_what_comes_first_and_last)
{
    guint first_half = 0;

    for (guint seed = 0; seed < 50; seed++) {
        gboolean chosen[KEYS];

        choose(seed, 1, chosen);
        first_half += count(chosen, chosen, 0, KEYS / 2);
    }
    cr_assert(first_half > 2325 && first_half < 2675, "%u of 5000", first_half);
}

Test(sample, keeps_everything_if_that_is_less_and_frees_the_rest)
{
    g_autoptr(Sample) sample = sample_new(3, 9, g_free);

    cr_assert_null(sample_add(sample, "a", g_strdup("a")));
    cr_assert_null(sample_add(sample, "b", g_strdup("b")));
    cr_assert_eq(sample_count(sample), 2);
}
