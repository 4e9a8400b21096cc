#include "batch/difference.h"

#include <criterion/criterion.h>
#include <string.h>

#include "config/config.h"
#include "config/recipe_hash.h"

static Config *config;

static void configure(const char *provenance, const char *format)
{
    g_autofree char *text =
        g_strdup_printf("source: {url: s3://photos/o/}\ndestination: {url: s3://web, provenance: %s}\n"
                        "outputs: [{name: a, width: 3, format: %s}]\n",
                        provenance, format);

    config_free(config);
    config = config_parse(text, strlen(text), "c", NULL);
    cr_assert_not_null(config);
}

static void teardown(void)
{
    config_free(config);
}

TestSuite(difference, .fini = teardown);

static const UploadSource original = {.key = "a.jpg", .etag = "e1"};

/* The text of the difference is in *ret_text. */
static Difference judge(const char *const *metadata, const char *type, guint64 size, gboolean *ret_foreign,
                        char **ret_text)
{
    return difference_of(config, 0, &original,
                         &(StoredOutput){.size_bytes = size, .content_type = type, .metadata = metadata},
                         ret_foreign, ret_text);
}

static void assert_judged(const char *const *metadata, const char *type, guint64 size, Difference expected,
                          const char *part)
{
    gboolean is_foreign;
    g_autofree char *text = NULL;

    cr_assert_eq(judge(metadata, type, size, &is_foreign, &text), expected, "%s", text);
    cr_assert_eq(text == NULL, part == NULL);
    cr_assert(part == NULL || strstr(text, part) != NULL, "%s", text);
}

Test(difference, what_an_upload_says_is_right)
{
    static const char *const provenances[] = {"private", "full", "none"};

    for (guint i = 0; i < G_N_ELEMENTS(provenances); i++) {
        g_auto(GStrv) lines = NULL;
        g_autofree char *text = NULL;
        gboolean is_foreign;

        configure(provenances[i], "webp");
        lines = upload_headers(config, 0, &original, NULL);
        cr_assert_eq(judge((const char *const *)lines, "image/webp", 9, &is_foreign, &text), DIFFERENCE_NONE);
        cr_assert_null(text);
        cr_assert_eq(is_foreign, strcmp(provenances[i], "none") == 0);
    }
}

Test(difference, either_form_of_provenance_is_compared_whatever_is_configured)
{
    static const char *const other_etag[] = {"x-amz-meta-thumbmill-source-etag: e2", NULL};
    static const char *const same_etag[] = {"x-amz-meta-thumbmill-source-etag: e1", NULL};
    static const char *const other_mark[] = {"X-Amz-Meta-Thumbmill-Source: 00000000", NULL};

    configure("private", "webp");
    assert_judged(other_etag, "image/webp", 9, DIFFERENCE_OTHER_SOURCE, "ETag e2, expected e1");
    assert_judged(same_etag, "image/webp", 9, DIFFERENCE_NONE, NULL);
    configure("full", "webp");
    assert_judged(other_mark, "image/webp", 9, DIFFERENCE_OTHER_SOURCE, "00000000");
}

Test(difference, the_former_hash_of_a_recipe_is_as_good)
{
    g_autofree char *former = NULL, *line = NULL;
    const char *lines[] = {NULL, NULL};
    static const char *const other[] = {"x-amz-meta-thumbmill-recipe: 0123456789abcdef", NULL};

    configure("private", "webp");
    former = recipe_hash(config, 0);
    lines[0] = line = g_strconcat("x-amz-meta-thumbmill-recipe: ", former, NULL);
    assert_judged(lines, "image/webp", 9, DIFFERENCE_NONE, NULL);
    assert_judged(other, "image/webp", 9, DIFFERENCE_OTHER_RECIPE, "recipe 0123456789abcdef, expected");
}

Test(difference, size_and_type)
{
    configure("private", "webp");
    assert_judged(NULL, "image/webp", 0, DIFFERENCE_EMPTY, "0 bytes");
    assert_judged(NULL, "image/webp", G_MAXUINT64, DIFFERENCE_NONE, NULL);
    assert_judged(NULL, NULL, 9, DIFFERENCE_NONE, NULL);
    assert_judged(NULL, "Image/WebP; x=y", 9, DIFFERENCE_NONE, NULL);
    assert_judged(NULL, "image/webpx", 9, DIFFERENCE_TYPE, "expected image/webp");
    assert_judged(NULL, "text/plain", 9, DIFFERENCE_TYPE, "expected image/webp");
    configure("private", "source");
    assert_judged(NULL, "image/png", 9, DIFFERENCE_NONE, NULL);
    assert_judged(NULL, "image/svg+xml", 9, DIFFERENCE_TYPE, "expected that of an image");
}

Test(difference, each_is_counted_once)
{
    g_autoptr(RunReport) report = report_new("r");

    for (guint i = 0; i <= DIFFERENCE_LAST; i++) {
        (*difference_counter(report, (Difference)i))++;
        cr_assert_not_null(difference_name((Difference)i));
    }
    cr_assert_eq(report->verify.right, 1);
    cr_assert_eq(difference_count(report), DIFFERENCE_LAST);
    cr_assert_eq(difference_count_mendable(report), DIFFERENCE_LAST - 1);
}
