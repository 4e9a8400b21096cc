#include <criterion/criterion.h>

#include "daemon/flow/admission.h"

/* A budget of 100 for each of 4 workers, and 400 for heavy objects. */
static Admission four_workers(void)
{
    Admission admission;

    admission_init(&admission, 800, 4);
    return admission;
}

static void begin_light(Admission *admission, guint n)
{
    for (guint i = 0; i < n; i++)
        admission_begin(admission, 0);
}

Test(admission, light_ones_never_wait_for_each_other)
{
    Admission admission = four_workers();

    cr_expect_eq(admission.share_bytes, 100);
    for (guint i = 0; i < 100; i++) {
        cr_assert(admission_allows_light(&admission, 0), "%u", i);
        admission_begin(&admission, 0);
    }
}

Test(admission, heavy_ones_run_beside_light_ones_while_there_is_room)
{
    Admission admission = four_workers();

    begin_light(&admission, 16);
    cr_expect(admission_allows_heavy(&admission, 400, TRUE));
    cr_expect(!admission_allows_heavy(&admission, 401, TRUE));
    admission_begin(&admission, 250);
    cr_expect(admission_allows_heavy(&admission, 150, TRUE));
    cr_expect(!admission_allows_heavy(&admission, 151, TRUE),
              "two of them for which there is no room together");
    cr_expect(admission_allows_light(&admission, 151), "nothing is gained by holding these back");
    admission_end(&admission, 250, 0);
    cr_expect(admission_allows_heavy(&admission, 151, TRUE));
}

Test(admission, the_heaviest_runs_alone)
{
    Admission admission = four_workers();
    guint n_light = 6;

    begin_light(&admission, n_light);
    while (!admission_allows_heavy(&admission, 800, TRUE)) {
        cr_assert(!admission_allows_light(&admission, 800), "none overtakes it");
        cr_assert_gt(n_light--, 0);
        admission_end(&admission, 0, 0);
    }
    cr_expect_eq(n_light, 0);
    admission_begin(&admission, 800);
    cr_expect(!admission_allows_light(&admission, 0));
    cr_expect(!admission_allows_heavy(&admission, 1, TRUE));
    admission_end(&admission, 800, 0);
    cr_expect(admission_allows_light(&admission, 0));
}

Test(admission, light_ones_that_are_not_in_the_way_go_on)
{
    Admission admission = four_workers();

    cr_expect(admission_allows_light(&admission, 600));
    begin_light(&admission, 2);
    cr_expect(!admission_allows_light(&admission, 600));
    cr_expect(admission_allows_heavy(&admission, 600, TRUE));
    admission_begin(&admission, 600);
    cr_expect(!admission_allows_light(&admission, 0), "the budget is full");
}

Test(admission, nothing_is_above_the_budget)
{
    Admission admission = four_workers();

    cr_expect(!admission_allows_heavy(&admission, 801, TRUE));
    cr_expect(!admission_allows_heavy(&admission, G_MAXUINT64, TRUE));
    admission_init(&admission, G_MAXUINT64, 3);
    cr_expect(admission_allows_heavy(&admission, G_MAXUINT64, TRUE));
    begin_light(&admission, 3);
    admission_begin(&admission, G_MAXUINT64 / 4);
    cr_expect(!admission_allows_heavy(&admission, G_MAXUINT64 / 2, TRUE), "sums do not wrap");
}

Test(admission, light_ones_keep_the_share_that_they_have)
{
    Admission admission = four_workers();

    begin_light(&admission, 6);
    admission_scale(&admission, 1);
    cr_expect_eq(admission.share_bytes, 400);
    cr_expect(admission_allows_light(&admission, 0));
    cr_expect_eq(admission_begin(&admission, 0), 1);
    cr_expect(!admission_allows_heavy(&admission, 1, TRUE), "four imagers have 100 each, and one has 400");
    for (guint i = 0; i < 3; i++)
        admission_end(&admission, 0, 0);
    cr_expect(admission_allows_heavy(&admission, 100, TRUE));
    cr_expect(!admission_allows_heavy(&admission, 101, TRUE));
    for (guint i = 0; i < 3; i++)
        admission_end(&admission, 0, 0);
    cr_expect(admission_allows_heavy(&admission, 400, TRUE));
    admission_end(&admission, 0, 1);
    cr_expect(admission_allows_heavy(&admission, 800, TRUE));
}

Test(admission, what_is_reserved_is_left_to_others)
{
    Admission admission = four_workers();

    admission_reserve(&admission, 500);
    cr_expect(admission_allows_heavy(&admission, 300, TRUE));
    cr_expect(!admission_allows_heavy(&admission, 301, TRUE));
    begin_light(&admission, 2);
    cr_expect(!admission_allows_heavy(&admission, 101, TRUE));
    cr_expect(!admission_allows_light(&admission, 300), "one that waits gets its turn");
    cr_expect(admission_allows_light(&admission, 301), "but not one that has none before the others end");
    begin_light(&admission, 1);
    cr_expect(!admission_allows_light(&admission, 0));
    cr_expect_eq(admission_used_bytes(&admission), 300);
    admission_reserve(&admission, G_MAXUINT64);
    cr_expect(!admission_allows_heavy(&admission, 1, TRUE));
    admission_reserve(&admission, 0);
    cr_expect(admission_allows_heavy(&admission, 500, TRUE));
    cr_expect(admission_allows_light(&admission, 0));
}

/* The most memory in use: each imager of an epoch renders one object. */
static guint64 used_bytes(const guint *n_light, const guint *n_workers, guint n)
{
    guint64 bytes = 0;

    for (guint i = 0; i < n; i++)
        bytes += MIN(n_light[i], n_workers[i]) * (4096 / 2 / n_workers[i]);
    return bytes;
}

Test(admission, scaling_stays_within_the_budget)
{
    enum { EPOCHS = 200 };
    guint n_light[EPOCHS] = {0}, n_workers[EPOCHS] = {4};
    GRand *dice = g_rand_new_with_seed(2);
    Admission admission;
    guint n_begun = 0;

    admission_init(&admission, 4096, 4);
    for (guint i = 0; i < 100 * EPOCHS; i++) {
        guint ended = (guint)g_rand_int_range(dice, 0, (gint32)admission.epoch + 1);

        while (n_light[ended] == 0 && ended < admission.epoch)
            ended++;
        if (i % 100 == 99 && admission.epoch + 1 < EPOCHS) {
            n_workers[admission.epoch + 1] = (guint)g_rand_int_range(dice, 1, 17);
            admission_scale(&admission, n_workers[admission.epoch + 1]);
        } else if (n_light[ended] > 0 && g_rand_boolean(dice)) {
            n_light[ended]--;
            admission_end(&admission, 0, ended);
        } else if (admission_allows_light(&admission, 0)) {
            n_light[admission_begin(&admission, 0)]++;
            n_begun++;
        }
        cr_assert_leq(used_bytes(n_light, n_workers, admission.epoch + 1), 4096);
    }
    cr_expect_gt(n_begun, 1000, "it goes on meanwhile");
    for (guint i = 0; i < EPOCHS; i++)
        for (; n_light[i] > 0; n_light[i]--)
            admission_end(&admission, 0, i);
    cr_expect(admission_allows_heavy(&admission, 4096, TRUE), "nothing is forgotten");
    g_rand_free(dice);
}

/* For any order of objects, the budget is never exceeded, and the first waiting object gets its turn. */
Test(admission, a_long_day)
{
    Admission admission = four_workers();
    GRand *dice = g_rand_new_with_seed(1);
    GQueue heavy = G_QUEUE_INIT;
    guint64 waiting = 0;
    guint patience = 0;

    for (guint i = 0; i < 100000; i++) {
        if (waiting == 0 && g_rand_int_range(dice, 0, 4) == 0)
            waiting = (guint64)g_rand_int_range(dice, 101, 801);
        if (waiting != 0 && admission_allows_heavy(&admission, waiting, TRUE)) {
            admission_begin(&admission, waiting);
            g_queue_push_tail(&heavy, GSIZE_TO_POINTER(waiting));
            waiting = 0;
            patience = 0;
        } else if (admission.n_light < 16 && admission_allows_light(&admission, waiting)) {
            admission_begin(&admission, 0);
        } else if (!g_queue_is_empty(&heavy) && g_rand_boolean(dice)) {
            admission_end(&admission, GPOINTER_TO_SIZE(g_queue_pop_head(&heavy)), 0);
        } else if (admission.n_light > 0) {
            admission_end(&admission, 0, 0);
        }
        cr_assert_leq(MIN(admission.n_light, 4) * 100 + admission.heavy_bytes, 800);
        cr_assert_lt(patience++, 1000u, "%" G_GUINT64_FORMAT " waits for ever", waiting);
    }
    g_queue_clear(&heavy);
    g_rand_free(dice);
}

/* Two heavy objects occupied both imagers of two workers, so that no small object was rendered meanwhile. */
Test(admission, of_several_workers_one_is_kept_for_light_ones)
{
    Admission admission;

    admission_init(&admission, 800, 2);
    cr_assert(admission_allows_heavy(&admission, 10, TRUE));
    admission_begin(&admission, 10);
    cr_expect(!admission_allows_heavy(&admission, 10, TRUE));
    cr_expect(admission_allows_light(&admission, 10));
    cr_expect(admission_allows_heavy(&admission, 10, FALSE), "there are no others");
    begin_light(&admission, 1);
    cr_expect(!admission_allows_heavy(&admission, 10, FALSE), "there are some in flight");
    admission_end(&admission, 0, 0);
    admission_end(&admission, 10, 0);
    cr_expect(admission_allows_heavy(&admission, 10, TRUE));
}

Test(admission, the_only_worker_takes_everything)
{
    Admission admission;

    admission_init(&admission, 800, 1);
    begin_light(&admission, 3);
    cr_expect(admission_allows_heavy(&admission, 10, TRUE));
    admission_begin(&admission, 10);
    cr_expect(admission_allows_heavy(&admission, 10, TRUE));
}
