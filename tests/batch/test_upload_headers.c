#include "batch/upload_headers.h"

#include <criterion/criterion.h>
#include <string.h>

static Config *parse(const char *destination, const char *output)
{
    g_autofree char *text = g_strdup_printf("source: {url: s3://photos}\ndestination: {url: s3://web%s}\n"
                                            "outputs: [{name: a, width: 3, height: 4%s}]\n",
                                            destination, output);
    g_autoptr(GError) error = NULL;
    Config *config = config_parse(text, strlen(text), "c", &error);

    cr_assert_not_null(config, "%s", error != NULL ? error->message : "");
    return config;
}

static void assert_headers(const char *destination, const char *output, const char *const *expected)
{
    g_autoptr(Config) config = parse(destination, output);
    g_auto(GStrv) lines = upload_headers(config, config_output(config, 0), &(UploadSource){"e1"});
    g_autofree char *text = g_strjoinv("\n", lines);
    g_autofree char *wanted = g_strjoinv("\n", (char **)expected);

    cr_assert_str_eq(text, wanted);
}

Test(upload_headers, nothing_is_sent_that_nobody_asked_for)
{
    static const char *const none[] = {NULL};

    assert_headers(", provenance: false", "", none);
}

Test(upload_headers, everything_that_can_be_asked_for)
{
    static const char *const all[] = {"Cache-Control: max-age=1",
                                      "Content-Disposition: attachment; filename=\"a.jpg\"",
                                      "x-amz-meta-a: b c",
                                      "x-amz-acl: bucket-owner-full-control",
                                      "x-amz-storage-class: STANDARD_IA",
                                      "x-amz-server-side-encryption: aws:kms",
                                      "x-amz-server-side-encryption-aws-kms-key-id: alias/k",
                                      "x-amz-tagging: team%20%2B%20co=&k%3D=v%2B%2F%C3%A9",
                                      NULL};

    assert_headers(", provenance: false",
                   ", headers: {cache-control: max-age=1, content-disposition: 'attachment; "
                   "filename=\"a.jpg\"', x-amz-meta-a: b c}, acl: bucket-owner-full-control, storage_class: "
                   "STANDARD_IA, encryption: 'aws:kms', kms_key: alias/k, "
                   "tags: {'team + co': '', 'k=': 'v+/\xc3\xa9'}",
                   all);
}

Test(upload_headers, provenance_names_version_recipe_and_the_source_that_is_read)
{
    g_autoptr(Config) config = parse("", "");
    g_auto(GStrv) known = upload_headers(config, config_output(config, 0), &(UploadSource){"e1-2"});
    g_auto(GStrv) unknown = upload_headers(config, config_output(config, 0), &(UploadSource){NULL});
    g_auto(GStrv) strange = upload_headers(config, config_output(config, 0), &(UploadSource){"e 1\r\nx"});
    g_autofree char *hash = recipe_hash(&config_output(config, 0)->recipe);
    g_autofree char *recipe = g_strconcat("x-amz-meta-thumbmill-recipe: ", hash, NULL);

    cr_assert_eq(g_strv_length(known), 3);
    cr_assert_str_eq(known[0], "x-amz-meta-thumbmill-version: " THUMBMILL_VERSION);
    cr_assert_str_eq(known[1], recipe);
    cr_assert_str_eq(known[2], "x-amz-meta-thumbmill-source-etag: e1-2");
    cr_assert_eq(g_strv_length(unknown), 2);
    cr_assert_eq(g_strv_length(strange), 2, "what is no header's value is left out");
}
