#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "batch/policy.h"
#include "config/jobs.h"

/* The statements as lines "SID ACTION,... RESOURCE,... [CONDITION]", owned by the caller; "" if there are
 * none. */
static char *lines_of(const char *yaml, const PolicyOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) jobs = jobs_parse(yaml, strlen(yaml), "c", &error);
    g_autofree char *text = jobs != NULL ? policy_text(jobs, options) : NULL;
    json_t *policy = text != NULL ? json_loads(text, 0, NULL) : NULL, *statement;
    GString *out = g_string_new(NULL);
    gsize i;

    cr_assert_not_null(jobs, "%s: %s", yaml, error->message);
    cr_assert(text == NULL || (policy != NULL && g_str_has_suffix(text, "}\n")));
    json_array_foreach(json_object_get(policy, "Statement"), i, statement)
    {
        char *action = json_dumps(json_object_get(statement, "Action"), JSON_ENCODE_ANY | JSON_COMPACT);
        char *resource = json_dumps(json_object_get(statement, "Resource"), JSON_ENCODE_ANY | JSON_COMPACT);
        char *condition = json_dumps(json_object_get(statement, "Condition"), JSON_ENCODE_ANY | JSON_COMPACT);

        g_string_append_printf(out, "%s %s %s%s%s\n", json_string_value(json_object_get(statement, "Sid")),
                               action, resource, condition != NULL ? " " : "",
                               condition != NULL ? condition : "");
        free(action);
        free(resource);
        free(condition);
    }
    json_decref(policy);
    return g_string_free(out, FALSE);
}

static void assert_lines(const char *yaml, const char *expected)
{
    g_autofree char *lines = lines_of(yaml, &(PolicyOptions){0});

    cr_expect_str_eq(lines, expected);
}

#define READ                                                                                                 \
    "ListOriginals \"s3:ListBucket\" \"arn:aws:s3:::photos\"\n"                                              \
    "ReadOriginals \"s3:GetObject\" \"arn:aws:s3:::photos/originals/*\"\n"
#define LIST  "ListOutputs \"s3:ListBucket\" \"arn:aws:s3:::web\"\n"
#define STATE "KeepState [\"s3:GetObject\",\"s3:PutObject\"] \"arn:aws:s3:::web/.thumbmill/*\"\n"

Test(policy, a_plain_configuration_reads_and_writes)
{
    assert_lines(
        "source: {url: s3://photos/originals/}\ndestination: {url: s3://web}\n"
        "outputs: [{name: a, width: 1}, {name: b, width: 2, key: 'a/b/{stem}.{ext}'}, {name: c, width: 3}]\n",
        READ LIST
        "WriteOutputs \"s3:PutObject\" [\"arn:aws:s3:::web/a/*\",\"arn:aws:s3:::web/c/*\"]\n" STATE);
}

Test(policy, options_of_outputs_need_permissions_of_their_own)
{
    assert_lines("source: {url: 'file:///srv/photos'}\n"
                 "destination: {url: s3://web/p*/, state: none, keep_existing: true, orphans: delete, s3: "
                 "{region: cn-north-1}}\n"
                 "outputs:\n"
                 "- {name: a, width: 1, acl: private, encryption: 'aws:kms', kms_key: 1-2}\n"
                 "- {name: b, width: 1, tags: {t: v}, encryption: 'aws:kms', kms_key: alias/web}\n"
                 "- {name: c, width: 1, key: '{dir}{stem}-c.{ext}', encryption: 'aws:kms', kms_key: 1-2}\n",
                 "ListOutputs \"s3:ListBucket\" \"arn:aws-cn:s3:::web\"\n"
                 "WriteOutputs \"s3:PutObject\" \"arn:aws-cn:s3:::web/p${*}/*\"\n"
                 "GrantOutputs \"s3:PutObjectAcl\" \"arn:aws-cn:s3:::web/p${*}/a/*\"\n"
                 "TagOutputs \"s3:PutObjectTagging\" \"arn:aws-cn:s3:::web/p${*}/b/*\"\n"
                 "TestConditions [\"s3:PutObject\",\"s3:DeleteObject\"] "
                 "\"arn:aws-cn:s3:::web/p${*}/thumbmill-precondition\"\n"
                 "DeleteOrphans [\"s3:GetObject\",\"s3:DeleteObject\"] \"arn:aws-cn:s3:::web/p${*}/*\"\n"
                 "EncryptOutputs1 \"kms:GenerateDataKey\" \"arn:aws-cn:kms:*:*:key/1-2\"\n"
                 "EncryptOutputs2 \"kms:GenerateDataKey\" \"arn:aws-cn:kms:*:*:key/*\" "
                 "{\"ForAnyValue:StringEquals\":{\"kms:ResourceAliases\":\"alias/web\"}}\n");
}

Test(policy, an_access_point_stands_for_its_bucket)
{
    assert_lines("source: {url: 's3://arn:aws:s3:eu-west-1:123456789012:accesspoint/pics/in/'}\n"
                 "destination: {url: 'file:///srv/out'}\noutputs: [{name: a, width: 1}]\n",
                 "ListOriginals \"s3:ListBucket\" \"arn:aws:s3:eu-west-1:123456789012:accesspoint/pics\"\n"
                 "ReadOriginals \"s3:GetObject\" "
                 "\"arn:aws:s3:eu-west-1:123456789012:accesspoint/pics/object/in/*\"\n");
}

static const char two_buckets[] = "source: {url: s3://photos/originals/}\ndestination: {url: s3://web}\n"
                                  "outputs: [{name: a, width: 1, encryption: 'aws:kms', kms_key: k}]\n";

Test(policy, of_one_bucket)
{
    g_autofree char *source =
        lines_of(two_buckets, &(PolicyOptions){.bucket = "photos", .principal = "arn:x"});
    g_autofree char *destination =
        lines_of(two_buckets, &(PolicyOptions){.bucket = "web", .principal = "arn:x", .with_gc = TRUE});
    g_autofree char *other = lines_of(two_buckets, &(PolicyOptions){.bucket = "other", .principal = "arn:x"});
    g_autoptr(GPtrArray) jobs = jobs_parse(two_buckets, strlen(two_buckets), "c", NULL);
    g_autofree char *text = policy_text(jobs, &(PolicyOptions){.bucket = "photos", .principal = "arn:x"});

    cr_expect_str_eq(source, READ);
    cr_expect_str_eq(destination, LIST "WriteOutputs \"s3:PutObject\" \"arn:aws:s3:::web/a/*\"\n" STATE
                                       "DeleteOrphans [\"s3:GetObject\",\"s3:DeleteObject\"] "
                                       "\"arn:aws:s3:::web/a/*\"\n");
    cr_expect_str_eq(other, "");
    cr_expect_not_null(strstr(text, "\"Principal\": {\n        \"AWS\": \"arn:x\"\n      }"), "%s", text);
}

Test(policy, directories_need_none)
{
    assert_lines(
        "source: {url: 'file:///a'}\ndestination: {url: 'file:///b'}\noutputs: [{name: a, width: 1}]\n", "");
}

/* What jobs need alike is said once, and no Sid is used twice. */
Test(policy, of_several_jobs)
{
    g_autofree char *lines =
        lines_of("jobs:\n"
                 "- {name: a, source: {url: s3://photos/}, destination: {url: s3://web/a/, state: none}, "
                 "outputs: [{name: t, width: 1}]}\n"
                 "- {name: b, source: {url: s3://photos/}, destination: {url: s3://web/b/, state: none}, "
                 "outputs: [{name: t, width: 1}]}\n",
                 &(PolicyOptions){0});

    cr_expect_str_eq(lines, "ListOriginals \"s3:ListBucket\" \"arn:aws:s3:::photos\"\n"
                            "ReadOriginals \"s3:GetObject\" \"arn:aws:s3:::photos/*\"\n"
                            "ListOutputs \"s3:ListBucket\" \"arn:aws:s3:::web\"\n"
                            "WriteOutputs \"s3:PutObject\" \"arn:aws:s3:::web/a/t/*\"\n"
                            "WriteOutputsOfJob2 \"s3:PutObject\" \"arn:aws:s3:::web/b/t/*\"\n");
}
