#include "config/model.h"

#include <string.h>

#include "base/clock.h"
#include "base/cpus.h"
#include "base/memory.h"
#include "config/pattern.h"

const OutputConfig *config_output(const Config *config, guint i)
{
    return config->outputs->pdata[i];
}

gboolean output_config_takes(const OutputConfig *output, const char *key)
{
    return pattern_any_matches(output->match, key) && !pattern_any_matches(output->except, key);
}

KeyTemplateValues output_config_values(const OutputConfig *output)
{
    return (KeyTemplateValues){
        .output = output->name,
        /* NULL for the format `source`, whose extension is chosen for each key */
        .extension = format_info(output->recipe.format)->extension,
        .width = output->recipe.width,
        .height = output->recipe.height,
        .recipe = output->recipe_id,
    };
}

static gboolean keeps_state(const Config *config)
{
    return strcmp(config->destination.state, CONFIG_NO_STATE) != 0;
}

char *config_state_key(const Config *config, const char *name)
{
    return keeps_state(config) ? g_strconcat(config->destination.state, name, NULL) : NULL;
}

gboolean config_is_state_key(const Config *config, const char *key)
{
    return keeps_state(config) && g_str_has_prefix(key, config->destination.state);
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

guint64 config_memory_bytes(const Config *config)
{
    return config->limits.memory_bytes != 0 ? config->limits.memory_bytes : memory_total("") / 2;
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

    if (config->schedule != NULL) /* validated by rule_schedule() */
        timetable.schedule.has_cron = cron_parse(config->schedule, &timetable.schedule.cron, NULL);
    return timetable;
}
