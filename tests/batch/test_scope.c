#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "batch/scope.h"

Test(scope, everything_is_in_the_empty_one)
{
    const Scope all = {0};
    g_autofree char *text = scope_describe(&all);

    cr_assert(scope_is_whole(&all));
    cr_assert(scope_is_whole(&(Scope){.shards = 1}));
    cr_assert_not(scope_is_whole(&(Scope){.shards = 2}));
    cr_assert_not(scope_is_whole(&(Scope){.list = (char *)""}));
    cr_assert(scope_has(&all, "a/b.jpg"));
    cr_assert(scope_covers(&all, ""));
    cr_assert_null(text);
}

Test(scope, a_prefix_is_of_bytes)
{
    Scope scope = {.prefix = (char *)"a/b"};
    g_autofree char *text = scope_describe(&scope);

    cr_assert(scope_has(&scope, "a/b"));
    cr_assert(scope_has(&scope, "a/bc/d.jpg"));
    cr_assert_not(scope_has(&scope, "a/"));
    cr_assert_not(scope_has(&scope, "b/a/b"));
    cr_assert(scope_covers(&scope, "a/b"));
    cr_assert_not(scope_covers(&scope, "a/"));
    cr_assert_not(scope_is_whole(&scope));
    cr_assert_str_eq(text, "below 'a/b'");
}

Test(scope, each_key_is_in_one_shard_and_shards_are_alike)
{
    guint counts[7] = {0};

    for (guint i = 0; i < 7000; i++) {
        char key[32];
        guint shards = 0;

        (void)snprintf(key, sizeof key, "%03u/%06u.jpg", i % 10, i);
        for (guint j = 0; j < G_N_ELEMENTS(counts); j++) {
            const gboolean is_in = scope_has(&(Scope){.shard = j, .shards = 7}, key);

            counts[j] += is_in;
            shards += is_in;
        }
        cr_assert_eq(shards, 1, "%s", key);
    }
    for (guint j = 0; j < G_N_ELEMENTS(counts); j++)
        cr_assert(counts[j] > 850 && counts[j] < 1150, "%u: %u", j, counts[j]);
}

/* Shards of machines with different versions must fit together. */
Test(scope, what_is_in_a_shard_never_changes)
{
    static const char *const keys[] = {"a.jpg", "a/b.png", "\xc3\xa9/0001.jpg", ".hidden", "x"};
    static const guint expected[] = {429, 325, 874, 835, 639};

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        cr_assert(scope_has(&(Scope){.shard = expected[i], .shards = 1000}, keys[i]), "%s", keys[i]);
}

Test(scope, keys_that_may_share_an_output_are_together)
{
    for (guint i = 0; i < 100; i++) {
        char jpg[32], png[32];
        const Scope scope = {.shard = i % 9, .shards = 9};

        (void)snprintf(jpg, sizeof jpg, "d/%u.x.jpg", i);
        (void)snprintf(png, sizeof png, "d/%u.x.png", i);
        cr_assert_eq(scope_has(&scope, jpg), scope_has(&scope, png), "%s", jpg);
    }
}

Test(scope, shards_are_parsed)
{
    Scope scope = {0};

    cr_assert(scope_parse_shard(&scope, NULL, NULL, "3", NULL));
    cr_assert_eq(scope.shards, 0);
    cr_assert(scope_parse_shard(&scope, "2/8", NULL, NULL, NULL));
    cr_assert(scope.shard == 2 && scope.shards == 8);
    cr_assert(scope_parse_shard(&scope, NULL, "8", "7", NULL));
    cr_assert(scope.shard == 7 && scope.shards == 8);
    cr_assert(scope_parse_shard(&scope, "0/1", NULL, NULL, NULL));
}

Test(scope, what_is_no_shard_is_said)
{
    static const struct {
        const char *shard, *count, *index, *message;
    } cases[] = {
        {"8/8", NULL, NULL, "not '8/8'"},     {"1", NULL, NULL, "not '1'"},
        {"/8", NULL, NULL, "not '/8'"},       {"-1/8", NULL, NULL, "not '-1/8'"},
        {"1/8 ", NULL, NULL, "not '1/8 '"},   {"0/0", NULL, NULL, "not '0/0'"},
        {"0/10001", NULL, NULL, "0/10001"},   {"99999999999999999999/8", NULL, NULL, "a shard is I/N"},
        {NULL, "0", "0", "1 to 10000"},       {NULL, "x", "0", "not 'x'"},
        {NULL, "8", NULL, "is 0 to 7, not "}, {NULL, "8", "8", "is 0 to 7, not '8'"},
        {NULL, "8", "", "is 0 to 7, not ''"}, {"0/8", "8", "0", "do not give both"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        Scope scope = {0};

        cr_assert_not(scope_parse_shard(&scope, cases[i].shard, cases[i].count, cases[i].index, &error));
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert_not_null(strstr(error->message, cases[i].message), "%s", error->message);
    }
}

Test(scope, crosses_between_processes)
{
    const Scope scope = {
        .prefix = (char *)"\xff/a", .shard = 2, .shards = 8, .list = (char *)"the keys in 'k'"};
    g_autoptr(GVariant) variant = g_variant_ref_sink(scope_to_variant(&scope));
    g_autoptr(GVariant) wrong = g_variant_ref_sink(scope_to_variant(&(Scope){.shard = 8, .shards = 8}));
    g_autoptr(GVariant) none = g_variant_ref_sink(scope_to_variant(&(Scope){0}));
    g_autofree char *text = NULL;
    Scope back = {0};

    cr_assert(scope_from_variant(none, &back));
    cr_assert(back.prefix == NULL && back.shards == 0);
    cr_assert_not(scope_from_variant(wrong, &back));
    cr_assert(scope_from_variant(variant, &back));
    cr_assert(g_variant_is_of_type(variant, G_VARIANT_TYPE(SCOPE_VARIANT_TYPE)));
    text = scope_describe(&back);
    cr_assert_str_eq(text, "shard 2 of 8 below '\\xff/a' of the keys in 'k'");
    scope_clear(&back);
}
