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
#include "config/recipe_hash.h"
#include "config/schema.h"
#include "config/section_show.h"
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

/* Checks across fields, for configurations from a file and from a variant. They run only if each field is
 * valid by itself. */

/* Adds a key that each pattern matches. */
static void add_samples(GPtrArray *samples, char *const *patterns)
{
    for (; *patterns != NULL; patterns++) {
        GString *sample = g_string_new(*patterns);

        g_string_replace(sample, "*", "photo", 0);
        g_string_replace(sample, "?", "1", 0);
        g_ptr_array_add(samples, g_string_free(sample, FALSE));
    }
}

static GPtrArray *samples_of(const OutputConfig *a, const OutputConfig *b)
{
    static const char *const samples[] = {"photo.jpg", "folder/photo.jpg", "photo.png", "photo.webp",
                                          "photo.gif", "photo.tif",        "photo.avif"};
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < G_N_ELEMENTS(samples); i++)
        g_ptr_array_add(list, g_strdup(samples[i]));
    add_samples(list, a->match);
    add_samples(list, b->match);
    return list;
}

/* The key of an original of which both outputs are made, under one key; or NULL. Owned by the caller. */
static char *same_keys(const OutputConfig *a, const OutputConfig *b)
{
    const KeyTemplateValues a_values = output_config_values(a), b_values = output_config_values(b);
    g_autoptr(GPtrArray) samples = samples_of(a, b);

    for (guint i = 0; i < samples->len; i++) {
        const char *sample = samples->pdata[i];
        g_autofree char *a_key = key_template_expand(a->key, &a_values, sample);
        g_autofree char *b_key = key_template_expand(b->key, &b_values, sample);

        if (output_config_takes(a, sample) && output_config_takes(b, sample) && strcmp(a_key, b_key) == 0)
            return g_strdup(sample);
    }
    return NULL;
}

/* The place to report for an output's keys: its key, or its name if the key is the default. */
static const void *key_place(const OutputConfig *output, const Problems *problems)
{
    return problems_has_place(problems, &output->key) ? (const void *)&output->key : &output->name;
}

static void check_pair(const OutputConfig *first, const OutputConfig *second, Problems *problems)
{
    g_autofree char *sample = same_keys(first, second);

    if (strcmp(first->name, second->name) == 0)
        problems_add_field(problems, &second->name, "name: a second output with the name '%s'", second->name);
    else if (sample != NULL)
        problems_add_field(
            problems, key_place(second, problems),
            "key: outputs '%s' and '%s' have the same key for '%s' (use {output} in the template)",
            first->name, second->name, sample);
}

/* Refuses templates whose keys all lie in the state folder. Other templates make such a key only from an odd
 * source key, which batch/output_key.c refuses. */
static void check_state(Config *config, Problems *problems)
{
    g_autoptr(GError) error = NULL;

    if (!loop_proof_find_state(config, &error))
        problems_add_field(problems, &config->source.url, "url: %s", error->message);
    for (guint i = 0; i < config->outputs->len; i++) {
        const OutputConfig *output = config_output(config, i);
        const KeyTemplateValues values = output_config_values(output);
        g_autofree char *start = key_template_prefix(output->key, &values);

        if (config_is_state_key(config, start))
            problems_add_field(problems, key_place(output, problems),
                               "key: '%s' is the folder of destination.state, which must not contain outputs",
                               config->destination.state);
    }
}

static void identify_recipes(Config *config)
{
    for (guint i = 0; i < config->outputs->len; i++) {
        OutputConfig *output = config->outputs->pdata[i];
        g_autofree char *hash = recipe_hash_of_bytes(&output->recipe, &config->limits);

        g_strlcpy(output->recipe_id, hash, sizeof output->recipe_id);
    }
}

gboolean config_proves_no_loop(Config *config, GError **error)
{
    if (!loop_proof_find_state(config, error))
        return FALSE;
    for (guint i = 0; i < config->outputs->len; i++)
        if (!loop_proof_check(config, config_output(config, i), error))
            return FALSE;
    return TRUE;
}

/* AWS allows fewer bucket names than other servers. */
static void check_bucket(char *const *url, const S3Config *s3, Problems *problems)
{
    g_auto(Location) location = {0};

    if (s3->endpoint != NULL || !location_parse(*url, &location, NULL) ||
        location_is_possible_at_aws(&location))
        return;
    problems_add_field(problems, url, "url: '%s' is not a valid bucket name at AWS (3 to 63 of a-z 0-9 . -)",
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

/* Without provenance nobody can tell an output from somebody else's object. */
static void check_orphans(const DestinationConfig *destination, Problems *problems)
{
    if (destination->orphans == CONFIG_ORPHANS_DELETE && destination->provenance == CONFIG_PROVENANCE_NONE)
        problems_add_field(problems, &destination->orphans,
                           "orphans: delete needs to know what is thumbmill's: not with provenance: none");
}

void config_finish(Config *config, Problems *problems)
{
    for (guint i = 0; i < config->outputs->len; i++)
        output_check(config_output(config, i), config->destination.provenance != CONFIG_PROVENANCE_NONE,
                     problems);
    expansion_apply(config, problems);
    identify_recipes(config);
    check_bucket(&config->source.url, &config->source.s3, problems);
    check_bucket(&config->destination.url, &config->destination.s3, problems);
    check_outputs(config, problems);
    check_state(config, problems);
    check_orphans(&config->destination, problems);
    if (config->schedule != NULL && config->every_ms != 0)
        problems_add_field(problems, &config->every_ms, "every: cannot be combined with schedule");
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

char *config_show(const Config *config)
{
    return section_show(&schema_config, config);
}

char *config_quote(const char *text)
{
    return section_quote(text);
}

char *config_describe(void)
{
    return schema_describe();
}
