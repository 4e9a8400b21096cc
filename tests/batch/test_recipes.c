#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "batch/recipes.h"
#include "config/config.h"

/* Two outputs; quality and key are those of the first one. */
static Config *config_with(const char *source, const char *quality, const char *key)
{
    g_autofree char *text = g_strdup_printf("source: {url: '%s'}\ndestination: {url: 's3://web/'}\n"
                                            "outputs:\n"
                                            "- {name: one, width: 3, quality: %s, key: '%s'}\n"
                                            "- {name: two, width: 5, format: webp}\n",
                                            source, quality, key);
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

static Config *config_of(const char *quality)
{
    return config_with("s3://photos/", quality, "{output}/{dir}{stem}.{ext}");
}

static const RecipeWish report[2] = {RECIPE_WISH_REPORT, RECIPE_WISH_REPORT};
static const RecipeWish remake[2] = {RECIPE_WISH_REMAKE, RECIPE_WISH_REMAKE};
static const RecipeWish order[2] = {RECIPE_WISH_ORDER, RECIPE_WISH_ORDER};
static const RecipeWish order_first[2] = {RECIPE_WISH_ORDER, RECIPE_WISH_REPORT};

static void merge(Recipes *recipes, const Config *config, const RecipeWish *wishes, gint64 now_s)
{
    g_autoptr(GError) error = NULL;

    cr_assert(recipes_merge(recipes, config, wishes, now_s, &error), "%s",
              error != NULL ? error->message : "");
}

/* expected: the first output's spans, such as "0- 100+" ('+': the present recipe). */
static void assert_state(const Recipes *recipes, const Config *config, RecipeStanding standing,
                         const char *expected, gboolean expect_remake)
{
    gboolean remakes = FALSE;
    g_autoptr(GArray) spans = recipes_spans(recipes, config, 0, &remakes);
    g_autoptr(GString) text = g_string_new(NULL);

    cr_assert_eq(recipes_standing(recipes, config, 0), standing);
    for (guint i = 0; i < spans->len; i++) {
        const RecipeSpan *span = &g_array_index(spans, RecipeSpan, i);

        g_string_append_printf(text, "%s%" G_GINT64_FORMAT "%s", i > 0 ? " " : "", span->since_s,
                               span->is_present ? "+" : "-");
    }
    cr_assert_str_eq(text->str, expected);
    cr_assert_eq(remakes, expect_remake);
}

Test(recipes, first_use_adopts_what_is_there)
{
    g_autoptr(Config) config = config_of("80");
    g_autoptr(Recipes) recipes = recipes_new();

    assert_state(recipes, config, RECIPE_FIRST, "", FALSE);
    cr_assert_eq(recipes_compare(recipes, config, report), RECIPES_NOTED, "no clock is needed");
    merge(recipes, config, report, 100);
    assert_state(recipes, config, RECIPE_PRESENT, "0+", FALSE);
    cr_assert_eq(recipes_generation(recipes), 1);
    cr_assert_eq(recipes_compare(recipes, config, report), RECIPES_UNCHANGED);
    merge(recipes, config, report, 50);
    cr_assert_eq(recipes_generation(recipes), 1, "nothing to do, nothing changed");
}

Test(recipes, a_first_use_that_is_ordered_makes_everything_again)
{
    g_autoptr(Config) config = config_of("80");
    g_autoptr(Recipes) recipes = recipes_new();

    cr_assert_eq(recipes_compare(recipes, config, order), RECIPES_TIMED);
    merge(recipes, config, order, 100);
    assert_state(recipes, config, RECIPE_PRESENT, "100+", TRUE);
}

Test(recipes, a_changed_recipe_is_reported)
{
    g_autoptr(Config) old = config_of("80");
    g_autoptr(Config) new = config_of("90");
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, old, report, 1);
    assert_state(recipes, new, RECIPE_NEW, "0-", FALSE);
    cr_assert_eq(recipes_compare(recipes, new, report), RECIPES_TIMED);
    merge(recipes, new, report, 100);
    assert_state(recipes, new, RECIPE_PRESENT, "0- 100+", FALSE);
    cr_assert_eq(recipes_generation(recipes), 2);
    cr_assert_eq(recipes_standing(recipes, new, 1), RECIPE_PRESENT, "the other output is as it was");
}

Test(recipes, what_was_reported_is_made_again_once_it_is_ordered)
{
    g_autoptr(Config) old = config_of("80");
    g_autoptr(Config) new = config_of("90");
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, old, report, 1);
    merge(recipes, new, report, 100);
    cr_assert_eq(recipes_compare(recipes, new, order_first), RECIPES_NOTED, "the clock stays");
    merge(recipes, new, order_first, 200);
    assert_state(recipes, new, RECIPE_PRESENT, "0- 100+", TRUE);
    cr_assert_eq(recipes_compare(recipes, new, order_first), RECIPES_UNCHANGED);
    merge(recipes, new, report, 300);
    assert_state(recipes, new, RECIPE_PRESENT, "0- 100+", TRUE); /* a plain run goes on with it */
}

Test(recipes, a_changed_recipe_is_made_again_by_configuration)
{
    g_autoptr(Config) old = config_of("80");
    g_autoptr(Config) new = config_of("90");
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, old, remake, 1);
    merge(recipes, new, remake, 100);
    assert_state(recipes, new, RECIPE_PRESENT, "0- 100+", TRUE);
}

Test(recipes, an_older_configuration_never_turns_the_clock_back)
{
    g_autoptr(Config) old = config_of("80");
    g_autoptr(Config) new = config_of("90");
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, old, report, 1);
    merge(recipes, new, order_first, 100);
    for (guint i = 0; i < 2; i++) {
        const RecipeWish *wishes = i == 0 ? report : remake;

        assert_state(recipes, old, RECIPE_FORMER, "0+ 100-", TRUE);
        merge(recipes, old, wishes, 200);
        assert_state(recipes, new, RECIPE_PRESENT, "0- 100+", TRUE);
    }
    cr_assert_eq(recipes_generation(recipes), 3, "only the other output was marked");
}

Test(recipes, an_older_configuration_comes_back_by_order)
{
    g_autoptr(Config) old = config_of("80");
    g_autoptr(Config) new = config_of("90");
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, old, report, 1);
    merge(recipes, new, report, 100);
    cr_assert_eq(recipes_compare(recipes, old, order_first), RECIPES_TIMED);
    merge(recipes, old, order_first, 200);
    assert_state(recipes, old, RECIPE_PRESENT, "0+ 100- 200+", TRUE);
    assert_state(recipes, new, RECIPE_FORMER, "0- 100+ 200-", TRUE);
}

Test(recipes, a_clock_that_stands_still_or_goes_back_is_refused)
{
    static const gint64 times[] = {99, 100};
    g_autoptr(Config) first = config_of("80");
    g_autoptr(Config) second = config_of("90");
    g_autoptr(Config) third = config_of("95");
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, first, report, 1);
    merge(recipes, second, report, 100);
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autofree char *before = recipes_format(recipes);
        g_autoptr(GError) error = NULL;
        g_autofree char *after = NULL;

        cr_assert_not(recipes_merge(recipes, third, report, times[i], &error));
        cr_assert_eq(error_class(error), ERROR_TRANSIENT);
        after = recipes_format(recipes);
        cr_assert_str_eq(before, after);
    }
    merge(recipes, third, report, 101);
}

Test(recipes, configurations_with_other_sources_or_keys_share_nothing)
{
    g_autoptr(Config) one = config_of("80");
    g_autoptr(Config) source = config_with("s3://other/", "90", "{output}/{dir}{stem}.{ext}");
    g_autoptr(Config) key = config_with("s3://photos/", "90", "{output}/{dir}{name}.{ext}");
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, one, report, 1);
    cr_assert_eq(recipes_standing(recipes, source, 0), RECIPE_FIRST);
    merge(recipes, source, report, 2);
    cr_assert_eq(recipes_standing(recipes, key, 0), RECIPE_FIRST);
    merge(recipes, key, report, 3);
    cr_assert_eq(recipes_standing(recipes, one, 0), RECIPE_PRESENT);
    cr_assert_eq(recipes_standing(recipes, source, 0), RECIPE_PRESENT);
    cr_assert_eq(recipes_standing(recipes, key, 1), RECIPE_PRESENT, "its second output has the same key");
}

Test(recipes, what_decides_no_bytes_changes_nothing)
{
    static const char *const more[] = {"limits: {max_pixels: 1M, memory: 1G, truncated: accept}\n",
                                       "workers: {count: 3, task_timeout: 3s}\n",
                                       "limits: {max_frames: 7}\n"};
    static const char text[] = "source: {url: s3://photos}\ndestination: {url: s3://web}\n"
                               "outputs:\n- {name: one, width: 3, quality: auto, headers: {Expires: '0'}}\n"
                               "- {name: two, width: 5, format: %s}\n%s";
    g_autoptr(Config) plain = config_of("80"); /* what auto means */
    g_autoptr(Recipes) recipes = recipes_new();

    merge(recipes, plain, report, 1);
    for (guint i = 0; i < G_N_ELEMENTS(more); i++) {
        const gboolean frames = i == 2;
        g_autofree char *full = g_strdup_printf(text, "webp", more[i]);
        g_autoptr(Config) other = config_parse(full, strlen(full), "c", NULL);

        cr_assert_eq(recipes_standing(recipes, other, 0), RECIPE_PRESENT, "%s", more[i]);
        cr_assert_eq(recipes_standing(recipes, other, 1), frames ? RECIPE_NEW : RECIPE_PRESENT, "%s",
                     more[i]);
    }
}

Test(recipes, an_output_with_its_recipe_in_the_key_is_not_tracked)
{
    g_autoptr(Config) config = config_with("s3://photos/", "80", "{output}/{recipe}/{dir}{stem}.{ext}");
    g_autoptr(Recipes) recipes = recipes_new();

    cr_assert_eq(recipes_standing(recipes, config, 0), RECIPE_UNTRACKED);
    merge(recipes, config, order, 100);
    assert_state(recipes, config, RECIPE_UNTRACKED, "", FALSE);
    cr_assert_eq(recipes_compare(recipes, config, order), RECIPES_UNCHANGED);
}

Test(recipes, the_oldest_of_too_many_recipes_is_forgotten)
{
    g_autoptr(Config) first = config_of("1");
    g_autoptr(Recipes) recipes = recipes_new();
    g_autofree char *text = NULL;
    g_autoptr(Recipes) again = NULL;

    for (guint i = 1; i <= RECIPES_MAX_HISTORY + 1; i++) {
        g_autofree char *quality = g_strdup_printf("%u", i);
        g_autoptr(Config) config = config_of(quality);

        merge(recipes, config, report, i);
    }
    cr_assert_eq(recipes_standing(recipes, first, 0), RECIPE_NEW);
    text = recipes_format(recipes);
    again = recipes_parse(text, strlen(text), NULL);
    cr_assert_not_null(again);
}

/* A file that is full, and one output more. */
Test(recipes, the_largest_file_can_be_read)
{
    g_autoptr(Config) config = config_of("80");
    g_autoptr(GString) text = g_string_new("{\"format\": 1, \"generation\": 9, \"outputs\": [");
    g_autoptr(GString) entries = g_string_new(NULL);
    g_autoptr(Recipes) recipes = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *full = NULL;

    for (guint i = 0; i < RECIPES_MAX_HISTORY; i++)
        g_string_append_printf(entries, "%s{\"recipe\": \"%016x\", \"since\": %" G_GINT64_FORMAT "}",
                               i > 0 ? ", " : "", i, RECIPES_MAX_TIME_S - RECIPES_MAX_HISTORY + i);
    for (guint i = 0; i < RECIPES_MAX_OUTPUTS; i++)
        g_string_append_printf(text,
                               "%s{\"name\": \"%0128u\", \"scope\": \"01234567\", \"remake\": false, "
                               "\"recipes\": [%s]}",
                               i > 0 ? ", " : "", i, entries->str);
    g_string_append(text, "]}");
    recipes = recipes_parse(text->str, text->len, &error);
    cr_assert_not_null(recipes, "%s", error != NULL ? error->message : "");
    full = recipes_format(recipes);
    cr_assert_leq(strlen(full), RECIPES_MAX_BYTES);
    cr_assert_not(recipes_merge(recipes, config, report, 1, &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
}

Test(recipes, text_is_what_was_parsed)
{
    g_autoptr(Config) old = config_of("80");
    g_autoptr(Config) new = config_of("90");
    g_autoptr(Recipes) recipes = recipes_new();
    g_autoptr(Recipes) again = NULL;
    g_autofree char *text = NULL, *second = NULL;

    merge(recipes, old, report, 1);
    merge(recipes, new, order_first, 100);
    text = recipes_format(recipes);
    again = recipes_parse(text, strlen(text), NULL);
    cr_assert_not_null(again);
    cr_assert_eq(recipes_generation(again), 2);
    assert_state(again, new, RECIPE_PRESENT, "0- 100+", TRUE);
    second = recipes_format(again);
    cr_assert_str_eq(text, second);
}

#define ENTRY "{'recipe': '0123456789abcdef', 'since': 0}"
#define LATER "{'recipe': 'fedcba9876543210', 'since': 5}"
#define OUTPUT(name, entries)                                                                                \
    "{'name': '" name "', 'scope': '01234567', 'remake': false, 'recipes': [" entries "]}"
#define FILE_OF(outputs) "{'format': 1, 'generation': 1, 'outputs': [" outputs "]}"

static Recipes *parse(const char *with_single_quotes, GError **error)
{
    g_autofree char *text = g_strdelimit(g_strdup(with_single_quotes), "'", '"');

    return recipes_parse(text, strlen(text), error);
}

Test(recipes, a_member_that_is_not_known_is_no_error)
{
    g_autoptr(Recipes) recipes = parse("{'format': 1, 'generation': 1, 'by': 'x', 'outputs': []}", NULL);

    cr_assert_not_null(recipes);
}

Test(recipes, what_is_wrong_with_a_file_is_said)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"", "not JSON: line 1"},
        {"{'format': 1", "not JSON: line 1"},
        {"[]", "no 'format'"},
        {"{'format': 1, 'format': 1, 'generation': 1, 'outputs': []}", "duplicate"},
        {"{'format': 2, 'generation': 1, 'outputs': []}", "later version"},
        {"{'format': '1', 'generation': 1, 'outputs': []}", "no 'format'"},
        {"{'format': 0, 'generation': 1, 'outputs': []}", "no 'format'"},
        {"{'format': 1, 'generation': 0, 'outputs': []}", "no 'generation'"},
        {"{'format': 1, 'generation': 9007199254740993, 'outputs': []}", "no 'generation'"},
        {"{'format': 1, 'generation': 1}", "no 'outputs'"},
        {FILE_OF("3"), "without a name"},
        {FILE_OF(OUTPUT("", ENTRY)), "without a name"},
        {FILE_OF(OUTPUT("a\\n", ENTRY)), "without a name"},
        {FILE_OF("{'name': 'a', 'scope': '0123456', 'remake': false, 'recipes': [" ENTRY "]}"), "a scope"},
        {FILE_OF("{'name': 'a', 'scope': '0123456X', 'remake': false, 'recipes': [" ENTRY "]}"), "a scope"},
        {FILE_OF("{'name': 'a', 'scope': '01234567', 'remake': 1, 'recipes': [" ENTRY "]}"), "a 'remake'"},
        {FILE_OF("{'name': 'a', 'scope': '01234567', 'remake': true}"), "without recipes"},
        {FILE_OF(OUTPUT("a", "")), "without recipes"},
        {FILE_OF(OUTPUT("a", "{'recipe': '0123456789abcde', 'since': 0}")), "16 hexadecimal"},
        {FILE_OF(OUTPUT("a", "{'since': 0}")), "16 hexadecimal"},
        {FILE_OF(OUTPUT("a", "{'recipe': '0123456789abcdef'}")), "not a time"},
        {FILE_OF(OUTPUT("a", "{'recipe': '0123456789abcdef', 'since': -1}")), "not a time"},
        {FILE_OF(OUTPUT("a", "{'recipe': '0123456789abcdef', 'since': 253402300800}")), "not a time"},
        {FILE_OF(OUTPUT("a", "{'recipe': '0123456789abcdef', 'since': 1.5}")), "not a time"},
        {FILE_OF(OUTPUT("a", LATER ", " ENTRY)), "chronological order"},
        {FILE_OF(OUTPUT("a", ENTRY ", {'recipe': '0123456789abcdef', 'since': 1}")), "twice in a row"},
        {FILE_OF(OUTPUT("a", ENTRY) ", " OUTPUT("a", LATER)), "duplicate output"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Recipes) recipes = parse(cases[i].text, &error);

        cr_assert_null(recipes, "%s", cases[i].text);
        cr_assert_eq(error_class(error), ERROR_INPUT);
        cr_assert_not_null(strstr(error->message, cases[i].error), "%s: %s", cases[i].text, error->message);
    }
}

Test(recipes, too_much_is_refused)
{
    g_autofree char *spaces = g_strnfill(RECIPES_MAX_BYTES + 1, ' ');
    g_autoptr(GString) entries = g_string_new(NULL);
    g_autofree char *long_name = g_strnfill(129, 'a'), *long_text = NULL, *many = NULL;
    g_autoptr(GError) size = NULL;
    g_autoptr(Recipes) recipes = recipes_parse(spaces, RECIPES_MAX_BYTES + 1, &size);

    cr_assert_null(recipes);
    cr_assert_not_null(strstr(size->message, "more than"));
    for (guint i = 0; i <= RECIPES_MAX_HISTORY; i++)
        g_string_append_printf(entries, "%s{'recipe': '%016x', 'since': %u}", i > 0 ? ", " : "", i, i);
    many = g_strdup_printf("{'format': 1, 'generation': 1, 'outputs': [{'name': 'a', 'scope': '01234567', "
                           "'remake': true, 'recipes': [%s]}]}",
                           entries->str);
    cr_assert_null(parse(many, NULL));
    long_text =
        g_strdup_printf("{'format': 1, 'generation': 1, 'outputs': [{'name': '%s', 'scope': '01234567', "
                        "'remake': true, 'recipes': [" ENTRY "]}]}",
                        long_name);
    cr_assert_null(parse(long_text, NULL));
}

/* Ledgers of this kind outlive releases: a hash that changes would report every output. */
Test(recipes, the_hash_is_the_same_everywhere)
{
    g_autoptr(Config) config = config_of("80");

    cr_assert_str_eq(config_output(config, 0)->recipe_id, "7ba0c8b4");
    cr_assert_str_eq(config_output(config, 1)->recipe_id, "7e6f7842");
}
