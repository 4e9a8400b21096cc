#include <criterion/criterion.h>
#include <string.h>

#include "batch/output_key.h"
#include "config/config.h"
#include "daemon/upkeep/verifier.h"
#include "tests/store/memory_store.h"

#define RECIPE "x-amz-meta-thumbmill-recipe: 0123456789abcdef"

static GMainContext *context;
static Store *destination;
static Config *config;
static RunReport *report;
static Verifier *verifier;
static GString *findings; /* "OUTPUT DIFFERENCE " */
static GString *objects;  /* "KEY:WANTED+DIFFERING " */

static void setup(void)
{
    static const char text[] = "source: {url: \"s3://originals/\"}\ndestination: {url: \"s3://derived/\"}\n"
                               "outputs:\n- {name: t, width: 9, format: jpeg}\n"
                               "- {name: u, width: 8, format: jpeg}\n";

    context = g_main_context_new();
    destination = memory_store_new("memory:destination/", context);
    config = config_parse(text, strlen(text), "c.yaml", NULL);
    report = report_new("r");
    report->outputs.up_to_date = 1000;
    findings = g_string_new(NULL);
    objects = g_string_new(NULL);
    cr_assert_not_null(config);
}

static void teardown(void)
{
    verifier_free(verifier);
    g_string_free(findings, TRUE);
    g_string_free(objects, TRUE);
    report_free(report);
    config_free(config);
    store_close(destination);
    g_main_context_unref(context);
}

TestSuite(verifier, .init = setup, .fini = teardown, .timeout = 30);

static void on_finding(const char *source_key, const char *output_key, Difference difference,
                       const char *text, void *data)
{
    (void)source_key;
    (void)text;
    (void)data;
    g_string_append_printf(findings, "%s %s ", output_key, difference_name(difference));
}

static void on_object(const StoreObject *object, Diff *diff, GArray *differing, void *data)
{
    (void)data;
    g_string_append_printf(objects, "%s:%u+%u ", object->key, diff->wanted->len, differing->len);
}

static void on_poke(void *data)
{
    (void)data;
}

static void begin(guint sample)
{
    verifier = verifier_new(&(VerifierOptions){.config = config,
                                               .destination = destination,
                                               .report = report,
                                               .sample = sample,
                                               .seed = 1,
                                               .on_finding = on_finding,
                                               .on_object = on_object,
                                               .on_poke = on_poke},
                            context);
}

/* Gives the verifier an object, whose output u has this freshness. */
static gboolean take(const char *key, Freshness freshness)
{
    g_auto(Diff) diff = {.wanted = diff_outputs_new(2), .up_to_date = 2};
    const StoreObject object = {.key = key, .etag = "e"};
    gboolean is_taken;

    for (guint i = 0; i < 2; i++) {
        g_autofree char *stored = output_key(config, config_output(config, i), key, NULL);

        if (freshness == FRESHNESS_UP_TO_DATE || i == 0)
            memory_store_put(destination, stored, 200);
    }
    if (freshness != FRESHNESS_UP_TO_DATE) {
        DiffOutput output = {.output = 1, .freshness = freshness};

        output.key = output_key(config, config_output(config, 1), key, NULL);
        g_array_append_val(diff.wanted, output);
        diff.up_to_date = 1;
    }
    is_taken = verifier_take(verifier, &object, &diff);
    return is_taken;
}

static void finish(void)
{
    verifier_end(verifier);
    while (!verifier_is_done(verifier))
        g_main_context_iteration(context, TRUE);
}

Test(verifier, right_outputs_are_counted)
{
    begin(0);
    cr_assert(take("a.jpg", FRESHNESS_UP_TO_DATE));
    cr_assert(take("b.jpg", FRESHNESS_UP_TO_DATE));
    finish();
    cr_assert_str_eq(findings->str, "");
    cr_assert_str_eq(objects->str, "a.jpg:0+0 b.jpg:0+0 ");
    cr_assert(report->verify.right == 4 && report->verify.foreign == 4 && report->outputs.up_to_date == 1000);
}

Test(verifier, what_differs_is_told_and_handed_over)
{
    begin(0);
    take("a.jpg", FRESHNESS_UP_TO_DATE);
    take("b.jpg", FRESHNESS_UP_TO_DATE);
    memory_store_mark(destination, "t/a.jpg", RECIPE);
    memory_store_remove(destination, "u/a.jpg");
    finish();
    cr_assert_not_null(strstr(findings->str, "t/a.jpg other-recipe "));
    cr_assert_not_null(strstr(findings->str, "u/a.jpg missing "));
    cr_assert_not_null(strstr(objects->str, "a.jpg:0+2 "));
    cr_assert_not_null(strstr(objects->str, "b.jpg:0+0 "));
    cr_assert(report->verify.other_recipe == 1 && report->verify.missing == 1 && report->verify.right == 2);
    cr_assert_eq(report->outputs.up_to_date, 998);
}

Test(verifier, what_the_comparison_found_costs_no_request)
{
    begin(0);
    cr_assert(take("a.jpg", FRESHNESS_MISSING));
    cr_assert(take("b.jpg", FRESHNESS_OLDER));
    cr_assert(take("c.jpg", FRESHNESS_OTHER_RECIPE));
    finish();
    cr_assert_str_eq(findings->str, "u/a.jpg missing u/b.jpg older u/c.jpg other-recipe ");
    cr_assert_eq(memory_store_heads(destination), 3);
    cr_assert_eq(report->outputs.up_to_date, 1000, "the comparison has counted");
}

Test(verifier, an_object_without_anything_up_to_date_is_left_to_the_pass)
{
    const guint n = config->outputs->len;
    g_auto(Diff) diff = {.wanted = diff_outputs_new(2)};
    const StoreObject object = {.key = "a.jpg"};

    begin(0);
    for (guint i = 0; i < n; i++) {
        DiffOutput output = {.output = i, .key = g_strdup("x"), .freshness = FRESHNESS_MISSING};

        g_array_append_val(diff.wanted, output);
    }
    cr_assert_not(verifier_take(verifier, &object, &diff));
    cr_assert_eq(diff.wanted->len, n);
    cr_assert_eq(report->verify.missing, n);
    finish();
}

/* A store that is away, or refuses, is a finding: it neither ends the verification, nor is anything made
 * again. */
Test(verifier, a_store_that_does_not_answer_is_a_finding)
{
    static const ErrorClass classes[] = {ERROR_UNAVAILABLE, ERROR_PERMANENT};

    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_string_truncate(objects, 0);
        verifier_free(verifier);
        begin(0);
        take("a.jpg", FRESHNESS_UP_TO_DATE);
        memory_store_fail(destination, classes[i]);
        finish();
        memory_store_fail(destination, ERROR_CLASS_NONE);
        cr_assert_str_eq(objects->str, "a.jpg:0+0 ");
        cr_assert_eq(report->verify.unreachable, 2 * (i + 1));
    }
    cr_assert_eq(report->verify.right, 0);
}

Test(verifier, of_a_sample_the_others_go_on_at_once)
{
    begin(2);
    for (guint i = 0; i < 5; i++) {
        g_autofree char *key = g_strdup_printf("%u.jpg", i);

        cr_assert(take(key, FRESHNESS_UP_TO_DATE));
    }
    cr_assert_eq(memory_store_heads(destination), 0);
    cr_assert_eq(objects->len, strlen("0.jpg:0+0 ") * 3);
    finish();
    cr_assert_eq(memory_store_heads(destination), 4);
    cr_assert_eq(objects->len, strlen("0.jpg:0+0 ") * 5);
}

Test(verifier, takes_no_more_than_it_can_look_at)
{
    begin(0);
    for (guint i = 0; verifier_wants_more(verifier); i++) {
        g_autofree char *key = g_strdup_printf("%u.jpg", i);

        cr_assert_lt(i, 1000);
        take(key, FRESHNESS_UP_TO_DATE);
    }
    while (!verifier_wants_more(verifier))
        g_main_context_iteration(context, TRUE);
    cr_assert_gt(verifier_stop(verifier), 0);
    cr_assert(verifier_is_done(verifier));
}

/* Its requests are cancelled: answers that come later find nobody. */
Test(verifier, that_is_stopped_tells_nothing_more)
{
    begin(0);
    cr_assert(take("a.jpg", FRESHNESS_UP_TO_DATE));
    g_main_context_iteration(context, TRUE); /* sends them */
    cr_assert_eq(verifier_stop(verifier), 1);
    cr_assert(verifier_is_done(verifier));
    g_clear_pointer(&verifier, verifier_free);
    while (g_main_context_iteration(context, FALSE))
        continue;
    cr_assert_str_eq(findings->str, "");
    cr_assert_str_eq(objects->str, "");
    cr_assert_eq(memory_store_heads(destination), 0);
}
