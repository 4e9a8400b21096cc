#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "batch/diff.h"
#include "config/config.h"

static Config *config;
static Index *index_;

static void setup(void)
{
    static const char text[] =
        "source: {url: s3://photos}\ndestination: {url: s3://web}\n"
        "outputs:\n"
        "- {name: one, width: 3, height: 4}\n"
        "- {name: two, width: 5, height: 6, format: webp}\n"
        "- {name: three, width: 7, height: 8, format: png, key: '3/{dir}{name}.{ext}'}\n"
        "limits: {max_source_bytes: 1000}\n";

    config = config_parse(text, strlen(text), "c", NULL);
    index_ = index_new(NULL);
    cr_assert_not_null(config);
}

static void teardown(void)
{
    config_free(config);
    index_free(index_);
}

TestSuite(diff, .init = setup, .fini = teardown);

#define NEVER G_MININT64

Test(diff, outputs_are_those_that_take_the_key)
{
    static const char text[] =
        "source: {url: s3://aaa}\ndestination: {url: s3://bbb}\noutputs:\n"
        "- {name: all, width: 1}\n"
        "- {name: cover, width: 1, match: ['*_cover.jpg', '*_front.*'], key: 'x/{stem}'}\n"
        "- {name: logo, width: 1, match: ['*_logo.*'], except: ['old/*'], key: 'x/{stem}'}\n";
    static const char *const table[] = {"a.jpg",      "0",  "d/a_cover.jpg",  "01", "D/A_FRONT.PNG", "01",
                                        "b_logo.png", "02", "old/b_logo.png", "0"};
    g_autoptr(Config) three = config_parse(text, strlen(text), "c", NULL);

    cr_assert_not_null(three);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i += 2) {
        g_autoptr(Index) index = index_new(NULL);
        g_autoptr(GString) wanted = g_string_new(NULL);
        g_auto(Diff) diff = {0};

        cr_assert(diff_object(three, index, NULL, &(DiffObject){table[i], 100, 10, FALSE}, &diff, NULL));
        for (guint n = 0; n < diff.wanted->len; n++)
            g_string_append_printf(wanted, "%u", diff_wanted(&diff, n)->output);
        cr_expect_str_eq(wanted->str, table[i + 1], "%s", table[i]);
        cr_expect_eq(diff.up_to_date, 0);
    }
}

/* Asserts which outputs of "d/a.gif" of time 100 are wanted (a text like "02") if the existing outputs have
 * these times. */
static void assert_wanted(gint64 one, gint64 two, gint64 three, const char *expected)
{
    static const char *const keys[] = {"one/d/a.jpg", "two/d/a.webp", "3/d/a.gif.png"};
    const gint64 times[] = {one, two, three};
    g_autoptr(Index) index = index_new(NULL);
    g_autoptr(GString) wanted = g_string_new(NULL);
    g_auto(Diff) diff = {0};

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (times[i] != NEVER)
            cr_assert(index_add(index, keys[i], times[i], NULL));
    }
    cr_assert(diff_object(config, index, NULL, &(DiffObject){"d/a.gif", 100, 10, FALSE}, &diff, NULL));
    for (guint i = 0; i < diff.wanted->len; i++) {
        const DiffOutput *output = diff_wanted(&diff, i);

        g_string_append_printf(wanted, "%u", output->output);
        cr_assert_str_eq(output->key, keys[output->output]);
    }
    cr_assert_str_eq(wanted->str, expected);
    cr_assert_eq(diff.up_to_date, 3 - diff.wanted->len);
}

Test(diff, missing_or_not_newer_is_wanted)
{
    assert_wanted(NEVER, NEVER, NEVER, "012");
    assert_wanted(100, 100, 100, "012");
    assert_wanted(101, 1000, G_MAXINT64 / 4, "");
    assert_wanted(99, 101, 102, "0");
    assert_wanted(101, 100, 102, "1");
    assert_wanted(101, 101, 99, "2");
    assert_wanted(101, 99, NEVER, "12");
    assert_wanted(NEVER, 101, 0, "02");
    assert_wanted(-5, 0, 99, "012");
}

#define S  CLOCK_US_PER_S
#define MS CLOCK_US_PER_MS

Test(diff, a_source_is_young_in_the_second_of_its_time_and_a_little_longer)
{
    cr_assert_eq(diff_young_us(100, 100 * S), 1050 * MS);
    cr_assert_eq(diff_young_us(100, 100 * S + 999 * MS), 51 * MS);
    cr_assert_eq(diff_young_us(100, 101 * S), 50 * MS);
    cr_assert_eq(diff_young_us(100, 101 * S + 50 * MS), 0);
    cr_assert_eq(diff_young_us(100, 101 * S + 999 * MS), 0);
    cr_assert_eq(diff_young_us(100, 102 * S), 0);
    cr_assert_eq(diff_young_us(G_MININT64, 100 * S), 0);
    cr_assert_eq(diff_young_us(101, 100 * S), 1050 * MS, "a clock that is ahead");
    cr_assert_eq(diff_young_us(G_MAXINT64, 100 * S), 1050 * MS);
}

static gboolean succeeds(const char *key, gint64 mtime_s, guint64 size_bytes, GError **error)
{
    g_auto(Diff) diff = {0};

    return diff_object(config, index_, NULL, &(DiffObject){key, mtime_s, size_bytes, FALSE}, &diff, error);
}

Test(diff, sizes)
{
    g_autoptr(GError) empty = NULL;
    g_autoptr(GError) large = NULL;

    cr_assert(succeeds("least.png", 1, 1, NULL));
    cr_assert(succeeds("most.png", 1, 1000, NULL));
    cr_assert_not(succeeds("empty.png", 1, 0, &empty));
    cr_assert_eq(error_class(empty), ERROR_INPUT);
    cr_assert_str_eq(empty->message, "empty object");
    cr_assert_not(succeeds("large.png", 1, 1001, &large));
    cr_assert_eq(error_class(large), ERROR_LIMIT);
    cr_assert_str_eq(large->message, "1001 bytes exceed limits.max_source_bytes (1000)");
}

Test(diff, sizes_do_not_matter_if_nothing_is_wanted)
{
    g_auto(Diff) diff = {0};

    cr_assert(index_add(index_, "one/a.jpg", 6, NULL));
    cr_assert(index_add(index_, "two/a.webp", 6, NULL));
    cr_assert(index_add(index_, "3/a.gif.png", 6, NULL));
    cr_assert(diff_object(config, index_, NULL, &(DiffObject){"a.gif", 5, 2000, FALSE}, &diff, NULL));
    cr_assert_eq(diff.wanted->len, 0);
    cr_assert_eq(diff.up_to_date, 3);
}

Test(diff, the_second_object_with_an_output_key_fails)
{
    g_autoptr(GError) error = NULL;

    cr_assert(succeeds("a.gif", 1, 1, NULL));
    cr_assert_not(succeeds("a.png", 1, 1, &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_assert_not_null(strstr(error->message, "another source object has the same output key 'one/a.jpg'"),
                       "%s", error->message);
    cr_assert_not_null(strstr(error->message, "{name}"));
    cr_assert_not(index_is_claimed(index_, "3/a.png.png"), "it took none of its keys");
    cr_assert(succeeds("d/a.png", 1, 1, NULL));
    cr_assert(succeeds("b.png", 1, 1, NULL));
}

Test(diff, it_fails_also_if_the_first_was_up_to_date)
{
    cr_assert(index_add(index_, "one/a.jpg", 6, NULL));
    cr_assert(index_add(index_, "two/a.webp", 6, NULL));
    cr_assert(index_add(index_, "3/a.gif.png", 6, NULL));
    cr_assert(succeeds("a.gif", 5, 1, NULL));
    cr_assert_not(succeeds("a.png", 1, 1, NULL), "or it would be made in one run and not in the next");
}

Test(diff, a_key_that_is_too_long)
{
    g_autofree char *filler = g_strnfill(LIMIT_KEY_BYTES, 'x');
    g_autoptr(GError) error = NULL;

    cr_assert_not(succeeds(filler, 1, 1, &error));
    cr_assert_eq(error_class(error), ERROR_INPUT);
    cr_assert_not_null(strstr(error->message, "the limit is 1024"), "%s", error->message);
}

Test(diff, failure_leaves_the_result_alone)
{
    Diff diff = {.wanted = NULL, .up_to_date = 77};

    cr_assert_not(diff_object(config, index_, NULL, &(DiffObject){"a.gif", 1, 0, FALSE}, &diff, NULL));
    cr_assert_null(diff.wanted);
    cr_assert_eq(diff.up_to_date, 77);
}

/* The outputs wanted of "d/a.gif" of time 100, whose first output has another recipe since 200, with a
 * configuration of this quality; and the numbers of outputs that are not made. */
static char *wanted_with(const char *quality, RecipeWish wish, gint64 one_s)
{
    static const char text[] = "source: {url: s3://photos}\ndestination: {url: s3://web}\n"
                               "outputs:\n- {name: one, width: 3, quality: %s}\n- {name: two, width: 5}\n";
    static const char *const qualities[] = {"70", "80"};
    const RecipeWish wishes[] = {wish, wish};
    g_autofree char *own = g_strdup_printf(text, quality);
    g_autoptr(Config) mine = config_parse(own, strlen(own), "c", NULL);
    g_autoptr(Recipes) recipes = recipes_new();
    g_autoptr(RecipeClocks) clocks = NULL;
    g_autoptr(Index) index = index_new(NULL);
    g_autoptr(GString) found = g_string_new(NULL);
    g_auto(Diff) diff = {0};
    DiffCounts counts;

    for (guint i = 0; i < G_N_ELEMENTS(qualities); i++) {
        g_autofree char *full = g_strdup_printf(text, qualities[i]);
        g_autoptr(Config) one = config_parse(full, strlen(full), "c", NULL);

        cr_assert(recipes_merge(recipes, one, wishes, 200 * i, NULL));
    }
    clocks = recipe_clocks_new(recipes, mine);
    cr_assert(index_add(index, "one/d/a.jpg", one_s, NULL));
    cr_assert(diff_object(mine, index, clocks, &(DiffObject){"d/a.gif", 100, 10, FALSE}, &diff, NULL));
    counts = diff_settle(&diff, clocks);
    for (guint i = 0; i < diff.wanted->len; i++)
        g_string_append_printf(found, "%u", diff_wanted(&diff, i)->output);
    cr_assert_eq(counts.missing, 1);
    cr_assert_eq(diff.up_to_date + counts.older + counts.other_recipe, 1);
    g_string_append_printf(found, " left %u withheld %u", counts.left, counts.withheld);
    return g_strdup(found->str);
}

Test(diff, recipes_decide_too)
{
    static const struct {
        const char *quality;
        RecipeWish wish;
        gint64 one_s;
        const char *expected;
    } table[] = {
        {"80", RECIPE_WISH_REPORT, 150, "1 left 1 withheld 0"},
        {"80", RECIPE_WISH_REMAKE, 150, "01 left 0 withheld 0"},
        {"80", RECIPE_WISH_REMAKE, 201, "1 left 0 withheld 0"},
        {"70", RECIPE_WISH_REMAKE, 201, "1 left 1 withheld 0"},
        {"70", RECIPE_WISH_REMAKE, 99, "1 left 0 withheld 1"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *found = wanted_with(table[i].quality, table[i].wish, table[i].one_s);

        cr_assert_str_eq(found, table[i].expected);
    }
}

/* An original over the limit fails only if something would be made of it. */
Test(diff, the_size_counts_for_what_is_made)
{
    static const RecipeWish wishes[][3] = {
        {RECIPE_WISH_REPORT, RECIPE_WISH_REPORT, RECIPE_WISH_REPORT},
        {RECIPE_WISH_REMAKE, RECIPE_WISH_REMAKE, RECIPE_WISH_REMAKE},
    };
    static const char *const keys[] = {"one/a.jpg", "two/a.webp", "3/a.gif.png"};
    g_autoptr(Config) other = NULL;
    static const char text[] = "source: {url: s3://photos}\ndestination: {url: s3://web}\n"
                               "outputs: [{name: one, width: 4}, {name: two, width: 6, format: webp},\n"
                               "  {name: three, width: 8, format: png, key: '3/{dir}{name}.{ext}'}]\n";

    other = config_parse(text, strlen(text), "c", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(wishes); i++) {
        g_autoptr(Recipes) recipes = recipes_new();
        g_autoptr(RecipeClocks) clocks = NULL;
        g_autoptr(Index) index = index_new(NULL);
        g_auto(Diff) diff = {0};

        cr_assert(recipes_merge(recipes, other, wishes[i], 1, NULL));
        cr_assert(recipes_merge(recipes, config, wishes[i], 50, NULL));
        clocks = recipe_clocks_new(recipes, config);
        for (guint k = 0; k < G_N_ELEMENTS(keys); k++)
            cr_assert(index_add(index, keys[k], 9, NULL));
        cr_assert_eq(diff_object(config, index, clocks, &(DiffObject){"a.gif", 5, 2000, FALSE}, &diff, NULL),
                     i == 0);
    }
}

Test(diff, outputs_of_a_suspect_are_never_up_to_date)
{
    g_auto(Diff) diff = {0};

    cr_assert(index_add(index_, "one/a.jpg", 1000, NULL));
    cr_assert(index_add(index_, "two/a.webp", 1000, NULL));
    cr_assert(diff_object(config, index_, NULL, &(DiffObject){"a.gif", 5, 10, TRUE}, &diff, NULL));
    cr_assert_eq(diff.wanted->len, 3);
    cr_assert_eq(diff_wanted(&diff, 0)->freshness, FRESHNESS_OLDER);
    cr_assert_eq(diff_wanted(&diff, 2)->freshness, FRESHNESS_MISSING);
}
