#include "config/config.h"

#include <string.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/error.h"
#include "config/config_check.h"
#include "config/expansion.h"
#include "config/location.h"
#include "config/loop_proof.h"
#include "config/output_check.h"
#include "config/problems.h"
#include "config/schema.h"
#include "config/section_variant.h"

Config *config_new(void)
{
    Config *config = g_new(Config, 1);

    section_init(&schema_config, config);
    return config;
}

void config_free(Config *config)
{
    if (config == NULL)
        return;
    section_clear(&schema_config, config);
    g_free(config);
}

const OutputConfig *config_output(const Config *config, guint i)
{
    return config->outputs->pdata[i];
}

KeyTemplateValues output_config_values(const OutputConfig *output)
{
    return (KeyTemplateValues){
        .output = output->name,
        /* NULL for the format `source`, which is decided for each key */
        .extension = format_info(output->recipe.format)->extension,
        .width = output->recipe.width,
        .height = output->recipe.height,
    };
}

const char *config_acl_name(ConfigAcl acl)
{
    static const char *const names[] = {
        [CONFIG_ACL_NONE] = "none",
        [CONFIG_ACL_PRIVATE] = "private",
        [CONFIG_ACL_PUBLIC_READ] = "public-read",
        [CONFIG_ACL_PUBLIC_READ_WRITE] = "public-read-write",
        [CONFIG_ACL_AUTHENTICATED_READ] = "authenticated-read",
        [CONFIG_ACL_AWS_EXEC_READ] = "aws-exec-read",
        [CONFIG_ACL_BUCKET_OWNER_READ] = "bucket-owner-read",
        [CONFIG_ACL_BUCKET_OWNER_FULL_CONTROL] = "bucket-owner-full-control",
    };

    return names[acl];
}

const char *config_encryption_name(ConfigEncryption encryption)
{
    static const char *const names[] = {
        [CONFIG_ENCRYPTION_NONE] = "none",
        [CONFIG_ENCRYPTION_AES256] = "AES256",
        [CONFIG_ENCRYPTION_KMS] = "aws:kms",
        [CONFIG_ENCRYPTION_KMS_DSSE] = "aws:kms:dsse",
    };

    return names[encryption];
}

gboolean config_copies_metadata(const Config *config)
{
    for (guint i = 0; i < config->outputs->len; i++) {
        if (config_output(config, i)->copy_metadata[0] != NULL)
            return TRUE;
    }
    return FALSE;
}

RenderLimits config_render_limits(const Config *config)
{
    return (RenderLimits){
        .max_pixels = config->limits.max_pixels,
        .max_output_bytes = config->limits.max_output_bytes,
        .max_frames = config->limits.max_frames,
        .accept_truncated = config->limits.truncated == CONFIG_TRUNCATED_ACCEPT,
    };
}

guint config_workers(const Config *config)
{
    return config->workers.count > 0 ? config->workers.count : cpus_available();
}

Timetable config_timetable(const Config *config)
{
    Timetable timetable = {.schedule = {.every_us = config->every_ms * CLOCK_US_PER_MS},
                           .jitter_us = config->jitter_ms * CLOCK_US_PER_MS,
                           .missed = config->missed};

    if (config->schedule != NULL) /* which rule_schedule() has accepted */
        timetable.schedule.has_cron = cron_parse(config->schedule, &timetable.schedule.cron, NULL);
    return timetable;
}

/* Checks across fields, which both ways of getting a configuration need. They run only on one whose fields
 * are each legal. */

static gboolean same_keys(const OutputConfig *a, const OutputConfig *b, const char **ret_sample)
{
    static const char *const samples[] = {"photo.jpg", "folder/photo.jpg", "photo.png", "photo.webp",
                                          "photo.gif", "photo.tif",        "photo.avif"};
    const KeyTemplateValues a_values = output_config_values(a), b_values = output_config_values(b);

    for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *a_key = key_template_expand(a->key, &a_values, samples[i]);
        g_autofree char *b_key = key_template_expand(b->key, &b_values, samples[i]);

        if (strcmp(a_key, b_key) == 0) {
            *ret_sample = samples[i];
            return TRUE;
        }
    }
    return FALSE;
}

/* The line to blame for an output's keys: its key, or if that is the default its name. */
static const void *key_place(const OutputConfig *output, const Problems *problems)
{
    return problems_has_place(problems, &output->key) ? (const void *)&output->key : &output->name;
}

static void check_pair(const OutputConfig *first, const OutputConfig *second, Problems *problems)
{
    const char *sample;

    if (strcmp(first->name, second->name) == 0)
        problems_add_field(problems, &second->name, "name: a second output with the name '%s'", second->name);
    else if (same_keys(first, second, &sample))
        problems_add_field(problems, key_place(second, problems),
                           "key: outputs '%s' and '%s' have the same key for '%s' (use {output} in it)",
                           first->name, second->name, sample);
}

gboolean config_proves_no_loop(const Config *config, GError **error)
{
    for (guint i = 0; i < config->outputs->len; i++)
        if (!loop_proof_check(config, config_output(config, i), error))
            return FALSE;
    return TRUE;
}

/* At AWS fewer bucket names are possible than elsewhere. */
static void check_bucket(char *const *url, const S3Config *s3, Problems *problems)
{
    g_auto(Location) location = {0};

    if (s3->endpoint != NULL || !location_parse(*url, &location, NULL) ||
        location_is_possible_at_aws(&location))
        return;
    problems_add_field(problems, url, "url: '%s' is no bucket name at AWS (3 to 63 of a-z 0-9 . -)",
                       location.bucket);
}

static void check_outputs(const Config *config, Problems *problems)
{
    if (config->outputs->len == 0)
        problems_add_field(problems, &config->outputs, "no outputs");
    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        g_autoptr(GError) error = NULL;

        for (guint j = 0; j < i; j++)
            check_pair(config_output(config, j), output, problems);
        if (!loop_proof_check(config, output, &error))
            problems_add_field(problems, key_place(output, problems), "%s", error->message);
    }
}

void config_finish(Config *config, Problems *problems)
{
    for (guint i = 0; i < config->outputs->len; i++)
        output_check(config_output(config, i), config->destination.provenance != CONFIG_PROVENANCE_NONE,
                     problems);
    expansion_apply(config, problems);
    check_bucket(&config->source.url, &config->source.s3, problems);
    check_bucket(&config->destination.url, &config->destination.s3, problems);
    check_outputs(config, problems);
    if (config->schedule != NULL && config->every_ms != 0)
        problems_add_field(problems, &config->every_ms, "every: there is a schedule already: one of both");
}

GVariant *config_to_variant(const Config *config)
{
    return section_to_variant(&schema_config, config);
}

Config *config_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(Problems) problems = problems_new("configuration message");
    g_autoptr(Config) config = config_new();

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(CONFIG_VARIANT_TYPE)) ||
        !g_variant_is_normal_form(variant)) {
        error_set(error, ERROR_INTERNAL, "a configuration message that is not of type " CONFIG_VARIANT_TYPE);
        return NULL;
    }
    if (!section_from_variant(&schema_config, variant, config, error))
        return NULL;
    config_finish(config, problems);
    if (problems_is_empty(problems))
        return g_steal_pointer(&config);
    problems_set_error(problems, ERROR_INTERNAL, error);
    return NULL;
}

char *config_describe(void)
{
    return schema_describe();
}
