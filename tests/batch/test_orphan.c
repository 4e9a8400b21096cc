#include <criterion/criterion.h>
#include <string.h>

#include "batch/orphan.h"
#include "config/config.h"

static Config *config_of(const char *outputs)
{
    g_autofree char *text =
        g_strconcat("source: {url: \"s3://originals/\"}\ndestination: {url: \"s3://derived/\"}\n"
                    "outputs:\n",
                    outputs, NULL);
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c.yaml", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

static void assert_start(const Config *config, const char *key, const char *expected)
{
    g_autofree char *start = orphan_source_start(config, key);

    cr_assert_str_eq(start != NULL ? start : "-", expected, "%s: %s", key, start);
}

Test(orphan, only_a_key_of_one_output_is_judged)
{
    g_autoptr(Config) config =
        config_of("  - {name: a, width: 9, format: jpeg}\n"
                  "  - {name: b, width: 9, format: webp, key: \"b/{dir}{name}.{ext}\"}\n");

    assert_start(config, "a/d/x.jpg", "d/x");
    assert_start(config, "b/d/x.png.webp", "d/x.png");
    assert_start(config, "a/d/x.webp", "-");
    assert_start(config, "c/d/x.jpg", "-");
    assert_start(config, "readme.txt", "-");
    assert_start(config, ".thumbmill/recipes.json", "-");
    cr_assert(orphan_is_claimed(config, "d/x.png", "a/d/x.jpg"));
    cr_assert(orphan_is_claimed(config, "d/x.png", "b/d/x.png.webp"));
    cr_assert_not(orphan_is_claimed(config, "d/x.jpg", "b/d/x.png.webp"));
    cr_assert_not(orphan_is_claimed(config, "d/y.jpg", "a/d/x.jpg"));
}

Test(orphan, an_original_that_an_output_does_not_take_claims_nothing)
{
    g_autoptr(Config) config = config_of("  - {name: a, width: 9, match: [\"*_cover.jpg\"]}\n");

    cr_assert(orphan_is_claimed(config, "x_cover.jpg", "a/x_cover.jpg"));
    cr_assert_not(orphan_is_claimed(config, "x.jpg", "a/x.jpg"));
}

Test(orphan, a_key_of_two_outputs_is_not)
{
    g_autoptr(Config) config =
        config_of("  - {name: a, width: 9, format: jpeg, key: \"{dir}{stem}.{ext}\"}\n"
                  "  - {name: b, width: 9, format: jpeg, key: \"{dir}{stem}_b.{ext}\"}\n");

    assert_start(config, "d/x.jpg", "d/x");
    assert_start(config, "d/x_b.jpg", "-");
}

Test(orphan, a_template_that_does_not_tell_of_the_source_is_not)
{
    g_autoptr(Config) config =
        config_of("  - {name: a, width: 9, format: jpeg, key: \"a/{stem}.{ext}\"}\n"
                  "  - {name: b, width: 9, format: jpeg, key: \"b/{dir}{stem}.{ext}\"}\n"
                  "  - {name: c, width: 9, format: jpeg, key: \"b/{dir}c/{stem}.{ext}\"}\n");

    assert_start(config, "a/x.jpg", "-");
    assert_start(config, "b/d/x.jpg", "d/x");
    assert_start(config, "b/d/c/x.jpg", "-");
}

static char *objection(OrphanScene scene, const char *text)
{
    DeletionLimit limit;

    cr_assert(deletion_limit_parse(text, &limit));
    return orphan_objection(&scene, &limit);
}

static const OrphanScene scene = {
    .is_complete = TRUE, .originals = 950, .originals_last = 1000, .outputs = 1900, .orphans = 100};

static void assert_objects(OrphanScene changed, const char *limit, const char *expected)
{
    g_autofree char *reason = objection(changed, limit);

    if (expected == NULL)
        cr_assert_null(reason, "%s", reason);
    else
        cr_assert(reason != NULL && strstr(reason, expected) != NULL, "%s", reason);
}

Test(orphan, each_guard_objects_alone)
{
    OrphanScene other = scene;

    assert_objects(scene, "10%", NULL);
    assert_objects(scene, "100", NULL);
    assert_objects(scene, "99", "100 orphans are more than the 99");
    assert_objects(scene, "4%", "100 orphans are more than the 80");
    other.is_complete = FALSE;
    assert_objects(other, "100%", "listed completely");
    other = scene;
    other.originals = 0;
    assert_objects(other, "100%", "is empty");
    other.is_part = TRUE;
    assert_objects(other, "100%", "begins with the prefix");
    other = scene;
    other.originals = 899;
    assert_objects(other, "10%", "899 objects, and 1000");
    other.originals = 900;
    assert_objects(other, "10%", NULL);
    other.originals_last = 0;
    other.originals = 1;
    assert_objects(other, "10%", NULL);
}
