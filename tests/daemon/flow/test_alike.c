#include <criterion/criterion.h>

#include "daemon/flow/alike.h"

static void fail(Alike *alike, ErrorClass class, const char *reason)
{
    g_autoptr(GError) error = g_error_new_literal(error_quark(), (gint) class, reason);

    alike_failed(alike, "a.jpg", NULL, error);
}

/* Every number of objects among the first ones that fail alike, in every order that matters: the others
 * first, last or spread. */
Test(alike, nearly_all_of_the_sample_decide)
{
    for (guint sample = 1; sample <= 120; sample++) {
        const guint enough = (sample * 95 + 99) / 100;

        for (guint n_alike = 0; n_alike <= sample; n_alike++) {
            for (int order = 0; order < 3; order++) {
                Alike *alike = alike_new(sample);

                for (guint i = 0; i < sample; i++) {
                    const guint others = sample - n_alike;
                    const gboolean other = order == 0   ? i < others
                                           : order == 1 ? i >= n_alike
                                                        : (i + 1) * others / sample != i * others / sample;

                    if (!other)
                        fail(alike, ERROR_INPUT, "damaged jpeg: no");
                    else if (i % 2 == 0)
                        alike_made(alike);
                    else {
                        g_autofree char *reason = g_strnfill(1 + i, 'x');

                        fail(alike, ERROR_INPUT, reason);
                    }
                }
                if (n_alike >= enough) {
                    cr_assert_eq(alike_verdict(alike), ALIKE_YES, "%u of %u", n_alike, sample);
                    cr_assert_eq(alike_count(alike), n_alike);
                    cr_assert_str_eq(alike_example(alike)->message, "damaged jpeg: no");
                    cr_assert_str_eq(alike_example_key(alike), "a.jpg");
                } else if (n_alike > 1 || sample > 20) {
                    cr_assert_eq(alike_verdict(alike), ALIKE_NO, "%u of %u", n_alike, sample);
                }
                alike_free(alike);
            }
        }
    }
}

Test(alike, verdict_comes_as_soon_as_it_is_sure_and_stays)
{
    Alike *alike = alike_new(100);

    for (int i = 0; i < 5; i++)
        alike_made(alike);
    cr_expect_eq(alike_verdict(alike), ALIKE_OPEN);
    alike_made(alike);
    cr_expect_eq(alike_verdict(alike), ALIKE_NO, "6 others are too many");
    for (int i = 0; i < 500; i++)
        fail(alike, ERROR_INPUT, "no");
    cr_expect_eq(alike_verdict(alike), ALIKE_NO);
    cr_expect_null(alike_example(alike));
    alike_free(alike);
    alike = alike_new(100);
    for (int i = 0; i < 99; i++)
        fail(alike, ERROR_CRASH, "no");
    cr_expect_eq(alike_verdict(alike), ALIKE_OPEN);
    fail(alike, ERROR_CRASH, "no");
    cr_expect_eq(alike_verdict(alike), ALIKE_YES);
    for (int i = 0; i < 500; i++)
        alike_made(alike);
    cr_expect_eq(alike_verdict(alike), ALIKE_YES);
    alike_free(alike);
    alike_free(NULL);
}

Test(alike, it_can_be_turned_off)
{
    Alike *alike = alike_new(0);

    for (int i = 0; i < 500; i++)
        fail(alike, ERROR_INPUT, "no");
    cr_expect_eq(alike_verdict(alike), ALIKE_NO);
    alike_free(alike);
}

/* For refusals and for passing failures the stores have their own rules. */
Test(alike, only_what_is_the_objects_or_this_machines_fault_counts)
{
    for (ErrorClass class = 0; class <= ERROR_CLASS_LAST; class ++) {
        const gboolean counts = class == ERROR_INPUT || class == ERROR_LIMIT || class == ERROR_CONFIG ||
                                class == ERROR_INTERNAL || class == ERROR_CRASH;
        Alike *alike = alike_new(10);

        for (int i = 0; i < 10; i++)
            fail(alike, class, "no");
        cr_expect_eq(alike_verdict(alike), counts ? ALIKE_YES : ALIKE_OPEN, "%s", error_class_name(class));
        alike_free(alike);
    }
}

static void expect_alike(gboolean are_alike, const char *a, const char *b)
{
    g_autoptr(GError) first = g_error_new_literal(error_quark(), ERROR_INPUT, a);
    g_autoptr(GError) second = g_error_new_literal(error_quark(), ERROR_INPUT, b);
    g_autofree char *one = alike_pattern("x/a.jpg", "thumb", first);
    g_autofree char *other = alike_pattern("y/b.png", "thumb", second);

    cr_expect_eq(g_str_equal(one, other), are_alike, "%s | %s", one, other);
}

Test(alike, reasons_are_compared_without_the_objects_own_words)
{
    expect_alike(TRUE, "4000 x 3000 = 12000000 pixels exceed the limit of 1",
                 "20 x 9 = 180 pixels exceed the limit of 1");
    expect_alike(TRUE, "x/a.jpg: not a regular file", "y/b.png: not a regular file");
    expect_alike(TRUE, "its 'meta' is of no use", "its 'mdat box' is of no use");
    expect_alike(FALSE, "damaged jpeg: no", "damaged png: no");
    expect_alike(FALSE, "it's damaged", "it's whole");
    expect_alike(TRUE, "", "");
}

Test(alike, class_and_output_make_a_difference)
{
    g_autoptr(GError) input = g_error_new_literal(error_quark(), ERROR_INPUT, "no");
    g_autoptr(GError) limit = g_error_new_literal(error_quark(), ERROR_LIMIT, "no");
    g_autofree char *plain = alike_pattern("", NULL, input);
    g_autofree char *other = alike_pattern("", NULL, limit);
    g_autofree char *output = alike_pattern("", "thumb", input);

    cr_expect_str_eq(plain, "input : no");
    cr_expect_str_neq(plain, other);
    cr_expect_str_neq(plain, output);
}
