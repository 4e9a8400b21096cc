#include "batch/upload_headers.h"
#include "config/config.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "config/recipe_hash.h"

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
    g_auto(GStrv) lines = upload_headers(config, 0, &(UploadSource){.etag = "e1"}, NULL);
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

Test(upload_headers, full_provenance_names_version_recipe_and_the_source_that_is_read)
{
    g_autoptr(Config) config = parse(", provenance: full", "");
    g_auto(GStrv) known = upload_headers(config, 0, &(UploadSource){.etag = "e1-2"}, NULL);
    g_auto(GStrv) unknown = upload_headers(config, 0, &(UploadSource){0}, NULL);
    g_auto(GStrv) strange = upload_headers(config, 0, &(UploadSource){.etag = "e 1\r\nx"}, NULL);
    g_autofree char *hash = recipe_hash_of_bytes(&config_output(config, 0)->recipe, &config->limits);
    g_autofree char *recipe = g_strconcat("x-amz-meta-thumbmill-recipe: ", hash, NULL);

    cr_assert_eq(g_strv_length(known), 3);
    cr_assert_str_eq(known[0], "x-amz-meta-thumbmill-version: " THUMBMILL_VERSION);
    cr_assert_str_eq(known[1], recipe);
    cr_assert_str_eq(known[2], "x-amz-meta-thumbmill-source-etag: e1-2");
    cr_assert_eq(g_strv_length(unknown), 2);
    cr_assert_eq(g_strv_length(strange), 2, "what is no header's value is left out");
}

static GStrv copy(const char *output, const char *const *metadata, GError **error)
{
    g_autoptr(Config) config = parse(", provenance: false", output);

    return upload_headers(config, 0, &(UploadSource){.metadata = metadata}, error);
}

Test(upload_headers, of_the_originals_metadata_what_is_wanted_and_can_be_signed)
{
    static const char *const metadata[] = {
        "x-amz-meta-author: A  B",       "x-amz-meta-author-2: C D",
        "x-amz-meta-label: theirs",      "x-amz-meta-thumbmill-recipe: 0123",
        "x-amz-meta-place: K\xc3\xb6ln", "x-amz-meta-empty: ",
        "x-amz-meta-other: x",           NULL};
    g_auto(GStrv) some = copy(", headers: {x-amz-meta-label: mine}, copy_metadata: [author*, label, "
                              "thumbmill-*, place, empty]",
                              metadata, NULL);
    g_auto(GStrv) none = copy("", metadata, NULL);

    cr_assert_eq(g_strv_length(some), 2);
    cr_assert_str_eq(some[0], "x-amz-meta-label: mine");
    cr_assert_str_eq(some[1], "x-amz-meta-author-2: C D");
    cr_assert_eq(g_strv_length(none), 0);
}

Test(upload_headers, more_metadata_than_s3_takes_is_an_error)
{
    g_autofree char *value = g_strnfill(CONFIG_MAX_HEADER_BYTES - strlen("x-amz-meta-a"), 'x');
    g_autofree char *fits = g_strconcat("x-amz-meta-a: ", value, NULL);
    const char *const exactly[] = {fits, NULL}, *const more[] = {fits, "x-amz-meta-b: 1", NULL};
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) headers = copy(", copy_metadata: ['*']", exactly, NULL);

    cr_assert_eq(g_strv_length(headers), 1);
    cr_assert_null(copy(", copy_metadata: ['*']", more, &error));
    cr_assert_eq(error_class(error), ERROR_LIMIT);
    cr_assert(strstr(error->message, "2061 bytes") != NULL, "%s", error->message);
}

Test(upload_headers, a_version_is_told_where_it_is_known)
{
    g_autoptr(Config) config = parse(", provenance: full", "");
    g_auto(GStrv) lines = upload_headers(config, 0, &(UploadSource){.etag = "e", .version_id = "v.1"}, NULL);

    cr_assert_eq(g_strv_length(lines), 4);
    cr_assert_str_eq(lines[3], "x-amz-meta-thumbmill-source-version: v.1");
}

/* The expected value is the sha256sum of "s3://photos/a b.jpg", a line feed and the ETag. */
Test(upload_headers, without_a_word_a_public_output_has_a_mark_of_the_version_and_no_etag)
{
    static const char *const spellings[] = {"", ", provenance: private", ", provenance: true"};
    static const UploadSource source = {
        .key = "a b.jpg", .etag = "900150983cd24fb0d6963f7d28e17f72", .version_id = "v.1"};

    for (guint i = 0; i < G_N_ELEMENTS(spellings); i++) {
        g_autoptr(Config) config = parse(spellings[i], "");
        g_auto(GStrv) lines = upload_headers(config, 0, &source, NULL);
        g_auto(GStrv) unknown = upload_headers(config, 0, &(UploadSource){.key = "a b.jpg"}, NULL);

        cr_assert_eq(g_strv_length(lines), 3);
        cr_assert(g_str_has_prefix(lines[1], "x-amz-meta-thumbmill-recipe: "));
        cr_assert_str_eq(lines[2], "x-amz-meta-thumbmill-source: c8d29233");
        cr_assert_eq(g_strv_length(unknown), 2, "an ETag that is not known has no mark");
    }
}

Test(upload_headers, a_mark_is_another_one_for_another_version_key_or_bucket)
{
    static const char other_bucket[] = "source: {url: s3://other}\ndestination: {url: s3://web}\n"
                                       "outputs: [{name: a, width: 3, height: 4}]\n";
    static const char below[] = "source: {url: s3://photos/a/}\ndestination: {url: s3://web}\n"
                                "outputs: [{name: a, width: 3, height: 4}]\n";
    g_autoptr(Config) config = parse("", ""),
                      other = config_parse(other_bucket, strlen(other_bucket), "c", NULL),
                      part = config_parse(below, strlen(below), "c", NULL);
    g_autofree char *mark = upload_source_mark(config, "a/b.jpg", "e1"),
                    *same = upload_source_mark(part, "b.jpg", "e1"),
                    *version = upload_source_mark(config, "a/b.jpg", "e2"),
                    *key = upload_source_mark(config, "a/c.jpg", "e1"),
                    *bucket = upload_source_mark(other, "a/b.jpg", "e1");

    cr_assert_eq(strlen(mark), 8);
    cr_assert_str_eq(mark, same, "a source that begins further down is the same source");
    cr_assert_str_neq(mark, version);
    cr_assert_str_neq(mark, key);
    cr_assert_str_neq(mark, bucket);
}
