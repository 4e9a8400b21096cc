#include <criterion/criterion.h>
#include <string.h>

#include "batch/freshness.h"
#include "config/config.h"

#define FUTURE RECIPES_MAX_TIME_S

static Config *config_of(const char *quality, const char *key)
{
    g_autofree char *text = g_strdup_printf("source: {url: 's3://photos'}\ndestination: {url: 's3://web/'}\n"
                                            "outputs: [{name: one, width: 3, quality: %s, key: '%s'}]\n",
                                            quality, key);
    Config *config = config_parse(text, strlen(text), "c", NULL);

    cr_assert_not_null(config);
    return config;
}

#define KEY "{output}/{stem}.{ext}"

/* A file that knows quality 80 from the beginning and 90 from 100 on. */
static Recipes *two_recipes(RecipeWish wish)
{
    g_autoptr(Config) old = config_of("80", KEY);
    g_autoptr(Config) new = config_of("90", KEY);
    Recipes *recipes = recipes_new();

    cr_assert(recipes_merge(recipes, old, (RecipeWish[]){RECIPE_WISH_REPORT}, 1, NULL));
    cr_assert(recipes_merge(recipes, new, &wish, 100, NULL));
    return recipes;
}

static void assert_decision(const Recipes *recipes, const char *quality, const char *key, gint64 mtime_s,
                            Freshness expected, gboolean is_made)
{
    g_autoptr(Config) config = config_of(quality, key);
    g_autoptr(RecipeClocks) clocks = recipe_clocks_new(recipes, config);
    const Freshness freshness = freshness_of(clocks, 0, mtime_s >= 0, mtime_s, 50);

    cr_assert_eq(freshness, expected, "quality %s at %" G_GINT64_FORMAT, quality, mtime_s);
    cr_assert_eq(freshness_demands(clocks, 0, freshness), is_made, "quality %s at %" G_GINT64_FORMAT, quality,
                 mtime_s);
}

#define NONE (-1)

Test(freshness, without_recipes_only_times_count)
{
    cr_assert_eq(freshness_of(NULL, 0, FALSE, 0, 50), FRESHNESS_MISSING);
    cr_assert_eq(freshness_of(NULL, 0, TRUE, 50, 50), FRESHNESS_OLDER);
    cr_assert_eq(freshness_of(NULL, 0, TRUE, 51, 50), FRESHNESS_UP_TO_DATE);
    cr_assert(freshness_demands(NULL, 0, FRESHNESS_MISSING));
    cr_assert(freshness_demands(NULL, 0, FRESHNESS_OLDER));
    cr_assert_not(freshness_demands(NULL, 0, FRESHNESS_UP_TO_DATE));
}

Test(freshness, what_is_reported_is_left)
{
    g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REPORT);

    assert_decision(recipes, "90", KEY, NONE, FRESHNESS_MISSING, TRUE);
    assert_decision(recipes, "90", KEY, 50, FRESHNESS_OLDER, TRUE);
    assert_decision(recipes, "90", KEY, 51, FRESHNESS_OTHER_RECIPE, FALSE);
    assert_decision(recipes, "90", KEY, 101, FRESHNESS_UP_TO_DATE, FALSE);
}

Test(freshness, what_is_to_be_made_again_is_demanded)
{
    g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REMAKE);

    assert_decision(recipes, "90", KEY, 51, FRESHNESS_OTHER_RECIPE, TRUE);
    assert_decision(recipes, "90", KEY, 99, FRESHNESS_OTHER_RECIPE, TRUE);
    assert_decision(recipes, "90", KEY, 100, FRESHNESS_OTHER_RECIPE, TRUE); /* before or after: not known */
    assert_decision(recipes, "90", KEY, 101, FRESHNESS_UP_TO_DATE, FALSE);
}

Test(freshness, a_run_may_make_again_what_others_leave_but_not_with_an_older_configuration)
{
    static const char *const qualities[] = {"90", "80"};

    for (guint i = 0; i < G_N_ELEMENTS(qualities); i++) {
        g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REPORT);
        g_autoptr(Config) config = config_of(qualities[i], KEY);
        g_autoptr(RecipeClocks) clocks = recipe_clocks_new(recipes, config);

        recipe_clocks_remake(clocks, 0);
        cr_assert_eq(freshness_demands(clocks, 0, FRESHNESS_OTHER_RECIPE), i == 0);
        cr_assert_not(freshness_demands(clocks, 0, FRESHNESS_UP_TO_DATE));
    }
}

Test(freshness, an_older_configuration_makes_nothing)
{
    g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REMAKE);

    assert_decision(recipes, "80", KEY, NONE, FRESHNESS_MISSING, FALSE);
    assert_decision(recipes, "80", KEY, 50, FRESHNESS_OLDER, FALSE);
    assert_decision(recipes, "80", KEY, 60, FRESHNESS_UP_TO_DATE, FALSE);
    assert_decision(recipes, "80", KEY, 101, FRESHNESS_OTHER_RECIPE, FALSE);
}

Test(freshness, a_recipe_that_comes_back_keeps_what_it_made)
{
    g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REMAKE);
    g_autoptr(Config) config = config_of("80", KEY);

    cr_assert(recipes_merge(recipes, config, (RecipeWish[]){RECIPE_WISH_ORDER}, 200, NULL));
    assert_decision(recipes, "80", KEY, 60, FRESHNESS_UP_TO_DATE, FALSE);
    assert_decision(recipes, "80", KEY, 101, FRESHNESS_OTHER_RECIPE, TRUE);
    assert_decision(recipes, "80", KEY, 201, FRESHNESS_UP_TO_DATE, FALSE);
}

Test(freshness, a_recipe_that_could_not_be_written_makes_nothing_again)
{
    g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REMAKE);

    assert_decision(recipes, "95", KEY, 101, FRESHNESS_OTHER_RECIPE, FALSE);
    assert_decision(recipes, "95", KEY, NONE, FRESHNESS_MISSING, TRUE);
}

Test(freshness, in_a_plan_a_new_recipe_is_that_of_nothing_yet)
{
    g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REPORT);
    g_autoptr(Config) config = config_of("95", KEY);

    cr_assert(recipes_merge(recipes, config, (RecipeWish[]){RECIPE_WISH_ORDER}, FUTURE, NULL));
    assert_decision(recipes, "95", KEY, 4000000000, FRESHNESS_OTHER_RECIPE, TRUE);
}

Test(freshness, an_output_that_nobody_knows_is_adopted)
{
    g_autoptr(Recipes) recipes = recipes_new();

    assert_decision(recipes, "90", KEY, 51, FRESHNESS_UP_TO_DATE, FALSE);
    assert_decision(recipes, "90", KEY, NONE, FRESHNESS_MISSING, TRUE);
}

Test(freshness, an_output_with_its_recipe_in_the_key_has_no_other)
{
    g_autoptr(Recipes) recipes = two_recipes(RECIPE_WISH_REMAKE);

    assert_decision(recipes, "80", "{recipe}/{stem}.{ext}", 101, FRESHNESS_UP_TO_DATE, FALSE);
    assert_decision(recipes, "80", "{recipe}/{stem}.{ext}", NONE, FRESHNESS_MISSING, TRUE);
}
