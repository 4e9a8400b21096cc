#include "batch/policy.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/s3_arn.h"
#include "config/location.h"

typedef struct {
    const Config *config;
    const PolicyOptions *options;
    json_t *statements;
} Writer;

/* A store that is a bucket, and how ARNs of it begin. */
typedef struct {
    Location location;
    char *arn;     /* of the bucket, or of the access point */
    char *objects; /* begins the ARN of an object: its key follows */
} Bucket;

static void bucket_clear(Bucket *bucket)
{
    location_clear(&bucket->location);
    g_free(bucket->arn);
    g_free(bucket->objects);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bucket, bucket_clear)

/* Regions in China and for governments belong to partitions of their own. */
static const char *partition_of(const S3Config *s3)
{
    if (s3->region != NULL && g_str_has_prefix(s3->region, "cn-"))
        return "aws-cn";
    return s3->region != NULL && g_str_has_prefix(s3->region, "us-gov-") ? "aws-us-gov" : "aws";
}

/* FALSE if the store is a directory, or another bucket than the one that is asked for. */
static gboolean bucket_of(const Writer *writer, const char *url, const S3Config *s3, Bucket *ret_bucket)
{
    const char *wanted = writer->options->bucket;
    g_auto(Bucket) bucket = {0};

    if (!location_parse(url, &bucket.location, NULL) || bucket.location.kind != LOCATION_S3)
        return FALSE;
    if (wanted != NULL && strcmp(wanted, bucket.location.bucket) != 0)
        return FALSE;
    if (g_str_has_prefix(bucket.location.bucket, S3_ARN_PREFIX)) {
        bucket.arn = g_strdup(bucket.location.bucket);
        g_strdelimit(strstr(bucket.arn, "accesspoint"), ":", '/');
        bucket.objects = g_strconcat(bucket.arn, "/object/", NULL);
    } else {
        bucket.arn = g_strdup_printf("arn:%s:s3:::%s", partition_of(s3), bucket.location.bucket);
        bucket.objects = g_strconcat(bucket.arn, "/", NULL);
    }
    *ret_bucket = bucket;
    bucket = (Bucket){0};
    return TRUE;
}

/* Text in which `*`, `?` and `$` stand for themselves. */
static char *literal(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text != '\0'; text++) {
        if (strchr("*?$", *text) != NULL)
            g_string_append_printf(out, "${%c}", *text);
        else
            g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

/* The ARN of the object with this key below the store's prefix, or of all whose keys begin with it. */
static char *object_arn(const Bucket *bucket, const char *key, gboolean is_beginning)
{
    g_autofree char *whole = g_strconcat(bucket->location.prefix, key, NULL);
    g_autofree char *text = literal(whole);

    return g_strconcat(bucket->objects, text, is_beginning ? "*" : "", NULL);
}

/* Whether a resource ends in a wildcard and covers the other. */
static gboolean covers(const char *resource, const char *other)
{
    const gsize length = strlen(resource);

    return resource[length - 1] == '*' && strncmp(resource, other, length - 1) == 0;
}

/* Takes the resource, and adds it unless another one covers it. */
static void add_resource(GPtrArray *resources, char *resource)
{
    for (guint i = 0; i < resources->len; i++) {
        if (covers(resources->pdata[i], resource)) {
            g_free(resource);
            return;
        }
    }
    for (guint i = resources->len; i-- > 0;) {
        if (covers(resource, resources->pdata[i]))
            g_ptr_array_remove_index(resources, i);
    }
    g_ptr_array_add(resources, resource);
}

/* A list of one text is the text. */
static json_t *texts(const GPtrArray *list)
{
    json_t *array;

    if (list->len == 1)
        return json_string(list->pdata[0]);
    array = json_array();
    for (guint i = 0; i < list->len; i++)
        json_array_append_new(array, json_string(list->pdata[i]));
    return array;
}

/* Adds a statement unless there is nothing in it. */
static void add_statement(const Writer *writer, const char *sid, const GPtrArray *actions,
                          const GPtrArray *resources)
{
    json_t *statement;

    if (actions->len == 0 || resources->len == 0)
        return;
    statement = json_object();
    json_object_set_new(statement, "Sid", json_string(sid));
    json_object_set_new(statement, "Effect", json_string("Allow"));
    if (writer->options->principal != NULL)
        json_object_set_new(statement, "Principal", json_pack("{s:s}", "AWS", writer->options->principal));
    json_object_set_new(statement, "Action", texts(actions));
    json_object_set_new(statement, "Resource", texts(resources));
    json_array_append_new(writer->statements, statement);
}

/* resource is taken. */
static void add_one(const Writer *writer, const char *sid, const char *const *actions, char *resource)
{
    g_autoptr(GPtrArray) resources = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    for (guint i = 0; actions[i] != NULL; i++)
        g_ptr_array_add(list, (char *)actions[i]);
    g_ptr_array_add(resources, resource);
    add_statement(writer, sid, list, resources);
}

#define ACTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Without s3:ListBucket an object that does not exist is refused (403), and does not look missing (404). A
 * condition on s3:prefix would have the same effect, so there is none. */
static void add_source(const Writer *writer, const Bucket *bucket)
{
    add_one(writer, "ListOriginals", ACTIONS("s3:ListBucket"), g_strdup(bucket->arn));
    add_one(writer, "ReadOriginals", ACTIONS("s3:GetObject"), object_arn(bucket, "", TRUE));
}

typedef gboolean (*OutputFilter)(const OutputConfig *output);

static gboolean any_output(const OutputConfig *output)
{
    (void)output;
    return TRUE;
}

static gboolean has_acl(const OutputConfig *output)
{
    return output->acl != CONFIG_ACL_NONE;
}

static gboolean has_tags(const OutputConfig *output)
{
    return output->tags->len > 0;
}

/* An action on the keys of some outputs. */
static void add_outputs(const Writer *writer, const Bucket *bucket, const char *sid,
                        const char *const *actions, OutputFilter filter)
{
    g_autoptr(GPtrArray) resources = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    for (guint i = 0; i < writer->config->outputs->len; i++) {
        const OutputConfig *output = config_output(writer->config, i);
        const KeyTemplateValues values = output_config_values(output);
        g_autofree char *start = key_template_prefix(output->key, &values);

        if (filter(output))
            add_resource(resources, object_arn(bucket, start, TRUE));
    }
    for (guint i = 0; actions[i] != NULL; i++)
        g_ptr_array_add(list, (char *)actions[i]);
    add_statement(writer, sid, list, resources);
}

static void add_state(const Writer *writer, const Bucket *bucket)
{
    g_autofree char *folder = config_state_key(writer->config, "");

    if (folder != NULL)
        add_one(writer, "KeepState", ACTIONS("s3:GetObject", "s3:PutObject"),
                object_arn(bucket, folder, TRUE));
    if (writer->config->destination.keep_existing)
        add_one(writer, "TestConditions", ACTIONS("s3:PutObject", "s3:DeleteObject"),
                object_arn(bucket, CONFIG_PRECONDITION_KEY, FALSE));
}

/* The ARN of a key: configured as that, as its id, or as an alias, for which no ARN of the key is known. */
static char *key_arn(const char *key, const char *alias, const S3Config *s3)
{
    if (alias == NULL && g_str_has_prefix(key, S3_ARN_PREFIX))
        return g_strdup(key);
    return g_strdup_printf("arn:%s:kms:*:*:key/%s", partition_of(s3), alias != NULL ? "*" : key);
}

static void add_key(const Writer *writer, const char *key, guint number)
{
    const char *alias = strstr(key, "alias/");
    g_autofree char *sid = g_strdup_printf("EncryptOutputs%u", number);

    add_one(writer, sid, ACTIONS("kms:GenerateDataKey"),
            key_arn(key, alias, &writer->config->destination.s3));
    if (alias != NULL)
        json_object_set_new(json_array_get(writer->statements, json_array_size(writer->statements) - 1),
                            "Condition",
                            json_pack("{s:{s:s}}", "ForAnyValue:StringEquals", "kms:ResourceAliases", alias));
}

/* Keys are no part of a bucket's policy. */
static void add_keys(const Writer *writer)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < writer->config->outputs->len && writer->options->bucket == NULL; i++) {
        char *key = config_output(writer->config, i)->kms_key;

        if (key != NULL && g_hash_table_add(seen, key))
            add_key(writer, key, g_hash_table_size(seen));
    }
}

static void add_destination(const Writer *writer, const Bucket *bucket)
{
    add_one(writer, "ListOutputs", ACTIONS("s3:ListBucket"), g_strdup(bucket->arn));
    add_outputs(writer, bucket, "WriteOutputs", ACTIONS("s3:PutObject"), any_output);
    add_outputs(writer, bucket, "GrantOutputs", ACTIONS("s3:PutObjectAcl"), has_acl);
    add_outputs(writer, bucket, "TagOutputs", ACTIONS("s3:PutObjectTagging"), has_tags);
    add_state(writer, bucket);
    if (writer->options->with_gc || writer->config->destination.orphans == CONFIG_ORPHANS_DELETE)
        add_outputs(writer, bucket, "DeleteOrphans", ACTIONS("s3:GetObject", "s3:DeleteObject"), any_output);
    add_keys(writer);
}

/* The statements of one job. */
static json_t *statements_of(const Config *config, const PolicyOptions *options)
{
    const Writer writer = {config, options, json_array()};
    g_auto(Bucket) source = {0};
    g_auto(Bucket) destination = {0};

    if (bucket_of(&writer, config->source.url, &config->source.s3, &source))
        add_source(&writer, &source);
    if (bucket_of(&writer, config->destination.url, &config->destination.s3, &destination))
        add_destination(&writer, &destination);
    return writer.statements;
}

/* Whether the policy has a statement that says the same, whatever its Sid is. */
static gboolean is_said(const json_t *policy, const json_t *statement)
{
    const json_t *sid = json_object_get(statement, "Sid");
    json_t *other;
    size_t i;

    json_array_foreach(policy, i, other)
    {
        json_t *copy = json_copy(other);
        gboolean same;

        json_object_set(copy, "Sid", (json_t *)sid);
        same = json_equal(copy, statement);
        json_decref(copy);
        if (same)
            return TRUE;
    }
    return FALSE;
}

/* Adds the statements of another job, which is the number-th. A Sid occurs once in a policy. */
static void join(json_t *policy, const json_t *statements, guint number)
{
    json_t *statement;
    size_t i;

    json_array_foreach(statements, i, statement)
    {
        g_autofree char *sid =
            g_strdup_printf("%sOfJob%u", json_string_value(json_object_get(statement, "Sid")), number);

        if (number > 1 && is_said(policy, statement))
            continue;
        if (number > 1)
            json_object_set_new(statement, "Sid", json_string(sid));
        json_array_append(policy, statement);
    }
}

char *policy_text(const GPtrArray *jobs, const PolicyOptions *options)
{
    json_t *all = json_array();
    char *text = NULL;

    for (guint i = 0; i < jobs->len; i++) {
        json_t *statements = statements_of(jobs->pdata[i], options);

        join(all, statements, i + 1);
        json_decref(statements);
    }
    if (json_array_size(all) > 0) {
        json_t *policy = json_pack("{s:s, s:O}", "Version", "2012-10-17", "Statement", all);
        char *dump = json_dumps(policy, JSON_INDENT(2));

        text = g_strconcat(dump, "\n", NULL);
        free(dump);
        json_decref(policy);
    }
    json_decref(all);
    return text;
}
